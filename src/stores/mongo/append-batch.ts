import { BSON, type Document } from 'mongodb';
import type { Message } from '../../domain/model.js';
import type { AppendMessages } from '../../domain/session-store.js';
import type { ListEnd } from './append-state.js';
import type { Doc } from './bson-json.js';
import { messageFromDoc, messagesToDocs } from './message-document.js';

/** Several appends to one agent as the elements of one push. */
export interface JoinedAppend {
  docs: Doc[];
  /** The messages of each append, in the order given. */
  messages: Message[][];
  /** The list's end once it is written. */
  end: ListEnd;
  /** By how much the session's document grows, in bytes. */
  bytes: number;
  /** The latest `created_at`, to which the agent's and the session's dates move. */
  latest: Date;
}

export const EMPTY_LIST: ListEnd = { length: 0, nextId: 0, lastCreatedAt: null, lastStorageId: null };

/** Numbered and dated on from `end`: no message is earlier than the one before it. */
export function joinAppends(inputs: readonly AppendMessages[], end: ListEnd): JoinedAppend {
  const docs: Doc[] = [];
  const messages: Message[][] = [];
  const length = end.length ?? 0;
  let { lastCreatedAt, lastStorageId } = end;
  for (const { sessionId, agentId, messages: given, now } of inputs) {
    const createdAt: Date = lastCreatedAt !== null && lastCreatedAt > now ? lastCreatedAt : now;
    const added = messagesToDocs(given, end.nextId + docs.length, createdAt);
    const first = length + docs.length;
    messages.push(
      added.map((doc, index) => messageFromDoc(doc, { sessionId, agentId, position: first + index })),
    );
    docs.push(...added);
    lastCreatedAt = createdAt;
    lastStorageId = given.at(-1)?.storageId ?? lastStorageId;
  }
  return {
    docs,
    messages,
    end: { length: length + docs.length, nextId: end.nextId + docs.length, lastCreatedAt, lastStorageId },
    bytes: BSON.calculateObjectSize({ docs }),
    latest: lastCreatedAt ?? new Date(0),
  };
}

/**
 * Holds while the agent's list ends as `end` says and none of the appends is stored already. The first also fails for
 * an agent that is not there, below which a bare push would leave a half-built one.
 */
export function guardOf(inputs: readonly AppendMessages[], end: ListEnd): Document {
  const agent = `agents.${inputs[0]?.agentId}`;
  const list = `${agent}.messages`;
  if (end.length === null) return { [agent]: { $exists: true }, [list]: { $exists: false } };
  const last = end.length > 0 && end.lastStorageId !== null;
  return {
    [list]: { $size: end.length },
    [`${list}.storage_id`]: { $nin: inputs.map(({ messages }) => messages[0]?.storageId ?? '') },
    ...(last ? { [`${list}.${end.length - 1}.storage_id`]: end.lastStorageId } : {}),
  };
}

export function pushOf(inputs: readonly AppendMessages[], joined: JoinedAppend): Document {
  const agent = `agents.${inputs[0]?.agentId}`;
  return {
    $push: { [`${agent}.messages`]: { $each: joined.docs } },
    $max: { [`${agent}.updated_at`]: joined.latest, updated_at: joined.latest },
  };
}
