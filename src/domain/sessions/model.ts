import type { JsonText } from '../json/json-text.js';
import type { JsonObject } from '../json/json-value.js';

/** Token counts. One that was not reported, or that is none (usage.ts), is null; in a total one that passes 53 bits. */
export interface Usage {
  inputTokens: number | null;
  outputTokens: number | null;
  totalTokens: number | null;
  cacheReadInputTokens: number | null;
  cacheWriteInputTokens: number | null;
}

/** One session without its agents. Dates are null only where a damaged document has none. */
export interface Session {
  sessionId: string;
  sessionType: string;
  applicationName: string | null;
  createdAt: Date | null;
  updatedAt: Date | null;
  metadata: JsonObject;
  feedback: Feedback[];
  guardrailEvents: SessionGuardrailEvent[];
  /** Over all agents. */
  messageCount: number;
}

export type Rating = 'up' | 'down';

export interface Feedback {
  rating: Rating | null;
  comment: string | null;
  createdAt: Date | null;
  /** The caller's own fields, without rating, comment and created_at. */
  fields: JsonObject;
}

export interface GuardrailEvent {
  action: string;
  timestamp: Date | null;
  stopReason: string | null;
  /** Policy name to what triggered it, such as `{contentPolicy: ["VIOLENCE/HIGH"]}`. */
  policiesTriggered: JsonObject | null;
  /** The guardrail's own trace; kept on the message only, null in a session's list. */
  trace: JsonObject | null;
}

export interface SessionGuardrailEvent extends GuardrailEvent {
  agentId: string | null;
  messageId: number | null;
  storageId: string | null;
}

/** One agent of a session, without its messages. */
export interface Agent {
  sessionId: string;
  agentId: string;
  model: string | null;
  systemPrompt: string | null;
  promptMetadata: JsonObject | null;
  state: JsonObject;
  conversationManagerState: JsonObject;
  createdAt: Date | null;
  updatedAt: Date | null;
  messageCount: number;
}

export type Role = 'user' | 'assistant';

/** Places in an agent's list, both ends included. */
export interface PositionRange {
  from: number;
  to: number;
}

/** `[from, to]`, both included. */
export type StoredRange = readonly [from: number, to: number];

/**
 * A message that supersedes others, as stores keep it: `ranges` is what no longer stands once it is there. Beside what it supersedes
 * that is its own place, where it has no content of its own.
 */
export interface Mark {
  position: number;
  ranges: readonly StoredRange[];
}

/**
 * One message as it may be shown: a redacted one holds its replacement, the original is nowhere.
 * `position` is the index in the agent's array and never changes. `content` holds Strands content blocks
 * (`{text}`, `{toolUse}` …) as JSON; bytes are base64 strings.
 */
export interface Message {
  sessionId: string;
  agentId: string;
  position: number;
  /** As stored; not unique where two Python processes wrote. Null in a damaged document. */
  messageId: number | null;
  /** The identity, 32 hex digits, where the message is stored with one; else `position` is the identity. */
  storageId: string | null;
  /** The identity that its writer gave it, unique within the agent; null where it has none. */
  clientId: string | null;
  /** Strands' own identity of the message, `tracking_id`; null where it has none, or is redacted. */
  trackingId: string | null;
  role: Role | null;
  content: JsonObject[];
  /** What the content says, where that was asked for and is at hand without the content, which then is empty. */
  text?: JsonText;
  redacted: boolean;
  /** When it was said: as its writer gave it, else when it was appended. The order is that of `position`, whatever it is. */
  createdAt: Date | null;
  updatedAt: Date | null;
  /** `event_loop_metrics` as stored, in Strands' shape: a counter (usage-costs.ts). Null where none was recorded. */
  eventLoopMetrics: JsonObject | null;
  /** `message.metadata` as stored: usage and metrics of that one model call. */
  metadata: JsonObject | null;
  guardrailEvent: GuardrailEvent | null;
  /** Earlier messages in whose place it stands; those stay where they are. */
  supersedes: PositionRange[];
}
