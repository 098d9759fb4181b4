import type { Remains } from '../../../domain/sessions/session-store.js';
import { SCAN_LIMIT_MS } from '../driver/collection.js';
import { ofSessions } from '../snapshots.js';
import type { WriteContext } from './write-context.js';

/** A session is one document; its snapshots are found by their keys, its replies by its id: there is no further place with anything of it. */
export async function remainsOf(
  { sessions, snapshots, replies }: Pick<WriteContext, 'sessions' | 'snapshots' | 'replies'>,
  sessionIds: readonly string[],
): Promise<Remains[]> {
  const options = { maxTimeMS: SCAN_LIMIT_MS };
  const ids = { $in: [...sessionIds] };
  return Promise.all([
    left(sessions.collectionName, sessions.countDocuments({ _id: ids }, options)),
    left(snapshots.collectionName, snapshots.countDocuments(ofSessions(sessionIds), options)),
    left(replies.replies.collectionName, replies.replies.countDocuments({ session_id: ids }, options)),
    left(replies.parts.collectionName, replies.parts.countDocuments({ session_id: ids }, options)),
  ]);
}

const left = async (place: string, count: Promise<number>): Promise<Remains> => ({
  place,
  left: await count,
});
