import type { Collection, MongoClient, UpdateFilter } from 'mongodb';
import { ACTIVE_STATES, type Reply, type ReplyState } from '../../../domain/replies/model.js';
import type { EndReply } from '../../../domain/replies/reply-store.js';
import { DURABLE } from '../driver/collection.js';

/** What is appended at once: from `o` to `e` of the reply's text. */
export interface Stretch {
  o: number;
  e: number;
  /** One for each append, so that a repetition is known. */
  w: string;
  /** The parts, by `partsToText`. */
  p: string;
}

/** An end that is decided, and not yet made: its message is about to be appended to the session. */
export interface PendingEnd {
  by: string;
  state: EndReply['state'];
  reason: string | null;
  at: Date;
  /** JSON of the message; its dates are those of `at`. */
  message: string;
}

/** A start that was made, by the receipt of its call. */
export interface StartReceipt {
  key: string;
  body: string;
  epoch: number;
}

/**
 * One document for each reply. Its newest text stands in `recent`, so that an append is one atomic update, and comes with the change
 * stream; what is older is moved to the parts, so that the document stays small.
 */
export interface ReplyDoc {
  _id: string;
  session_id: string;
  agent_id: string;
  state: ReplyState;
  epoch: number;
  durability: Reply['durability'];
  timeout_ms: number;
  caller: string;
  /** How long its text is. */
  offset: number;
  started_at: Date;
  /** When its writer was last heard of, by the server's clock. */
  heard_at: Date;
  ended_at: Date | null;
  reason: string | null;
  position: number | null;
  /** The latest. */
  starts: StartReceipt[];
  recent: Stretch[];
  /** What `recent` takes, about, in bytes. */
  held: number;
  /** Nothing is left of its text. */
  parts_gone?: true;
  ending?: PendingEnd;
}

/** Text that was moved out of a reply's document: `_id` is the reply and where it begins. */
export interface PartsDoc {
  _id: string;
  reply: string;
  session_id: string;
  stretches: Stretch[];
  o: number;
  e: number;
}

/** `<collection>_replies` and `<collection>_reply_parts`, beside the sessions. */
export interface ReplyCollections {
  replies: Collection<ReplyDoc>;
  parts: Collection<PartsDoc>;
}

export function replyCollectionsOf(
  client: MongoClient,
  database: string,
  collection: string,
): ReplyCollections {
  const db = client.db(database);
  return {
    replies: db.collection<ReplyDoc>(repliesName(collection), DURABLE),
    parts: db.collection<PartsDoc>(`${collection}_reply_parts`, DURABLE),
  };
}

export const repliesName = (collection: string) => `${collection}_replies`;

/** What a reply is, without its text; and how it is read so. */
export type BareReplyDoc = Omit<ReplyDoc, 'recent' | 'starts'>;
export const WITHOUT_TEXT = { recent: 0, starts: 0 } as const;

export const toReply = (doc: BareReplyDoc): Reply => ({
  replyId: doc._id,
  sessionId: doc.session_id,
  agentId: doc.agent_id,
  state: doc.state,
  epoch: doc.epoch,
  durability: doc.durability,
  timeoutMs: doc.timeout_ms,
  caller: doc.caller,
  offset: doc.offset,
  startedAt: doc.started_at,
  endedAt: doc.ended_at,
  reason: doc.reason,
  position: doc.position,
});

/** It is not over, and no end of it is decided. */
export const OPEN = { state: { $in: [...ACTIVE_STATES] }, ending: { $exists: false } };

/** Nothing of its text is left in its document. */
export const TEXT_GONE = { recent: [], held: 0, parts_gone: true } satisfies UpdateFilter<ReplyDoc>['$set'];
