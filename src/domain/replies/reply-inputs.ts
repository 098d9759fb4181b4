import type { JsonObject } from '../json/json-value.js';
import type { Keyed, MessageInput } from '../sessions/session-inputs.js';
import type { ReplyBlockHead, ReplyDurability } from './model.js';

/** What one reply may hold: characters as `offset` counts them, and blocks. On MongoDB a message has to fit into its session. */
export const MAX_REPLY_LENGTH = 4 * 1024 * 1024;
export const MAX_REPLY_BLOCKS = 1_000;
/** Pieces that its text may be in: as many as it goes from one block to another, and one for each 4,096 characters. */
export const MAX_REPLY_PIECES = 16_384;
/** What a piece takes in memory, in characters, about. */
export const PIECE_LENGTH = 64;
export const MAX_PARTS_PER_CALL = 1_000;
/** Replies that are not over: of one session, and of one caller in the whole database. */
export const MAX_REPLIES_OF_SESSION = 64;
export const MAX_REPLIES_OF_CALLER = 1_000;
/** What the unfinished replies of one caller may hold in the memory of this process, in characters, a piece as some. */
export const MAX_TEXT_OF_CALLER = 32 * 1024 * 1024;

export const REPLY_TIMEOUT = { usual: 30_000, least: 1_000, most: 3_600_000 };

export type StartReplyInput = Keyed & {
  sessionId: string;
  agentId: string;
  replyId?: string | null | undefined;
  createIfMissing?: boolean | 'agent' | undefined;
  durability?: ReplyDurability | null | undefined;
  /** In ms. */
  timeoutMs?: number | null | undefined;
};

/** What a block is has to be said with its first part alone; where it is not, that is text. */
export type PartInput = { block: number; text: string } & {
  [Field in keyof ReplyBlockHead]?: ReplyBlockHead[Field] | null | undefined;
};

export interface ContinueReplyInput {
  replyId: string;
  epoch: number;
  offset: number;
  parts: readonly PartInput[];
}

export interface FinishReplyInput {
  replyId: string;
  epoch: number;
  /** How much its writer has written; what is missing is a gap. */
  offset?: number | null | undefined;
  /** Absent: what the parts say. */
  message?: MessageInput | null | undefined;
  metadata?: JsonObject | null | undefined;
  metrics?: JsonObject | null | undefined;
}

export interface AbortReplyInput {
  replyId: string;
  /** Absent: whoever writes. */
  epoch?: number | null | undefined;
  reason?: string | null | undefined;
  /** `message`: what is there becomes a message. */
  keep: 'discard' | 'message';
}
