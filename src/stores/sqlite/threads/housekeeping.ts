import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { givesBack } from '../file/auto-vacuum.js';
import { withoutWaiting } from '../file/without-waiting.js';

/** Pages that one step gives back at most: 1 MiB, some 2 ms. */
const STEP_PAGES = 256;
/** Free pages that are kept for what is written next. */
const FREE_PAGES_KEPT = 1_024;
/** A write-ahead log above this is emptied. */
export const WAL_KEPT_BYTES = 16 * 1024 * 1024;

export interface Housekeeping {
  /** One bounded piece of work, for a moment when nothing waits to be written. Whether there is more to do at once. Never throws. */
  step(): boolean;
}

/**
 * Keeps the files as large as what they hold: gives pages that deletions left free back to the disk, and empties a write-ahead log
 * that a long reader has let grow. Waits for nobody: what another connection holds up is tried again at the next step.
 * `emptyLog`: whether the log is empty now.
 */
export function createHousekeeping(db: Database, path: string, emptyLog: () => boolean): Housekeeping {
  // A log that was larger is cut to this when it begins anew.
  db.pragma(`journal_size_limit = ${WAL_KEPT_BYTES}`);
  const vacuums = givesBack(db);
  let shrinking = false;

  const freePages = () => db.pragma('freelist_count', { simple: true }) as number;

  function shrink(): boolean {
    if (!vacuums || freePages() <= FREE_PAGES_KEPT) return false;
    db.pragma(`incremental_vacuum(${STEP_PAGES})`);
    shrinking = true;
    return freePages() > FREE_PAGES_KEPT;
  }

  return {
    step() {
      try {
        return withoutWaiting(db, () => {
          if (shrink()) return true;
          // The file itself is cut by the checkpoint.
          if (shrinking || walBytes(path) > WAL_KEPT_BYTES) shrinking = !emptyLog();
          return false;
        });
      } catch {
        // Locked, or the disk is full: nobody waits for it.
        return false;
      }
    },
  };
}

/** Of the write-ahead log beside the file. */
export const walBytes = (path: string): number =>
  statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
