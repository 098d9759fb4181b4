import { randomUUID } from 'node:crypto';
import { pause } from '../domain/async/pause.js';
import type { JsonObject } from '../domain/json/json-value.js';
import type { ReplyBlock, ReplyPart } from '../domain/replies/model.js';
import { REPLY_TIMEOUT } from '../domain/replies/reply-inputs.js';
import { createReplyWriter, type ReplyWriter } from '../domain/replies/reply-writer.js';

/** As the input of `startReply`: without `replyId` a new one, else the reply to go on with, whose writer before is fenced. */
export interface ReplyOptions {
  sessionId: string;
  agentId: string;
  replyId?: string;
  createIfMissing?: boolean;
  durability?: 'EACH' | 'BATCHED';
  /** Seconds. */
  replyTimeout?: number;
}

/** Where the message stands that a reply has become. */
export interface FinishedMessage {
  id: string;
  messageId: number | null;
  position: number;
}

/** Takes a `message` as MessageInput is. */
export type Reply = ReplyWriter<JsonObject, FinishedMessage>;

export type Mutate = (document: string, variables: JsonObject) => Promise<JsonObject>;

const MESSAGE = 'message { id messageId position }';
const START = 'mutation ($input: StartReplyInput!) { startReply(input: $input) { replyId epoch offset } }';
const THERE = `mutation ($input: StartReplyInput!) {
  startReply(input: $input) { reply { blocks { block kind text toolUseId name status } } }
}`;
const CONTINUE = 'mutation ($input: ContinueReplyInput!) { continueReply(input: $input) { offset } }';
const FINISH = `mutation ($input: FinishReplyInput!) { finishReply(input: $input) { ${MESSAGE} } }`;
const ABORT = `mutation ($input: AbortReplyInput!) { abortReply(input: $input) { ${MESSAGE} } }`;

/** To go on with a reply needs the scope read, too: what it says so far is asked for. */
export async function openReply(mutate: Mutate, options: ReplyOptions, closed: AbortSignal): Promise<Reply> {
  const input = { ...options, idempotencyKey: randomUUID() };
  const call = async <T>(document: string, name: string, given: JsonObject): Promise<T> =>
    (await mutate(document, { input: given }))[name] as T;
  const { replyId, epoch, offset } = await call<{ replyId: string; epoch: number; offset: number }>(
    START,
    'startReply',
    input,
  );
  // Under the same key it fences nobody.
  const known = offset > 0 ? await call<{ reply: { blocks: SentPart[] } }>(THERE, 'startReply', input) : null;
  const { replyTimeout } = options;
  return createReplyWriter<JsonObject, FinishedMessage>({
    started: {
      replyId,
      epoch,
      timeoutMs: replyTimeout === undefined ? REPLY_TIMEOUT.usual : replyTimeout * 1_000,
    },
    there: known?.reply.blocks.map(readPart) ?? [],
    closed,
    pause,
    random: Math.random,
    calls: {
      continue: ({ parts, ...place }) =>
        call(CONTINUE, 'continueReply', { ...place, parts: parts.map(writePart) }),
      finish: async (end) =>
        (await call<{ message: FinishedMessage }>(FINISH, 'finishReply', { ...end })).message,
      abort: async ({ keep, ...end }) => {
        const given = { ...end, keep: keep.toUpperCase() };
        return (await call<{ message: FinishedMessage | null }>(ABORT, 'abortReply', given)).message;
      },
    },
  });
}

/** A part as GraphQL has it: the names of its enums are written otherwise. */
export interface SentPart {
  block: number;
  kind: string;
  text: string;
  toolUseId: string | null;
  name: string | null;
  status: string | null;
}

export const readPart = ({ kind, status, ...part }: SentPart): ReplyBlock => ({
  ...part,
  kind: kind.toLowerCase().replace('_', '-') as ReplyBlock['kind'],
  status: (status?.toLowerCase() ?? null) as ReplyBlock['status'],
});

const writePart = ({ kind, status, ...part }: ReplyPart) => ({
  ...part,
  kind: kind.toUpperCase().replace('-', '_'),
  status: status?.toUpperCase() ?? null,
});
