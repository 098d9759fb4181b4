import type { MongoClient } from 'mongodb';
import type { Logger } from 'pino';
import type { AuditLog } from '../domain/access/audit-log.js';
import type { KeyStore } from '../domain/access/key-store.js';
import type { SecretStore } from '../domain/access/secret-store.js';
import type { ViewerPasswords } from '../domain/access/viewer-passwords.js';
import type { Finding } from '../domain/finding.js';
import type { Leases } from '../domain/leases.js';
import type { ReplyStore } from '../domain/replies/reply-store.js';
import type { SessionStore } from '../domain/sessions/session-store.js';
import type { SnapshotStore } from '../domain/sessions/snapshot-store.js';
import type { TransferStore } from '../domain/sessions/transfer.js';
import type { WebhookStore } from '../domain/webhook-store.js';
import type { PoolStats } from './mongo/driver/pool.js';

/** One opened database behind its ports. `describe` names it in a log line, without a secret. */
export interface OpenedStore {
  readonly engine: 'sqlite' | 'mongodb';
  readonly describe: string;
  readonly sessions: SessionStore;
  readonly replies: ReplyStore;
  readonly secrets: SecretStore;
  readonly snapshots: SnapshotStore;
  readonly viewerPasswords: ViewerPasswords;
  readonly keys: KeyStore;
  readonly audit: AuditLog;
  readonly transfer: TransferStore;
  readonly leases: Leases;
  readonly webhooks: WebhookStore;
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
  /** A server, whose cursors outlive it: the numbers of its changes begin far behind those that are there, somewhere else at each start. */
  serves?: boolean;
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

export interface ExamineOptions {
  metadataIndexes: readonly string[];
  now: Date;
}

/** `usable`: a store may be opened on the database, and changes nothing of it by that. */
export interface Examination {
  findings: Finding[];
  usable: boolean;
}
