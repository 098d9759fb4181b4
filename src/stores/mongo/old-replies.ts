import { ABANDONED_KEPT_MS, PARTS_KEPT_MS, REPLY_KEPT_MS } from '../../domain/replies/reply-store.js';
import { READ_LIMIT_MS, WRITE_LIMIT_MS } from './collection.js';
import type { ReplyCollections } from './reply-document.js';
import { dropText } from './reply-parts.js';

/** Replies that one start removes at most, or of which it removes the text. */
const STEP = 100;
const reading = { projection: { _id: 1 as const }, limit: STEP, maxTimeMS: READ_LIMIT_MS };
const writing = { maxTimeMS: WRITE_LIMIT_MS };

/** Removes some of what is too old. */
export async function removeOldReplies(collections: ReplyCollections, now: Date): Promise<void> {
  const { replies, parts } = collections;
  const before = (ms: number) => ({ $lt: new Date(now.getTime() - ms) });
  const forgotten = {
    $or: [
      { ended_at: before(REPLY_KEPT_MS) },
      { state: 'abandoned' as const, heard_at: before(ABANDONED_KEPT_MS) },
    ],
  };
  const withText = { ended_at: before(PARTS_KEPT_MS), parts_gone: { $exists: false } };
  const [gone, silent] = await Promise.all([
    replies.find(forgotten, reading).toArray(),
    replies.find(withText, reading).toArray(),
  ]);
  if (silent.length > 0) await dropText(collections, { _id: { $in: silent.map(({ _id }) => _id) } });
  if (gone.length === 0) return;
  const ids = gone.map(({ _id }) => _id);
  await replies.deleteMany({ _id: { $in: ids }, ...forgotten }, writing);
  // One whose writer has come back meanwhile keeps its text.
  const left = new Set((await replies.find({ _id: { $in: ids } }, reading).toArray()).map(({ _id }) => _id));
  await parts.deleteMany({ reply: { $in: ids.filter((id) => !left.has(id)) } }, writing);
}
