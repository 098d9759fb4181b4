import type { Database } from 'better-sqlite3';

/** Above this a file is not rewritten at the start: it would keep the server from starting for seconds. */
const REWRITTEN_AT_START_BYTES = 256 * 1024 * 1024;
const INCREMENTAL = 2;

/** Before anything else is done with a new file: the mode of an old one changes with its next VACUUM only. */
export function askForAutoVacuum(db: Database): void {
  db.pragma('auto_vacuum = INCREMENTAL');
}

/** Whether deletions give the file's space back. */
export const givesBack = (db: Database): boolean =>
  db.pragma('auto_vacuum', { simple: true }) === INCREMENTAL;

/** What to do about a file that does not. */
export const REWRITE_BY_HAND = 'While no server runs: sqlite3 FILE "PRAGMA auto_vacuum=INCREMENTAL; VACUUM"';

/** Of the database file, what is free in it too. */
export function fileBytes(db: Database): number {
  const [pages, size] = ['page_count', 'page_size'].map((name) => db.pragma(name, { simple: true }));
  return Number(pages) * Number(size);
}

/**
 * Rewrites a file that an earlier version made, so that deletions give their space back. What was done, or why not, for the log;
 * null where there is nothing to say.
 */
export function rewriteForAutoVacuum(db: Database, mostBytes = REWRITTEN_AT_START_BYTES): string | null {
  if (givesBack(db)) return null;
  const bytes = fileBytes(db);
  if (bytes > mostBytes) {
    return `deletions give no space of the file back: it is of an earlier version, and with ${bytes} bytes too large to be rewritten at a start. ${REWRITE_BY_HAND}`;
  }
  try {
    db.exec('VACUUM');
    return `the file was rewritten once, so that deletions give space back (${bytes} bytes)`;
  } catch (error) {
    // Another process writes, or the disk is full: everything works all the same, and the next start tries again.
    return `deletions give no space of the file back: it could not be rewritten (${(error as Error).message})`;
  }
}
