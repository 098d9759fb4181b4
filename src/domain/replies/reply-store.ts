import type { Message } from '../sessions/model.js';
import type { NewMessage, NewSession, Receipt } from '../sessions/session-store.js';
import type { Reply, ReplyDurability, ReplyPart, ReplyState } from './model.js';

/**
 * The port of replies in progress, beside that of sessions (domain/sessions/session-store.ts), whose promises for all methods hold
 * here too. Every adapter passes test/stores/contract/replies.ts.
 *
 * - A reply belongs to its session and agent, and goes with the session. Its id is one in the whole database.
 * - Each write of one reply is atomic. `offset` never falls, and what lies below it never changes, while the reply is active.
 * - A reply that is over is kept for 24 h at least, its parts for an hour, one that was abandoned for 7 days; starts of others remove
 *   what is older. A redaction of the message that a reply has become removes its parts in the same step.
 * - `caller`: whose share a write is, where the database makes them wait.
 * - Whether a writer is late is judged by the database's own clock.
 */
export interface ReplyStore {
  /**
   * Makes the reply, or takes it over: its epoch is then one higher, and it is `writing`. With a receipt that is known it changes nothing and gives
   * the epoch that the first call got. One that is over is given as it is. SESSION_NOT_FOUND, AGENT_NOT_FOUND (never with
   * `createIfMissing`), IDEMPOTENCY_CONFLICT where the id is that of another agent's reply, RATE_LIMITED past `most`.
   */
  start(input: StartReply): Promise<Reply>;
  /**
   * Takes the parts of several replies, in as few steps of durability as the database allows, each for itself. The answers are in
   * their order. A writer that adds no part gives a sign of life. What is taken makes an abandoned reply `writing` again.
   */
  append(appends: readonly AppendParts[]): Promise<Appended[]>;
  /**
   * Ends the reply. In the same atomic step the parts that are still to be kept are taken, and the message is appended to the agent as
   * `appendMessages` does. `ended` where this call, or one before it with this epoch and state, did it: a repetition changes nothing,
   * whatever message it brings. SESSION_NOT_FOUND, DOCUMENT_TOO_LARGE and IDEMPOTENCY_CONFLICT (a `clientId` of another message) as of
   * an append.
   */
  end(input: EndReply, caller?: string): Promise<Ended>;
  /** Makes `abandoned` what nobody has heard of for its timeout, each exactly once among all instances. Those that this call found. */
  abandonOverdue(): Promise<ReplyName[]>;
  /** In the order of `ids`, null where there is none. */
  load(ids: readonly string[]): Promise<(Reply | null)[]>;
  /** For each request the session's replies in these states, of one agent or of all, in the order in which they were started, the first ones up to `limit`. `caller`: whose share of the store's time it takes. */
  list(requests: readonly ListReplies[], caller?: string): Promise<Reply[][]>;
  /** All parts that are durable, in order; empty where there is no such reply. Neighbours of one block may be joined. */
  parts(replyId: string): Promise<ReplyPart[]>;
  /**
   * What happens to replies from now on, by any process, this one included. The first batch comes at once and is empty. Where
   * something may have been left out a batch says so. Ends when `signal` aborts; throws as `SessionStore.changes` does.
   */
  feed(signal: AbortSignal): AsyncIterable<ReplyBatch>;
}

/** How long replies that are over are kept, their parts, and replies that nobody goes on with. */
export const REPLY_KEPT_MS = 24 * 60 * 60 * 1000;
export const PARTS_KEPT_MS = 60 * 60 * 1000;
export const ABANDONED_KEPT_MS = 7 * REPLY_KEPT_MS;

export interface ReplyName {
  replyId: string;
  sessionId: string;
}

export interface StartReply extends ReplyName {
  agentId: string;
  durability: ReplyDurability;
  timeoutMs: number;
  /** As in `AppendMessages`. */
  createIfMissing: NewSession | 'agent' | null;
  /** Whose share it counts as. */
  caller: string;
  /** What may be active in the session, and of the caller's in the whole database, with this one. */
  most: { ofSession: number; ofCaller: number };
  receipt: Receipt;
  now: Date;
}

export interface AppendParts {
  replyId: string;
  /** Of the reply that is meant: another, which has its id by now, takes nothing. Absent: whichever has it. */
  startedAt?: Date;
  epoch: number;
  /** Where the parts begin: what is durable already, or nothing is taken. */
  offset: number;
  parts: readonly ReplyPart[];
}

/** `reply` as it is now, null where there is none; `taken` only with this epoch, at this offset, and where it is active. */
export interface Appended {
  reply: Reply | null;
  taken: boolean;
}

export interface EndReply {
  replyId: string;
  /** As in `AppendParts`: another is not ended. */
  startedAt?: Date;
  /** Null: whoever writes. */
  epoch: number | null;
  state: 'finished' | 'aborted';
  /** Why it is aborted. */
  reason: string | null;
  /** The parts beyond what is durable. They begin there, or nothing is done; null: whatever is there, with nothing more. */
  rest: { offset: number; parts: readonly ReplyPart[] } | null;
  /** What it becomes; null: nothing, and its parts are removed. */
  message: NewMessage | null;
  now: Date;
}

/** `reply` as it is now, null where there is none. `message`: what it has become, as it is now. */
export interface Ended {
  reply: Reply | null;
  ended: boolean;
  message: Message | null;
}

export interface ListReplies {
  sessionId: string;
  /** Null: all. */
  agentId: string | null;
  states: readonly ReplyState[];
  limit: number;
}

/**
 * With `parts`: these were appended at `offset` of the reply that began at `startedAt`; another may have its id by now. Without: the reply has
 * changed otherwise; whoever needs to know how loads it.
 */
export type ReplyNotice = ReplyName & { offset?: number; parts?: readonly ReplyPart[]; startedAt?: Date };

/** `lost`: notices before these may be missing. */
export interface ReplyBatch {
  notices: ReplyNotice[];
  lost: boolean;
}
