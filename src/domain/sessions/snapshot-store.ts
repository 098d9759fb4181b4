import type { ReadBudget } from '../read-budget.js';

/**
 * The port for what agents keep of themselves between two runs: bytes under a key. They are the agent's own, and shown to those alone
 * who may have them. Every adapter passes test/stores/contract/snapshots.ts.
 *
 * Keys and prefixes were checked by the caller (snapshot-key.ts). A failure is a `ParleyError`; a database that cannot be reached, or was
 * closed, is STORE_UNAVAILABLE. A resolved write is durable and seen by every later read. `caller`: whose share of the database it is.
 */
export interface SnapshotStore {
  /**
   * Stores the whole value or nothing; a reader sees the old one or the new one. DOCUMENT_TOO_LARGE with `bytes` and
   * `maxBytes` where the database cannot hold it; what was there stays. With `of`: SESSION_NOT_FOUND where there is no such session, also
   * where it is deleted meanwhile, and DOCUMENT_TOO_LARGE with `limit` for a new key where it has so many.
   */
  write(snapshot: NewSnapshot, caller?: string): Promise<void>;
  /** A copy of the bytes, null where there are none. They are let through by the budget before they are loaded. */
  read(key: string, budget?: ReadBudget): Promise<StoredSnapshot | null>;
  /** Nothing happens where there is none. */
  delete(key: string, caller?: string): Promise<void>;
  /** The keys that begin with `prefix` (empty: all), by code point: all, or the first so many `after` another. */
  list(prefix: string, page?: KeyPage, caller?: string): Promise<string[]>;
}

/** Whose it is, and with which session it is deleted, its key says (`rangesOfSession`). */
export interface NewSnapshot {
  key: string;
  data: Uint8Array;
  now: Date;
  /** The session that has to be there, and how many snapshots it may have. */
  of?: { sessionId: string; most: number };
}

export interface StoredSnapshot {
  data: Uint8Array;
  writtenAt: Date;
}

export interface KeyPage {
  /** Any text: only keys behind it. */
  after?: string | undefined;
  limit: number;
}
