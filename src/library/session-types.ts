import type { FeedbackHook, MetadataHook } from '../domain/access/hook-types.js';
import type { JsonObject } from '../domain/json/json-value.js';
import type { Agent, PositionRange, Rating, Role, Usage } from '../domain/sessions/model.js';
import type { GuardrailInput } from '../domain/sessions/session-inputs.js';
import type { AppendedMessage, MessageKey, UpsertAgent } from '../domain/sessions/session-store.js';
import type { ContentBlock, MessageMetadata } from './message-bytes.js';

/** What to open a session with. Fields beside `sessionId` matter only where the session is made. */
export interface SessionOptions {
  sessionId: string;
  applicationName?: string | null;
  /** `AGENT` where absent. */
  sessionType?: string;
  /** Of a new session. */
  metadata?: JsonObject;
  metadataHook?: MetadataHook | readonly MetadataHook[];
  feedbackHook?: FeedbackHook | readonly FeedbackHook[];
}

/**
 * A message to append, with exactly one of `content` and `text`. `metadata`: usage and metrics of the model call, the usage as the
 * model's library gives it. One whose `clientId` the agent has already is not added again. `createdAt`: when it was said, for imports.
 * `supersedes`: earlier messages in whose place it stands, by their positions; with `content: []` they are taken out.
 */
export interface NewMessage {
  role: Role;
  content?: readonly ContentBlock[];
  text?: string;
  metadata?: MessageMetadata;
  clientId?: string;
  createdAt?: Date;
  trackingId?: string;
  supersedes?: readonly PositionRange[];
}

/** A message as it may be shown: a redacted one holds its replacement. Bytes are a Uint8Array. */
export type StoredMessage = Omit<AppendedMessage, 'content'> & { content: ContentBlock[] };

export interface Keyed {
  /** 1 to 200 characters: repeated with the same key and body, a write has one effect. */
  idempotencyKey?: string;
}

export type InAgent = Keyed & { agentId: string };

/** `expectedMessageCount`: how many messages the agent has to have, or nothing is appended (MESSAGES_CHANGED); 0 where it is missing. */
export type AppendTo = InAgent & { expectedMessageCount?: number };

/** Which message: by its identity, its place or its number. */
export type MessageReference = { agentId: string } & MessageKey;

/**
 * Absent leaves a field as it is, null removes it. `metrics` go onto the last assistant message, in Strands' shape: a counter of the
 * agent object, which runs on over all its invocations. What one call cost goes into `metadata.usage` of its message.
 */
export interface AgentState extends Omit<UpsertAgent, 'sessionId' | 'receipt' | 'now'> {
  metrics?: JsonObject;
}

export interface AgentConfig {
  model?: string | null;
  systemPrompt?: string | null;
}

/**
 * What may change of a message: its content, for good (as a redaction does), and what is recorded about it. `metrics` are a
 * counter, as in `AgentState`.
 */
export interface MessageChange {
  role?: Role;
  content?: readonly ContentBlock[];
  text?: string;
  metrics?: JsonObject;
  guardrailEvent?: GuardrailInput;
}

/** Further fields are kept beside the two. */
export interface NewFeedback {
  rating?: Rating | null;
  comment?: string | null;
  [field: string]: unknown;
}

/** An agent with its token totals. */
export type AgentWithUsage = Agent & { usage: Usage };

export type AgentWithMessages = AgentWithUsage & { messages: StoredMessage[] };
