/**
 * The port for what agents keep of themselves between two runs: bytes under a key, as the Strands TypeScript SDK writes
 * them. They are the agent's own and never shown. Every adapter passes test/stores/contract/snapshots.ts.
 *
 * Keys and prefixes were checked by the caller (domain/sessions/snapshot-key.ts). A failure is a `ParleyError`; a database that
 * cannot be reached, or was closed, is STORE_UNAVAILABLE. A resolved write is durable and seen by every later read.
 */
export interface SnapshotStore {
  /**
   * Stores the whole value or nothing; a reader sees the old one or the new one. DOCUMENT_TOO_LARGE with `bytes` and
   * `maxBytes` where the database cannot hold it; what was there stays.
   */
  write(snapshot: NewSnapshot): Promise<void>;
  /** A copy of the bytes, null where there are none. */
  read(key: string): Promise<Uint8Array | null>;
  /** Nothing happens where there is none. */
  delete(key: string): Promise<void>;
  /** The keys that begin with `prefix` (empty: all), by code point. */
  list(prefix: string): Promise<string[]>;
}

/** Whose it is, and with which session it is deleted, its key says (`rangesOfSession`). */
export interface NewSnapshot {
  key: string;
  data: Uint8Array;
  now: Date;
}
