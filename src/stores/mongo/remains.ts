import type { Remains } from '../../domain/sessions/session-store.js';
import { SCAN_LIMIT_MS } from './collection.js';
import { ofSessions } from './snapshots.js';
import type { WriteContext } from './write-context.js';

/** A session is one document, and its snapshots are found by their keys: there is no third place with anything of it but its id. */
export async function remainsOf(
  { sessions, snapshots }: Pick<WriteContext, 'sessions' | 'snapshots'>,
  sessionIds: readonly string[],
): Promise<Remains[]> {
  const options = { maxTimeMS: SCAN_LIMIT_MS };
  const counted = await Promise.all([
    sessions.countDocuments({ _id: { $in: [...sessionIds] } }, options),
    snapshots.countDocuments(ofSessions(sessionIds), options),
  ]);
  return [sessions, snapshots].map(({ collectionName }, index) => ({
    place: collectionName,
    left: counted[index] ?? 0,
  }));
}
