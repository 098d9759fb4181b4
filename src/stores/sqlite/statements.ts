import type { Database, Statement } from 'better-sqlite3';
import { createLru } from '../../domain/lru.js';

/**
 * A connection with its prepared statements: each text is prepared once. A limit is written `LIMIT +?`: for a parameter alone SQLite
 * plans by its value, and prepares the statement again when another one is bound.
 */
export interface Statements {
  readonly db: Database;
  all(sql: string, ...parameters: unknown[]): Row[];
  /** As `all`, each row the list of its columns: of wide rows it is much faster. */
  rows(sql: string, ...parameters: unknown[]): Row[];
  get(sql: string, ...parameters: unknown[]): Row | undefined;
  /** As `get`, the list of its columns. */
  row(sql: string, ...parameters: unknown[]): Row | undefined;
  run(sql: string, ...parameters: unknown[]): { changes: number; lastInsertRowid: number | bigint };
  /** Reads that see the database as it was at the first of them. */
  snapshot<T>(read: () => T): T;
}

// biome-ignore lint/suspicious/noExplicitAny: a row has the columns that its statement names; rows.ts maps them.
export type Row = any;

/** Filters make many texts; the ones used least recently are prepared again. */
const MAX_PREPARED = 200;
/** A longer text is of a large filter, which hardly comes twice: kept, 200 of a megabyte would fill the memory. */
const LONGEST_KEPT = 20_000;

export function prepareOnce(db: Database): Statements {
  const prepared = createLru<string, Statement>(MAX_PREPARED);
  const statement = (sql: string): Statement => {
    if (sql.length > LONGEST_KEPT) return db.prepare(sql);
    const known = prepared.get(sql);
    if (known) return known;
    const made = db.prepare(sql);
    prepared.set(sql, made);
    return made;
  };
  const reading = db.transaction((read: () => unknown) => read());
  return {
    db,
    all: (sql, ...parameters) => statement(sql).all(...parameters) as Row[],
    rows: (sql, ...parameters) =>
      statement(sql)
        .raw()
        .all(...parameters) as Row[],
    row: (sql, ...parameters) =>
      statement(sql)
        .raw()
        .get(...parameters) as Row | undefined,
    get: (sql, ...parameters) => statement(sql).get(...parameters) as Row | undefined,
    run: (sql, ...parameters) => statement(sql).run(...parameters),
    snapshot: <T>(read: () => T) => reading(read) as T,
  };
}
