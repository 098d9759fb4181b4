import type { Filter } from 'mongodb';
import { flatMapSteps, inSlices } from '../../../domain/async/in-slices.js';
import type { ReplyPart } from '../../../domain/replies/model.js';
import { partsSteps } from '../../../domain/replies/parts-text.js';
import {
  type PartsDoc,
  type ReplyCollections,
  type ReplyDoc,
  TEXT_GONE,
} from '../documents/reply-document.js';
import { READ_LIMIT_MS, READING, SCAN_LIMIT_MS, WRITING } from '../driver/collection.js';
import { isDuplicateKey } from '../driver/errors.js';
import { retrying } from '../driver/retry.js';

/** What a reply's document holds of its text before that is moved, in bytes: each update writes the document whole. */
const MOST_HELD = 128 * 1024;
/** Of what was moved so many documents come with one answer, which the driver reads in one turn. */
const DOCUMENTS_AT_ONCE = 8;

/**
 * All of a reply's text. Its document is read first: what is moved meanwhile is in both. Where that says that the text is gone, what
 * still lies beside it is about to be removed.
 */
export async function readParts({ replies, parts }: ReplyCollections, replyId: string): Promise<ReplyPart[]> {
  const projection = { projection: { recent: 1 as const, parts_gone: 1 as const }, maxTimeMS: READ_LIMIT_MS };
  const doc = await replies.findOne({ _id: replyId }, projection);
  if (!doc || doc.parts_gone) return [];
  const options = {
    sort: { o: 1 as const, e: 1 as const },
    batchSize: DOCUMENTS_AT_ONCE,
    maxTimeMS: SCAN_LIMIT_MS,
  };
  const moved = await parts.find({ reply: replyId }, options).toArray();
  const copied = moved.flatMap((one) => one.stretches);
  const known = new Set(copied.map(({ w }) => w));
  const stretches = [...copied, ...doc.recent.filter(({ w }) => !known.has(w))];
  return inSlices(flatMapSteps(stretches, ({ p }) => partsSteps(p)));
}

/** Whether a stretch was appended, and moved since. */
export async function wasMoved(
  { parts }: ReplyCollections,
  replyId: string,
  token: string,
): Promise<boolean> {
  const options = { projection: { _id: 1 as const }, maxTimeMS: READ_LIMIT_MS };
  return (await parts.findOne({ reply: replyId, 'stretches.w': token }, options)) !== null;
}

/**
 * Moves the text of a reply out of its document, where that has grown. What is there is copied, then taken away as far as a copy is
 * stored; of two processes that do it at once one finds the other's copy.
 */
export async function moveText(
  { replies, parts }: ReplyCollections,
  { _id, held }: Pick<ReplyDoc, '_id' | 'held'>,
): Promise<void> {
  if (held < MOST_HELD) return;
  const doc = await replies.findOne({ _id }, READING);
  const first = doc?.recent[0];
  if (!doc || !first || doc.held < MOST_HELD) return;
  const copy: PartsDoc = {
    _id: `${_id} ${first.o} ${first.w}`,
    reply: _id,
    session_id: doc.session_id,
    stretches: doc.recent,
    o: first.o,
    e: doc.recent.at(-1)?.e ?? first.e,
  };
  const stored = await parts.insertOne(copy, WRITING).then(
    () => copy,
    async (error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
      return parts.findOne({ _id: copy._id }, READING);
    },
  );
  if (!stored) return;
  const moved = stored.stretches.map(({ w }) => w);
  const bytes = stored.stretches.reduce((sum, stretch) => sum + bytesOf(stretch.p), 0);
  const { matchedCount } = await replies.updateOne(
    { _id, 'recent.0.w': first.w },
    { $pull: { recent: { w: { $in: moved } } }, $inc: { held: -bytes } },
    WRITING,
  );
  // The reply, or its text, went meanwhile.
  if (matchedCount === 0 && stored === copy) await dropLeft({ replies, parts }, _id);
}

/** About what a stretch takes. */
export const bytesOf = (text: string): number => Buffer.byteLength(text) + 80;

async function dropLeft({ replies, parts }: ReplyCollections, replyId: string): Promise<void> {
  const options = { projection: { parts_gone: 1 as const }, maxTimeMS: READ_LIMIT_MS };
  const doc = await replies.findOne({ _id: replyId }, options);
  if (!doc || doc.parts_gone) await parts.deleteMany({ reply: replyId }, WRITING);
}

/** Removes the text of these replies that have one, of `limit` at most, and tells that it is gone. */
export const dropText = (collections: ReplyCollections, which: Filter<ReplyDoc>, limit = 0): Promise<void> =>
  dropAllText(collections, { ...which, parts_gone: { $exists: false } }, limit);

/** As `dropText`, also where that has begun before: a process that died, or had no answer, may have left a part. */
export async function dropAllText(
  { replies, parts }: ReplyCollections,
  which: Filter<ReplyDoc>,
  limit = 0,
): Promise<void> {
  const ids = await idsOf(replies, which, limit);
  if (ids.length === 0) return;
  // Each step is tried by itself: once the first is made the replies cannot be found by what they were.
  await retrying(() => replies.updateMany({ _id: { $in: ids } }, { $set: TEXT_GONE }, WRITING));
  await retrying(() => parts.deleteMany({ reply: { $in: ids } }, WRITING));
}

/** Removes these replies with their text, `limit` of them at most: each only if it still is one of them in that moment. */
export async function removeReplies(
  { replies, parts }: ReplyCollections,
  which: Filter<ReplyDoc>,
  limit = 0,
): Promise<void> {
  const ids = await idsOf(replies, which, limit);
  if (ids.length === 0) return;
  await retrying(() => replies.deleteMany({ $and: [{ _id: { $in: ids } }, which] }, WRITING));
  // One whose writer has come back meanwhile keeps its text.
  const left = new Set(await idsOf(replies, { _id: { $in: ids } }));
  await retrying(() => parts.deleteMany({ reply: { $in: ids.filter((id) => !left.has(id)) } }, WRITING));
}

async function idsOf(
  replies: ReplyCollections['replies'],
  which: Filter<ReplyDoc>,
  limit = 0,
): Promise<string[]> {
  const options = { projection: { _id: 1 as const }, limit, maxTimeMS: READ_LIMIT_MS };
  const found = await retrying(() => replies.find(which, options).toArray());
  return found.map(({ _id }) => _id);
}

/** Of this session; whether there were any. */
export async function deleteRepliesOf(
  { replies, parts }: ReplyCollections,
  sessionId: string,
): Promise<boolean> {
  const { deletedCount } = await replies.deleteMany({ session_id: sessionId }, WRITING);
  await parts.deleteMany({ session_id: sessionId }, WRITING);
  return deletedCount > 0;
}
