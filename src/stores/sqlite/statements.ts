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
  const statement = prepared((sql) => db.prepare(sql));
  // What one has been told holds for all who run it.
  const listing = prepared((sql) => db.prepare(sql).raw());
  const reading = db.transaction((read: () => unknown) => read());
  return {
    db,
    all: (sql, ...parameters) => statement(sql).all(...parameters) as Row[],
    rows: (sql, ...parameters) => listing(sql).all(...parameters) as Row[],
    row: (sql, ...parameters) => listing(sql).get(...parameters) as Row | undefined,
    get: (sql, ...parameters) => statement(sql).get(...parameters) as Row | undefined,
    run: (sql, ...parameters) => statement(sql).run(...parameters),
    snapshot: <T>(read: () => T) => reading(read) as T,
  };
}

function prepared(prepare: (sql: string) => Statement): (sql: string) => Statement {
  const kept = createLru<string, Statement>(MAX_PREPARED);
  return (sql) => {
    if (sql.length > LONGEST_KEPT) return prepare(sql);
    const known = kept.get(sql);
    if (known) return known;
    const made = prepare(sql);
    kept.set(sql, made);
    return made;
  };
}
