import type { JsonObject } from '../json/json-value.js';
import type { ContentInput } from './message-content.js';
import type { Feedback, PositionRange, Role } from './model.js';
import type { MessageAddress, UpsertAgent } from './session-store.js';

export const MAX_MESSAGES_PER_APPEND = 100;
export const MAX_SUPERSEDED_RANGES = 100;
export const MAX_METADATA_PATHS = 200;
/** Of what identifies a message for its writer, such as its `clientId`. */
export const MAX_IDENTITY_LENGTH = 200;

export type Keyed = { idempotencyKey?: string | null | undefined };

export type CreateSessionInput = Keyed & {
  sessionId?: string | null | undefined;
  applicationName?: string | null | undefined;
  sessionType: string;
  metadata?: JsonObject | null | undefined;
};
export type UpsertAgentInput = Keyed & Omit<UpsertAgent, 'receipt' | 'now'>;
export type MessageInput = ContentInput & {
  role: Role;
  metadata?: JsonObject | null | undefined;
  clientId?: string | null | undefined;
  createdAt?: Date | null | undefined;
  trackingId?: string | null | undefined;
  supersedes?: readonly PositionRange[] | null | undefined;
};
export type AppendMessagesInput = Keyed & {
  sessionId: string;
  agentId: string;
  messages: readonly MessageInput[];
  /** `agent`: the agent alone; the session must be there. */
  createIfMissing: boolean | 'agent';
  expectedMessageCount?: number | null | undefined;
};
export type RecordMetricsInput = Keyed & { address: MessageAddress; metrics: JsonObject };
export type GuardrailInput = {
  action: string;
  stopReason?: string | null | undefined;
  trace?: JsonObject | null | undefined;
};
export type RedactMessageInput = Keyed & {
  address: MessageAddress;
  replacement: ContentInput & { role: Role };
  guardrailEvent?: GuardrailInput | null | undefined;
};
export type RecordGuardrailEventInput = Keyed & { address: MessageAddress; guardrailEvent: GuardrailInput };
export type UpdateMetadataInput = Keyed & { sessionId: string; set: JsonObject };
export type DeleteMetadataInput = Keyed & { sessionId: string; paths: readonly string[] };
export type AddFeedbackInput = Keyed & {
  sessionId: string;
  rating: Feedback['rating'];
  comment: string | null;
  fields: JsonObject;
};
