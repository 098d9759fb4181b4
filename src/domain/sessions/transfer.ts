import type { JsonValue } from '../json/json-value.js';

/*
 * What an export holds, in the order of its lines: a session, then each of its agents with its messages; after all sessions the
 * snapshots, the audit, and the keys. Dates are ISO 8601; values whose type JSON lacks are written as domain/sessions/portable-json.ts
 * says.
 */

export interface TransferSession {
  kind: 'session';
  sessionId: string;
  sessionType: string;
  applicationName: string | null;
  createdAt: string | null;
  updatedAt: string | null;
  metadata: JsonValue;
  feedback: TransferFeedback[];
  guardrailEvents: JsonValue[];
  receipts: TransferReceipt[];
  /** Only where secrets were asked for. */
  viewerPassword?: string;
}

export interface TransferFeedback {
  rating: string | null;
  comment: string | null;
  createdAt: string | null;
  fields: JsonValue;
}

/** Of a write with a key; `from` and `count` of an append, where the database keeps one for it. */
export interface TransferReceipt {
  key: string;
  body: string;
  at: string;
  position?: number;
  from?: number;
  count?: number;
}

export interface TransferAgent {
  kind: 'agent';
  agentId: string;
  model: string | null;
  systemPrompt: string | null;
  promptMetadata: JsonValue;
  state: JsonValue;
  conversationManagerState: JsonValue;
  /** What Strands keeps of itself, where there is any; MongoDB alone has a place for it. */
  internalState?: JsonValue;
  createdAt: string | null;
  updatedAt: string | null;
}

export interface TransferMessage {
  kind: 'message';
  position: number;
  messageId: number | null;
  storageId: string | null;
  clientId: string | null;
  trackingId: string | null;
  role: string | null;
  content: JsonValue;
  redacted: boolean;
  metadata: JsonValue;
  eventLoopMetrics: JsonValue;
  guardrailEvent: JsonValue;
  createdAt: string | null;
  /** When it was stored, where that is another time than `createdAt`. */
  updatedAt: string | null;
  /** Only where it supersedes others: `[from, to]` of each range, and its own position twice where it has no content of its own. */
  supersedes?: JsonValue;
}

/** A snapshot of an agent, or a piece of one that is too large for one line. */
export interface TransferSnapshot {
  kind: 'snapshot';
  key: string;
  writtenAt: string;
  /** Base64. */
  data: string;
  /** The next line has the next piece. */
  more?: true;
}

export interface TransferAuditEntry {
  kind: 'audit';
  /** 24 hex digits, in the order of the entries: the same in each database that it was moved to. */
  id: string;
  at: string;
  callerKind: string;
  callerId: string;
  callerName: string;
  action: string;
  sessionId: string | null;
  agentId: string | null;
  outcome: string;
  from: string | null;
  count: number;
}

/** An API key; only where secrets were asked for. */
export interface TransferKey {
  kind: 'key';
  id: string;
  name: string;
  hash: string;
  /** What the hash is keyed with, in base64. */
  pepper: string;
  scopes: string[];
  reach: JsonValue;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
}

/** What belongs to a session, and what stands beside the sessions. */
export type SessionRecord = TransferSession | TransferAgent | TransferMessage;
export type BesideRecord = TransferSnapshot | TransferAuditEntry | TransferKey;
export type TransferRecord = SessionRecord | BesideRecord;

const BESIDE: ReadonlySet<string> = new Set(['snapshot', 'audit', 'key'] satisfies BesideRecord['kind'][]);
export const isBeside = (record: { kind: string }): record is BesideRecord => BESIDE.has(record.kind);

/** A snapshot whole. */
export interface MovedSnapshot {
  key: string;
  writtenAt: Date;
  data: Uint8Array;
}

/** A session, or a piece of one that is too large to be written at once. */
export interface TransferPart {
  session: TransferSession;
  /** Earlier parts of it were given before. */
  continues: boolean;
  agents: { agent: TransferAgent; messages: UnreadMessages; ends: boolean }[];
}

/** Messages that are read where they are written: what waits for that is their text alone, and not the ten objects that each is. */
export interface UnreadMessages {
  readonly count: number;
  /** Anew at each call. Throws a ParleyError where one of them is wrong. */
  read(): TransferMessage[];
}

/** A session that the database cannot hold, and why. */
export interface LeftSession {
  sessionId: string;
  why: string;
}

/** `there`: sessions that were there already, and of which nothing was changed. `left`: absent where all were written. */
export interface TransferCounts {
  sessions: number;
  messages: number;
  there: number;
  left?: LeftSession[];
}

/** What moving data between databases asks of one, beside the session store. */
export interface TransferStore {
  /** The largest part that `write` takes, in bytes of its lines. */
  readonly partBytes: number;
  /** Whether a larger session is written in several parts; else it cannot be stored. */
  readonly splits: boolean;
  /** All of them, for telling how long it takes; null where that is not known at once. */
  countMessages(): Promise<number | null>;
  /** The session in pages that fit the memory, in the order of an export; none where it is not there. */
  read(sessionId: string, options: { secrets: boolean }): AsyncIterable<SessionRecord[]>;
  /**
   * Each session whole, or nothing of it. A session that is there with the same `createdAt` gets what it lacks: agents, and messages after its
   * last; with another it is left as it is. One that is too large for the database keeps no other from it: it is left out, and told. Dates, identities and receipts are those of the parts. Followers see it as any write.
   */
  write(parts: readonly TransferPart[], now: Date): Promise<TransferCounts>;

  /** Every snapshot by its key, in the order of code points. */
  readSnapshots(): AsyncIterable<MovedSnapshot>;
  /** False where there is one under the key: it stays. DOCUMENT_TOO_LARGE. */
  writeSnapshot(snapshot: MovedSnapshot): Promise<boolean>;
  /** The audit in the order of time, in pages. */
  readAudit(): AsyncIterable<TransferAuditEntry[]>;
  /** Adds the entries that are not there, by their ids. How many there are; in a dry run they are only counted. */
  writeAudit(entries: readonly TransferAuditEntry[], options: { dryRun: boolean }): Promise<number>;
}
