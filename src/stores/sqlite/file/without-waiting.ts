import type { Database } from 'better-sqlite3';

/** With this time limit in ms for the locks of others. */
export function withoutWaiting<T>(db: Database, run: () => T, limitMs = 0): T {
  const usual = db.pragma('busy_timeout', { simple: true });
  db.pragma(`busy_timeout = ${limitMs}`);
  try {
    return run();
  } finally {
    db.pragma(`busy_timeout = ${usual}`);
  }
}
