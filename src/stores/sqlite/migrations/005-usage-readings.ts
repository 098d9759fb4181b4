import type { Database } from 'better-sqlite3';
import { prepareOnce } from '../statements.js';
import { recountAgent } from '../writes/usage-totals.js';

/**
 * A message with a counter has a row: `counter` is how it stands there, `rise` what of it is new and counts for the message, both
 * JSON. Totals of before added up counters that run on, and are counted anew.
 */
export function usageReadings(db: Database): void {
  db.exec(`
    CREATE TABLE usage_readings (
      agent INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      counter TEXT NOT NULL,
      rise TEXT,
      PRIMARY KEY (agent, position)
    ) STRICT, WITHOUT ROWID;`);
  const statements = prepareOnce(db);
  for (const { id } of statements.all('SELECT id FROM agents')) recountAgent(statements, id);
}
