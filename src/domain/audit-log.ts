import type { Caller } from './policy.js';

/** One write, or one access that was denied. */
export interface AuditEntry {
  at: Date;
  callerKind: Caller['kind'];
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
}

export interface AuditQuery {
  limit: number;
  /** Only what is older than this entry. */
  before: string | null;
  sessionId?: string;
  callerId?: string;
}

/** Append-only: entries are never changed, and removed by age alone. Each method rejects with STORE_UNAVAILABLE. */
export interface AuditLog {
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Newest first; `id` is what `before` takes. */
  list(query: AuditQuery): Promise<(AuditEntry & { id: string })[]>;
  /** Removes what is older. */
  prune(olderThan: Date): Promise<void>;
}
