import type { JsonObject } from '../../domain/json.js';
import type { GuardrailEvent, Message, Role } from '../../domain/model.js';
import { redactedMetadata } from '../../domain/redacted-metadata.js';
import type { NewMessage } from '../../domain/session-store.js';
import { type Doc, isDoc, toBsonObject, toJsonObject } from './bson-json.js';
import { contentFromBson, contentToBson } from './content-document.js';
import { dateOrNull, integerOrNull, objectOrNull, textOrNull } from './field-values.js';
import { guardrailEventFromDoc } from './guardrail-document.js';

export interface Place {
  sessionId: string;
  agentId: string;
  position: number;
}

/**
 * One element of `agents.<id>.messages` as it may be shown, in the nested shape that Strands writes or the flat one
 * of old documents. Of a redacted message nothing but its replacement, its numbers and its dates is read.
 */
export function messageFromDoc(stored: unknown, place: Place): Message {
  const element = isDoc(stored) ? stored : {};
  const nested = isDoc(element.message) ? element.message : null;
  const replacement = element.redact_message;
  const redacted = replacement !== null && replacement !== undefined;
  const shown = redacted
    ? isDoc(replacement)
      ? replacement
      : { content: replacement }
    : (nested ?? element);
  return {
    ...place,
    messageId: integerOrNull(element.message_id),
    storageId: textOrNull(element.storage_id) || null,
    role: roleOrNull(shown.role),
    content: contentFromBson(shown.content),
    redacted,
    createdAt: dateOrNull(element.created_at),
    updatedAt: dateOrNull(element.updated_at),
    eventLoopMetrics: objectOrNull(element.event_loop_metrics),
    metadata: metadataOf(nested, redacted),
    guardrailEvent: guardrailOrNull(element.guardrail_event),
  };
}

/**
 * New elements in Strands' shape, numbered from `firstId`. No other key may be added: Python drops a message that it
 * cannot construct.
 */
export function messagesToDocs(messages: readonly NewMessage[], firstId: number, createdAt: Date): Doc[] {
  return messages.map(({ storageId, role, content, metadata }, index) => ({
    message: {
      role,
      content: contentToBson(content),
      ...(metadata ? { metadata: toBsonObject(metadata) } : {}),
    },
    message_id: firstId + index,
    redact_message: null,
    created_at: createdAt,
    updated_at: createdAt,
    storage_id: storageId,
  }));
}

export const roleOrNull = (value: unknown): Role | null =>
  value === 'user' || value === 'assistant' ? value : null;

const guardrailOrNull = (value: unknown): GuardrailEvent | null =>
  isDoc(value) ? guardrailEventFromDoc(value) : null;

function metadataOf(nested: Doc | null, redacted: boolean): JsonObject | null {
  const metadata = nested?.metadata;
  if (!isDoc(metadata)) return null;
  return redacted ? redactedMetadata(toJsonObject(metadata)) : toJsonObject(metadata);
}
