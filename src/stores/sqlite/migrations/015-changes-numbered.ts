import type { Database } from 'better-sqlite3';

/**
 * Changes are numbered by what is there and by what was pruned (change-log.ts): AUTOINCREMENT keeps the last number in a table of its own,
 * a page more for each write. Only the schema is changed (sqlite.org/lang_altertable.html), however many there are.
 */
export function changesNumbered(db: Database): void {
  db.unsafeMode(true);
  try {
    db.pragma('writable_schema = ON');
    db.exec(
      `UPDATE sqlite_schema SET sql = replace(sql, ' AUTOINCREMENT', '') WHERE type = 'table' AND name = 'changes'`,
    );
    db.pragma(`schema_version = ${(db.pragma('schema_version', { simple: true }) as number) + 1}`);
  } finally {
    db.pragma('writable_schema = RESET');
    db.unsafeMode(false);
  }
  db.exec(`DELETE FROM sqlite_sequence WHERE name = 'changes'`);
}
