import type { Database } from 'better-sqlite3';

/** Of this Node on, the wrapper of a native object that is collected outside of JavaScript ends the process. */
const AFFECTED_FROM = 24;
const affected = Number(process.versions.node.split('.')[0]) >= AFFECTED_FROM;
const kept: unknown[] = [];

interface Native {
  prepare?: (...args: unknown[]) => unknown;
}

/**
 * Keeps a connection and its statements from the garbage collector, where that would abort the process: better-sqlite3 12 on Node 24
 * ("Assertion failed: (env) != nullptr" in RemoveEnvironmentCleanupHook). Version 13 is free of it and needs Node 22. Nothing is
 * kept on Node 20 and 22. Closing a connection frees what is
 * large of it.
 */
export function keepStatements(db: Database): Database {
  if (!affected) return db;
  kept.push(db);
  const parts = Object.getOwnPropertySymbols(db).map((name) => (db as never)[name] as Native | undefined);
  const native = parts.find((part) => typeof part?.prepare === 'function');
  const prepare = native?.prepare;
  if (!native || !prepare) return db;
  native.prepare = (...args) => {
    const statement = prepare.apply(native, args);
    kept.push(statement);
    return statement;
  };
  return db;
}
