import { isDefect } from '../../../domain/errors.js';
import type { ReplyName } from '../../../domain/replies/reply-store.js';
import { OPEN, WITHOUT_TEXT } from '../documents/reply-document.js';
import { READING, WRITING } from '../driver/collection.js';
import { isAway, toParleyError } from '../driver/errors.js';
import type { Settle } from './end-reply.js';
import type { WriteContext } from './write-context.js';

/** Nobody has heard of its writer for as long as it said, by the server's clock. */
const OVERDUE = {
  state: 'writing' as const,
  $expr: { $lte: [{ $add: ['$heard_at', '$timeout_ms'] }, '$$NOW'] },
};

/**
 * What each finds is its own: the update holds only while the reply is still late. One whose decided end cannot be made, for a reason
 * that nobody knows, keeps no other from being found: it is given up with its end. Where its message was appended, who goes on with it
 * finds that.
 */
export async function abandonOverdue({ replies }: WriteContext, settle: Settle): Promise<ReplyName[]> {
  const late = await replies.replies.find(OVERDUE, { projection: WITHOUT_TEXT, ...READING }).toArray();
  const found: ReplyName[] = [];
  for (const { _id, session_id, ending } of late) {
    const stuck = ending !== undefined && !(await canSettle(_id));
    const { modifiedCount } = await replies.replies.updateOne(
      { _id, ...OVERDUE, ...(stuck ? { 'ending.by': ending.by } : { ending: OPEN.ending }) },
      { $set: { state: 'abandoned' }, ...(stuck ? { $unset: { ending: '' as const } } : {}) },
      WRITING,
    );
    if (modifiedCount > 0) found.push({ replyId: _id, sessionId: session_id });
  }
  return found;

  /** False where that has failed as if the server had a defect. What takes too long is tried at the next look. */
  async function canSettle(replyId: string): Promise<boolean> {
    try {
      await settle(replyId);
      return true;
    } catch (thrown) {
      const error = toParleyError(thrown);
      if (isAway(error)) throw error;
      return !isDefect(error);
    }
  }
}
