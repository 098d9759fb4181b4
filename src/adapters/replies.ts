import type { ReplyBlock, ReplyPart, ReplyState } from '../domain/replies/model.js';
import type { ReplyWriter } from '../domain/replies/reply-writer.js';
import type { AgentAddress, NewEntry } from './port.js';

/*
 * Replies in progress, as the adapters of streams use them, over a database (library-replies.ts) or a server (client-replies.ts). Every method
 * rejects with a ParleyError.
 */

export type GrowingReply = Pick<ReplyWriter<NewEntry, unknown>, 'write' | 'flush' | 'finish' | 'abort'>;

export interface ReplyNow {
  replyId: string;
  state: ReplyState;
  blocks: ReplyBlock[];
}

/** `anew`: what was told before no longer holds, these are all parts. */
export type ReplyNews = { parts: readonly ReplyPart[]; anew: boolean } | { state: 'writing' | 'abandoned' };

export interface RepliesPort {
  /** Begins one, or takes it over. Session and agent are made where they are missing. */
  start(
    agent: AgentAddress,
    options: { replyId: string; durability: 'each' | 'batched' },
  ): Promise<GrowingReply>;
  /** One that is over is found for an hour with its text. */
  find(agent: AgentAddress, replyId: string): Promise<ReplyNow | null>;
  /** Those that are not over, in the order in which they were started. */
  active(agent: AgentAddress): Promise<ReplyNow[]>;
  /** Its text so far, then what is added, until it is over or `signal` aborts. One that is not there yet is waited for. */
  follow(agent: AgentAddress, replyId: string, signal: AbortSignal): AsyncIterable<ReplyNews>;
  /** Ends one, whoever writes it, and keeps nothing. */
  discard(replyId: string): Promise<void>;
  close(): Promise<void>;
}
