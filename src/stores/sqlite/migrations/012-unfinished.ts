import type { Database } from 'better-sqlite3';
import { prepareOnce } from '../statements.js';
import { recountAgent } from '../writes/usage-totals.js';

const OWNED = ' REFERENCES sessions (id) ON DELETE CASCADE';

/**
 * What a write leaves to be done in further steps. `graves`: sessions that are gone, of which something still lies in the tables below,
 * by the number of their row. So no key leads from there to the session any more: removing it would remove all of that at once
 * (sqlite.org/lang_altertable.html on changes of the schema that change no rows). `recounts`: from which message on what counters have
 * risen by is to be counted anew, and up to which one in any case.
 */
export function unfinished(db: Database): void {
  db.exec(`
    CREATE TABLE graves (session INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE recounts (
      agent INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      until INTEGER NOT NULL,
      PRIMARY KEY (agent, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX messages_by_role ON messages (agent, role, position);`);
  db.unsafeMode(true);
  try {
    db.pragma('writable_schema = ON');
    db.prepare(`UPDATE sqlite_schema SET sql = replace(sql, ?, '') WHERE type = 'table'`).run(OWNED);
    db.pragma(`schema_version = ${(db.pragma('schema_version', { simple: true }) as number) + 1}`);
  } finally {
    db.pragma('writable_schema = RESET');
    db.unsafeMode(false);
  }
  // Totals of before went no further than this.
  const statements = prepareOnce(db);
  const full = statements.all(
    'SELECT id FROM agents WHERE max(input_tokens, output_tokens, total_tokens, cache_read_tokens, cache_write_tokens) >= ?',
    2 ** 53,
  );
  for (const { id } of full) recountAgent(statements, id);
}
