import { hash } from 'node:crypto';
import type { JsonValue } from '../json/json-value.js';
import type { Message } from './model.js';
import type { Position } from './session-store.js';

/** What a follower of an agent has seen: how many messages, and which one was the last. */
export interface Head {
  count: number;
  /** A short hash of the last message's identity; empty where there is none. */
  last: string;
}

/**
 * How far a follower of a reply in progress has come: what it was told, how many blocks it knows, and how much of that was durable, which
 * never changes. By the hash of what it was told it is known again.
 */
export interface ReplyPlace {
  agentId: string;
  offset: number;
  blocks: number;
  durable: number;
  hash: number;
  /** Whether it was told that the reply is abandoned. */
  abandoned: boolean;
}

/** How far a follower of a session has come: everything up to `position`, and of each agent the first `count` messages. */
export interface SessionProgress {
  position: Position;
  /** The session's, in ms; null while it does not exist. Tells it from a later one of the same id. */
  createdAt: number | null;
  heads: Map<string, Head>;
  /** The replies in progress that it was told of. */
  replies: Map<string, ReplyPlace>;
}

/** Where there is no identity the position and the date stand for it. */
export function headAt(message: Message): Head {
  const identity = message.storageId ?? `#${message.position}@${message.createdAt?.getTime() ?? ''}`;
  return {
    count: message.position + 1,
    last: hash('sha256', identity, 'base64url').slice(0, 8),
  };
}

/** Of an agent of which no message was seen. */
export const NO_HEAD: Head = { count: 0, last: '' };

/** Whether this is the last message that was seen. */
export const isLast = ({ last }: Head, message: Message | null | undefined): boolean =>
  message !== null && message !== undefined && headAt(message).last === last;

/** As a cursor carries it, but for the replies, as JSON: it is written for each event. `scope`: the JSON of what was subscribed to. */
export function progressText(scope: string, { position, createdAt, heads }: SessionProgress): string {
  let text = `[${scope},${JSON.stringify(position)},${createdAt},[`;
  let separator = '';
  for (const [agentId, { count, last }] of heads) {
    text += `${separator}[${JSON.stringify(agentId)},${count},${JSON.stringify(last)}]`;
    separator = ',';
  }
  return `${text}]]`;
}

/** Null where the cursor is of another scope. It was sealed, so its shape is that of `progressText`. */
export function progressFromJson(scope: JsonValue, json: JsonValue): SessionProgress | null {
  const [sealedScope, position, createdAt, heads] = json as [
    JsonValue,
    Position,
    number | null,
    [string, number, string][],
  ];
  if (JSON.stringify(sealedScope) !== JSON.stringify(scope)) return null;
  return {
    position,
    createdAt,
    heads: new Map(heads.map(([agentId, count, last]) => [agentId, { count, last }])),
    replies: new Map(),
  };
}
