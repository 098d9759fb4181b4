import type { JsonValue } from '../json.js';

/*
 * What an export holds, in the order of its lines: a session, then each of its agents with its messages. Dates are ISO 8601; values
 * whose type JSON lacks are written as domain/sessions/portable-json.ts says.
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
}

export type TransferRecord = TransferSession | TransferAgent | TransferMessage;

/** A session, or a piece of one that is too large to be written at once. */
export interface TransferPart {
  session: TransferSession;
  /** Earlier parts of it were given before. */
  continues: boolean;
  agents: { agent: TransferAgent; messages: TransferMessage[]; ends: boolean }[];
}

/** `there`: sessions that were there already, and of which nothing was changed. */
export interface TransferCounts {
  sessions: number;
  messages: number;
  there: number;
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
  read(sessionId: string, options: { secrets: boolean }): AsyncIterable<TransferRecord[]>;
  /**
   * Each session whole, or nothing of it. A session that is there with the same `createdAt` gets what it lacks: agents, and messages after its
   * last; with another it is left as it is. Dates, identities and receipts are those of the parts. Followers see it as any write.
   */
  write(parts: readonly TransferPart[], now: Date): Promise<TransferCounts>;
}
