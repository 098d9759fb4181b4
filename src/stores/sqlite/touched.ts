import { withoutWaiting } from './file/without-waiting.js';
import type { Statements } from './statements.js';

/** So many sessions may be touched: their rows fill a quarter of a page, and whoever lists sessions by that time looks at all of them. */
const MOST = 64;

/** When a session was last written to; of one that was touched its row says less. */
export const UPDATED_AT =
  'coalesce((SELECT touched.updated_at FROM touched WHERE touched.session = sessions.id), sessions.updated_at)';

/** The sessions whose row says when, and the others: so that an index gives the order of the first. */
export const UNTOUCHED = 'sessions.id NOT IN (SELECT touched.session FROM touched)';
export const TOUCHED = 'touched CROSS JOIN sessions ON sessions.id = touched.session';

/** Moves the `updated_at` of a session on, never back. Its row and the indexes of it are written for many at once. */
export function touch(statements: Statements, session: number, now: Date): void {
  statements.run(
    `INSERT INTO touched (session, updated_at) SELECT id, ? FROM sessions WHERE id = ? AND updated_at < ?
     ON CONFLICT (session) DO UPDATE SET updated_at = excluded.updated_at WHERE updated_at < excluded.updated_at`,
    now.getTime(),
    session,
    now.getTime(),
  );
}

/** Of a session whose row is removed: another may get its number. */
export function forgetTouched(statements: Statements, session: number): void {
  statements.run('DELETE FROM touched WHERE session = ?', session);
}

export const anyTouched = (statements: Statements): boolean =>
  statements.row('SELECT 1 FROM touched LIMIT 1') !== undefined;

/**
 * Writes the rows of all that were touched, where they are more than `most`. None moves back: a process that began before the file had
 * this table writes the row itself.
 */
export function settleTouched(statements: Statements, most = MOST): void {
  if (statements.row('SELECT count(*) FROM touched')[0] <= most) return;
  statements.run(
    'UPDATE sessions SET updated_at = max(sessions.updated_at, touched.updated_at) FROM touched WHERE sessions.id = touched.session',
  );
  statements.run('DELETE FROM touched');
}

/** A file that nobody has open says everything in its rows, to whatever reads it. Where it cannot be written the next start knows all the same. */
export function settleAtEnd(statements: Statements): void {
  if (!anyTouched(statements)) return;
  try {
    withoutWaiting(statements.db, () =>
      statements.db.transaction(() => settleTouched(statements, 0)).immediate(),
    );
  } catch {
    // Another process writes, or the disk is full.
  }
}
