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

/**
 * Moves the `updated_at` of a session on, never back. Its row and the indexes of it are written for many at once; where that are large ones,
 * whoever touches one more writes the row of one of them.
 */
export function touch(statements: Statements, session: number, now: Date): void {
  statements.run(
    `INSERT INTO touched (session, updated_at) SELECT id, ? FROM sessions WHERE id = ? AND updated_at < ?
     ON CONFLICT (session) DO UPDATE SET updated_at = excluded.updated_at WHERE updated_at < excluded.updated_at`,
    now.getTime(),
    session,
    now.getTime(),
  );
  if (touchedCount(statements) > MOST) settleTouched(statements);
}

/** Of a session whose row is removed: another may get its number. */
export function forgetTouched(statements: Statements, session: number): void {
  statements.run('DELETE FROM touched WHERE session = ?', session);
}

export const anyTouched = (statements: Statements): boolean =>
  statements.row('SELECT 1 FROM touched LIMIT 1') !== undefined;

const touchedCount = (statements: Statements): number => statements.row('SELECT count(*) FROM touched')[0];

/** To write a time into a row the row is written, with its metadata: of so much, those of all that may be touched take some ms. */
const SMALL_BYTES = 16 * 1024;
const IS_SMALL = `octet_length(sessions.metadata) <= ${SMALL_BYTES}`;
/** Of the metadata of large rows, what is written with them as the file is closed. */
const BYTES_AT_END = 32 * 1024 * 1024;

/**
 * Writes the rows of all that were touched and are small, and where those that are left are still too many the one that was touched the longest ago. None
 * moves back: a process that began before the file had this table writes the row itself.
 */
function settleTouched(statements: Statements): void {
  settle(statements, IS_SMALL);
  if (touchedCount(statements) > MOST) settleOldest(statements);
}

/** What the metadata of its row takes; undefined where none is touched. */
function settleOldest(statements: Statements): number | undefined {
  const oldest = statements.get(
    `SELECT touched.session, octet_length(sessions.metadata) AS bytes FROM ${TOUCHED} ORDER BY touched.updated_at LIMIT 1`,
  );
  if (oldest) settle(statements, 'sessions.id = ?', oldest.session);
  return oldest?.bytes;
}

function settle(statements: Statements, which: string, ...parameters: unknown[]): void {
  const found = `SELECT sessions.id FROM ${TOUCHED} WHERE ${which}`;
  statements.run(
    `UPDATE sessions SET updated_at = max(updated_at, (SELECT touched.updated_at FROM touched WHERE touched.session = sessions.id))
     WHERE id IN (${found})`,
    ...parameters,
  );
  statements.run(`DELETE FROM touched WHERE session IN (${found})`, ...parameters);
}

/**
 * A file that nobody has open says everything in its rows, to whatever reads it, but for many large ones. Where it cannot be written the next
 * start knows all the same.
 */
export function settleAtEnd(statements: Statements): void {
  if (!anyTouched(statements)) return;
  try {
    withoutWaiting(statements.db, () =>
      statements.db
        .transaction(() => {
          settle(statements, IS_SMALL);
          for (let room = BYTES_AT_END; room > 0; )
            room -= settleOldest(statements) ?? Number.POSITIVE_INFINITY;
        })
        .immediate(),
    );
  } catch {
    // Another process writes, or the disk is full.
  }
}
