import type Database from 'better-sqlite3';

/** What brings a file of version n back to n - 1, its data kept. */
const BACK: Readonly<Record<number, string>> = {
  12: 'DROP TABLE graves; DROP TABLE recounts; DROP INDEX messages_by_role',
  13: 'DROP INDEX replies_by_position; DROP INDEX reply_log_told',
  14: 'DROP TABLE agent_values; ALTER TABLE agents DROP COLUMN aside',
  15: `DROP INDEX changes_by_session; ALTER TABLE changes RENAME TO others;
    CREATE TABLE changes (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, session_created_at INTEGER NOT NULL,
      kind TEXT NOT NULL, agent_id TEXT, position INTEGER, written_at INTEGER NOT NULL) STRICT;
    INSERT INTO changes SELECT * FROM others;
    DROP TABLE others;
    CREATE INDEX changes_by_session ON changes (session_id, id)`,
  16: `ALTER TABLE feedback DROP COLUMN bytes_so_far; ALTER TABLE guardrail_events DROP COLUMN bytes_so_far`,
  17: `UPDATE sessions SET updated_at = touched.updated_at FROM touched WHERE sessions.id = touched.session;
    DROP TABLE touched`,
  18: 'DROP INDEX webhook_events_dead',
};

/** Brings a file of this version back to an earlier one, 11 at the least. */
export function bringBack(db: Database.Database, version: number): void {
  for (let now = db.pragma('user_version', { simple: true }) as number; now > version; now--) {
    const back = BACK[now];
    if (back === undefined) throw new Error(`nothing is known of version ${now}`);
    db.exec(back);
  }
  db.pragma(`user_version = ${version}`);
}
