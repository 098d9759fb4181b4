import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { ParleyError } from '../../../domain/errors.js';
import { askForAutoVacuum } from './auto-vacuum.js';
import { keepStatements } from './keep-statements.js';

/** How long a statement in a thread waits for another process's lock. */
const BUSY_TIMEOUT_MS = 5_000;
const NEW_FILE_MODE = 0o600;

/** The connection that writes. Makes the file and its folders. Blocks: for a thread only. */
export function openWriter(path: string, synchronous: 'FULL' | 'NORMAL'): BetterSqlite3.Database {
  const isNew = !existsSync(path);
  if (isNew) makeFolder(path);
  else if (!statSync(path).isFile()) {
    throw new ParleyError('STORE_UNAVAILABLE', notAFile(path));
  }
  const db = keepStatements(new (loadSqlite())(path, { timeout: BUSY_TIMEOUT_MS }));
  try {
    if (isNew) chmodSync(path, NEW_FILE_MODE);
    askForAutoVacuum(db);
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${synchronous}`);
    db.pragma('foreign_keys = ON');
    // Overwrites what is deleted or replaced, so that a redacted text does not stay in the file.
    db.pragma('secure_delete = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A connection of a database that is open, which copies its log into the file. Waits for nobody. */
export function openCheckpointer(path: string, synchronous: 'FULL' | 'NORMAL'): BetterSqlite3.Database {
  const db = keepStatements(new (loadSqlite())(path, { fileMustExist: true, timeout: 0 }));
  db.pragma(`synchronous = ${synchronous}`);
  return db;
}

/** A connection that cannot write. In WAL mode it never waits for a writer. */
export function openReader(path: string): BetterSqlite3.Database {
  const db = keepStatements(new (loadSqlite())(path, { readonly: true, timeout: BUSY_TIMEOUT_MS }));
  db.pragma('query_only = ON');
  // With its first read SQLite opens the log, by its name: now it is that of this file, whatever happens to it later.
  db.pragma('schema_version');
  return db;
}

/** A copy that nobody else knows of yet. */
export function openCopy(path: string): BetterSqlite3.Database {
  return keepStatements(new (loadSqlite())(path, { fileMustExist: true }));
}

/** An empty database in memory. */
export const openScratch = (): BetterSqlite3.Database => keepStatements(new (loadSqlite())(':memory:'));

const notAFile = (path: string) =>
  statSync(path).isDirectory()
    ? 'SQLITE_PATH names a folder. Name a file in it.'
    : 'SQLITE_PATH names something that is no file. Name a file.';

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw new ParleyError(
      'STORE_UNAVAILABLE',
      'The folder of SQLITE_PATH cannot be made. Choose one that this user may write.',
      {
        cause: error,
      },
    );
  }
}

let loaded: typeof BetterSqlite3 | null = null;

/** Loaded when it is used: it is an optional dependency, because it is native. */
function loadSqlite(): typeof BetterSqlite3 {
  if (loaded) return loaded;
  try {
    const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;
    // Its binary is looked for with the first database: one that is missing, or built for another Node, fails there.
    new Sqlite(':memory:').close();
    loaded = Sqlite;
    return loaded;
  } catch (error) {
    throw new ParleyError(
      'STORE_UNAVAILABLE',
      'The SQLite store needs the native module better-sqlite3, which could not be loaded. Install it with `npm install better-sqlite3` (python3, make and a C++ compiler where no built one can be had), let it run its script where packages may not by themselves (`pnpm approve-builds`), after a change of Node with `npm rebuild better-sqlite3`, or set MONGODB_URI.',
      { cause: error },
    );
  }
}
