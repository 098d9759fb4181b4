import { ABANDONED_KEPT_MS, PARTS_KEPT_MS, REPLY_KEPT_MS } from '../../../domain/replies/reply-store.js';
import type { ReplyCollections } from '../documents/reply-document.js';
import { dropText, removeReplies } from './reply-parts.js';

/** Replies that one start removes at most, or of which it removes the text. */
const STEP = 100;

/** Removes some of what is too old. */
export async function removeOldReplies(collections: ReplyCollections, now: Date): Promise<void> {
  const before = (ms: number) => ({ $lt: new Date(now.getTime() - ms) });
  const forgotten = {
    $or: [
      { ended_at: before(REPLY_KEPT_MS) },
      { state: 'abandoned' as const, heard_at: before(ABANDONED_KEPT_MS) },
    ],
  };
  const withText = { ended_at: before(PARTS_KEPT_MS) };
  await Promise.all([dropText(collections, withText, STEP), removeReplies(collections, forgotten, STEP)]);
}
