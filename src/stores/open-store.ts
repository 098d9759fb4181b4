import type { MongoClient } from 'mongodb';
import type { Logger } from 'pino';
import type { AuditLog } from '../domain/audit-log.js';
import type { Finding } from '../domain/finding.js';
import type { KeyStore } from '../domain/key-store.js';
import type { SecretStore } from '../domain/secret-store.js';
import type { SessionStore } from '../domain/session-store.js';
import type { SnapshotStore } from '../domain/snapshot-store.js';
import type { ViewerPasswords } from '../domain/viewer-passwords.js';
import type { Pool, PoolStats } from './mongo/pool.js';

export type { Pool, PoolStats } from './mongo/pool.js';
export type { MongoClient };

/** One opened database behind its ports. `describe` names it in a log line, without a secret. */
export interface OpenedStore {
  readonly engine: 'sqlite' | 'mongodb';
  readonly describe: string;
  readonly sessions: SessionStore;
  readonly secrets: SecretStore;
  readonly snapshots: SnapshotStore;
  readonly viewerPasswords: ViewerPasswords;
  readonly keys: KeyStore;
  readonly audit: AuditLog;
  /** Sessions that this process found to fill 80 % of what the database takes of one; always 0 where there is no such limit. */
  nearlyFull(): number;
  /** Of the pool that was opened here for reads and writes; null where there is none. */
  connections(): PoolStats | null;
  /** Closes `sessions` and what it shares with the other ports. */
  close(): Promise<void>;
}

export interface SqliteOptions {
  /** File path; parent folders are made. */
  path: string;
  /** FULL: an acknowledged write survives a power cut. NORMAL: it survives a crash of the process only. */
  synchronous: 'FULL' | 'NORMAL';
}

/** `uri`: Parley connects, and closes. `client`: it was handed in, and is never closed. */
export type MongoOptions = ({ uri: string } | { client: MongoClient }) & {
  database: string;
  collection: string;
  indexes: 'create' | 'check' | 'off';
};

/** Exactly one of `mongodb` and `sqlite`. */
export interface StoreOptions {
  sqlite?: SqliteOptions;
  mongodb?: MongoOptions;
  /** Dotted metadata paths to index, such as `user.id`. Null leaves the indexes as another process has declared them. */
  metadataIndexes: readonly string[] | null;
  log: Logger;
}

export interface BackupOptions {
  /** The SQLite file; a server may write to it. */
  from: string;
  to: string;
  /** Whether a file that is there is overwritten. */
  force: boolean;
  /** Ends the copy, which is removed. */
  signal: AbortSignal;
  /** Bytes that are copied, of all. */
  progress(done: number, total: number): void;
}

/** `bytes`: how large the copy is. */
export interface Backup {
  bytes: number;
}

/** Copies a SQLite file whole, checked, and under its name only once it is. BAD_USER_INPUT, STORE_UNAVAILABLE. */
export async function backUpSqlite(options: BackupOptions): Promise<Backup> {
  const { backUp } = await import('./sqlite/backup.js');
  return backUp(options);
}

export interface ExamineOptions {
  metadataIndexes: readonly string[];
  now: Date;
}

/** `usable`: a store may be opened on the database, and changes nothing of it by that. */
export interface Examination {
  findings: Finding[];
  usable: boolean;
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
    const { examineSqlite } = await import('./sqlite/examine.js');
    return examineSqlite(sqlite.path, options);
  }
  throw new TypeError('examineStore needs either sqlite options or a MongoDB URI');
}

/** A connection pool of MongoDB on its own. STORE_UNAVAILABLE, BAD_USER_INPUT. */
export async function openPool(uri: string, sizes: { maxPoolSize?: number } = {}): Promise<Pool> {
  const pool = await import('./mongo/pool.js');
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
