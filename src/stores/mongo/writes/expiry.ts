import type { Filter } from 'mongodb';
import type { ExpireSession } from '../../../domain/sessions/session-store.js';
import { READ_LIMIT_MS, type SessionDoc, WRITING } from '../driver/collection.js';
import { retrying } from '../driver/retry.js';
import { allOf, matchSessions } from '../reads/session-match.js';
import { deleteSnapshotsOf, ofSessions } from '../snapshots.js';
import { deleteRepliesOf, removeReplies } from './reply-parts.js';
import type { WriteContext } from './write-context.js';

/**
 * The check, then snapshots and replies, then the session: as in `deleteSession`, a process that dies in between leaves a session that
 * can be found again. The deletion of each asks once more whether it is still old: what is written meanwhile stays, and a reply that
 * is being written keeps its session. Of a session that is gone what was written and started meanwhile goes, too.
 */
export async function expireSession(context: WriteContext, input: ExpireSession): Promise<boolean> {
  const { sessions, snapshots, replies, sizes } = context;
  const { sessionId, filter, unchangedSince, dryRun } = input;
  const old = allOf([
    { _id: sessionId, updated_at: { $lt: unchangedSince } },
    matchSessions(filter),
  ]) as Filter<SessionDoc>;
  const own = ofSessions([sessionId]);
  const reading = { projection: { _id: 1 as const }, maxTimeMS: READ_LIMIT_MS };
  return retrying(async (failures) => {
    const [found, freshSnapshot, freshReply] = await Promise.all([
      sessions.findOne(old, reading),
      snapshots.findOne({ $and: [own, { written_at: { $gte: unchangedSince } }] }, reading),
      replies.replies.findOne({ session_id: sessionId, heard_at: { $gte: unchangedSince } }, reading),
    ]);
    // After a lost answer what is gone counts as removed by this call.
    const isGone =
      !dryRun && !found && failures > 0 && !(await sessions.findOne({ _id: sessionId }, reading));
    if (!isGone) {
      if (!found || freshSnapshot || freshReply) return false;
      if (dryRun) return true;
      await snapshots.deleteMany({ $and: [own, { written_at: { $lt: unchangedSince } }] }, WRITING);
      await removeReplies(replies, { session_id: sessionId, heard_at: { $lt: unchangedSince } });
      const { deletedCount } = await sessions.deleteOne(old, WRITING);
      if (deletedCount === 0) return false;
    }
    sizes.forget(sessionId);
    await Promise.all([
      deleteSnapshotsOf(snapshots, sessionId, new Date()),
      deleteRepliesOf(replies, sessionId),
    ]);
    return true;
  });
}
