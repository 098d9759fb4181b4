import type { Message } from '../sessions/model.js';

/**
 * `writing`: a writer is at work, or was until a moment ago. `abandoned`: nobody has heard of it for the reply's timeout; a writer may
 * go on with it. The other two are its end: nothing of the reply changes any more.
 */
export const REPLY_STATES = ['writing', 'abandoned', 'finished', 'aborted'] as const;
export type ReplyState = (typeof REPLY_STATES)[number];

/** Those of a reply that is not over. */
export const ACTIVE_STATES: readonly ReplyState[] = ['writing', 'abandoned'];

/** `each`: a call is answered once its parts are durable. `batched`: at once, and they are durable 250 ms later. */
export type ReplyDurability = 'each' | 'batched';

/** `data`: what a program keeps beside what is said, in a form of its own. */
export const BLOCK_KINDS = ['text', 'reasoning', 'tool-input', 'tool-result', 'data'] as const;
export type ReplyBlockKind = (typeof BLOCK_KINDS)[number];

/** What a block is from its first part on. */
export interface ReplyBlockHead {
  kind: ReplyBlockKind;
  /** Of a tool's input and of its result; null of the others. */
  toolUseId: string | null;
  /** Of a tool's input: the tool; of data: its form; null of the others. */
  name: string | null;
  /** Of a tool's result; null of the others. */
  status: 'success' | 'error' | null;
}

/** What is appended to the block of this number: a piece of its text, which is the JSON of a tool's input. */
export interface ReplyPart extends ReplyBlockHead {
  block: number;
  text: string;
}

/** One block so far. */
export type ReplyBlock = ReplyPart;

/**
 * One reply without its text. `offset` counts the text of all its parts in the order in which they came, in UTF-16 code units; a part
 * begins and ends between two characters.
 */
export interface Reply {
  replyId: string;
  sessionId: string;
  agentId: string;
  state: ReplyState;
  /** Rises with each writer; the calls of an earlier one change nothing. From 1. */
  epoch: number;
  durability: ReplyDurability;
  /** In ms. */
  timeoutMs: number;
  /** Whose share it counts as. */
  caller: string;
  /** How much of it is durable. */
  offset: number;
  startedAt: Date;
  /** Of a reply that is over. */
  endedAt: Date | null;
  /** Why it was aborted. */
  reason: string | null;
  /** Where the message stands in its agent that it has become; null where it is none. */
  position: number | null;
}

/** A reply as it is at this moment, with its text. */
export interface ReplyWithText extends Reply {
  blocks: ReplyBlock[];
}

/** A reply that is over, and what it has become; null where it was discarded, or its message is gone. */
export interface EndedReply {
  reply: Reply;
  message: Message | null;
}

export const isActive = ({ state }: Pick<Reply, 'state'>): boolean => ACTIVE_STATES.includes(state);
