import type { Pool } from './mongo/driver/pool.js';
import type {
  Backup,
  BackupOptions,
  Examination,
  ExamineOptions,
  OpenedStore,
  StoreOptions,
} from './opened-store.js';

export type { MongoClient } from 'mongodb';
export type { Pool, PoolStats } from './mongo/driver/pool.js';
export type {
  Backup,
  BackupOptions,
  Examination,
  ExamineOptions,
  MongoOptions,
  OpenedStore,
  SqliteOptions,
  StoreOptions,
} from './opened-store.js';

/** Copies a SQLite file whole, checked, and under its name only once it is. BAD_USER_INPUT, STORE_UNAVAILABLE. */
export async function backUpSqlite(options: BackupOptions): Promise<Backup> {
  const { backUp } = await import('./sqlite/file/backup.js');
  return backUp(options);
}

/** Looks at the database that `options` names without a write to it. Never rejects for what is wrong with it: that is a finding. */
export async function examineStore(
  { sqlite, mongodb }: Pick<StoreOptions, 'sqlite' | 'mongodb'>,
  options: ExamineOptions,
): Promise<Examination> {
  if (mongodb && 'uri' in mongodb) {
    const { examineMongo } = await import('./mongo/examine.js');
    return examineMongo(mongodb, options);
  }
  if (sqlite) {
    const { examineSqlite } = await import('./sqlite/file/examine.js');
    return examineSqlite(sqlite.path, options);
  }
  throw new TypeError('examineStore needs either sqlite options or a MongoDB URI');
}

/** A connection pool of MongoDB on its own. STORE_UNAVAILABLE, BAD_USER_INPUT. */
export async function openPool(uri: string, sizes: { maxPoolSize?: number } = {}): Promise<Pool> {
  const pool = await import('./mongo/driver/pool.js');
  return pool.openPool(uri, sizes);
}

/** Opens the database that `options` names and loads that engine alone. STORE_UNAVAILABLE says what is wrong and what to do. */
export async function openStore(options: StoreOptions): Promise<OpenedStore> {
  if (options.mongodb) {
    const { openMongoStore } = await import('./mongo/open.js');
    return openMongoStore(options.mongodb, options);
  }
  if (options.sqlite) {
    const { openSqliteStore } = await import('./sqlite/open.js');
    return openSqliteStore(options.sqlite, options);
  }
  throw new TypeError('openStore needs either sqlite or mongodb options');
}
