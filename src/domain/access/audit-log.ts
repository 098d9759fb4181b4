import type { Caller } from './policy.js';

/** One write, or what of one kind failed or was refused to one caller within a minute. */
export interface AuditEntry {
  at: Date;
  /** `system`: the server itself, by a rule of its configuration, or a command on its machine. */
  callerKind: Caller['kind'] | 'system';
  callerId: string;
  callerName: string;
  /** The mutation, or what was asked for. */
  action: string;
  sessionId: string | null;
  agentId: string | null;
  /** `ok`, or the code of the error. */
  outcome: string;
  /** The address that the caller came from; null where it is not known. */
  from: string | null;
  /** How often it happened: 1 for what was done. */
  count: number;
}

/** An entry on its way to the store. */
export interface NewAuditEntry extends AuditEntry {
  /** Of entries with one mark one is kept, with the last one's count; null: this one is kept for itself. */
  mark: string | null;
}

export interface AuditQuery {
  limit: number;
  /** Only what is older than this entry. */
  before: string | null;
  sessionId?: string;
  callerId?: string;
}

/** Append-only: nothing of an entry changes but the count of one with a mark, and it is removed by age alone. Each method rejects with STORE_UNAVAILABLE. */
export interface AuditLog {
  /** Where it has failed they may have been kept all the same: the same objects, passed again, are kept once. */
  append(entries: readonly NewAuditEntry[]): Promise<void>;
  /** Newest first; `id` is what `before` takes. In the caller's turn where it may look at every entry. TIMEOUT, RATE_LIMITED. */
  list(query: AuditQuery, caller?: string): Promise<(AuditEntry & { id: string })[]>;
  /** Removes what is older. */
  prune(olderThan: Date): Promise<void>;
}
