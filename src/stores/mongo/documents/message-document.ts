import { redactedMetadata } from '../../../domain/access/redacted-metadata.js';
import { atOnce, type Steps } from '../../../domain/async/in-slices.js';
import type { JsonObject } from '../../../domain/json/json-value.js';
import type { Message, Role, StoredRange } from '../../../domain/sessions/model.js';
import type { NewMessage } from '../../../domain/sessions/session-store.js';
import { supersededBy } from '../../../domain/sessions/superseding.js';
import { type Doc, isDoc, toBsonObject } from './bson-json.js';
import { contentSteps, contentToBson } from './content-document.js';
import { dateOrNull, integerOrNull, listOf, objectOrNullSteps, textOrNull } from './field-values.js';
import { guardrailEventSteps } from './guardrail-document.js';

export interface Place {
  sessionId: string;
  agentId: string;
  position: number;
}

interface Noted {
  clientId?: string | undefined;
  createdAt?: Date | undefined;
  ranges?: readonly StoredRange[] | null | undefined;
}

/**
 * One element of `agents.<id>.messages` as it may be shown, in the nested shape that Strands writes or the flat one
 * of old documents; `note` is what Parley keeps of it beside the list. Of a redacted message nothing but its replacement, its numbers and its dates is read.
 */
export const messageFromDoc = (stored: unknown, place: Place, note: unknown = null): Message =>
  atOnce(messageSteps(stored, place, note));

/** The same in steps: what a tool was given, or a trace, may be a million values. */
export function* messageSteps(stored: unknown, place: Place, note: unknown = null): Steps<Message> {
  const element = isDoc(stored) ? stored : {};
  const noted = isDoc(note) ? note : {};
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
    clientId: textOrNull(noted.client_id),
    trackingId: redacted ? null : textOrNull(nested?.tracking_id),
    role: roleOrNull(shown.role),
    content: yield* contentSteps(shown.content),
    redacted,
    createdAt: dateOrNull(noted.created_at) ?? dateOrNull(element.created_at),
    updatedAt: dateOrNull(element.updated_at),
    eventLoopMetrics: yield* objectOrNullSteps(element.event_loop_metrics),
    metadata: yield* metadataSteps(nested, redacted),
    guardrailEvent: isDoc(element.guardrail_event)
      ? yield* guardrailEventSteps(element.guardrail_event)
      : null,
    supersedes: supersededBy(rangesFromNote(noted), place.position),
  };
}

/**
 * A new element in Strands' shape. No other key may be added: Python drops a message that it cannot construct, and before
 * library 0.12 one with a `storage_id` too.
 */
export function messageToDoc(message: NewMessage, id: number, time: Date, withStorageId: boolean): Doc {
  const { storageId, role, content, metadata, metrics, trackingId } = message;
  return {
    message: {
      role,
      content: contentToBson(content),
      ...(metadata ? { metadata: toBsonObject(metadata) } : {}),
      ...(trackingId === undefined ? {} : { tracking_id: trackingId }),
    },
    message_id: id,
    redact_message: null,
    created_at: time,
    updated_at: time,
    ...(metrics ? { event_loop_metrics: toBsonObject(metrics) } : {}),
    ...(withStorageId ? { storage_id: storageId } : {}),
  };
}

/**
 * What Python has no place for: `agents.<id>.parley_messages` holds it for the messages that have any, by their index. An
 * import's own time stands there where it is out of order. Null where there is nothing to keep.
 */
export function noteToDoc({ clientId, createdAt, ranges }: Noted, at: number, time: Date): Doc | null {
  const early = createdAt !== undefined && createdAt.getTime() !== time.getTime();
  if (clientId === undefined && !early && !ranges) return null;
  return {
    at,
    ...(clientId === undefined ? {} : { client_id: clientId }),
    ...(early ? { created_at: createdAt } : {}),
    ...(ranges ? { supersedes: ranges } : {}),
  };
}

/** What the note says that no longer stands; of a damaged one what is whole. */
export const rangesFromNote = ({ supersedes }: Doc): StoredRange[] =>
  listOf(supersedes).flatMap((range) => {
    const [from = null, to = null] = listOf(range).map(integerOrNull);
    return from !== null && to !== null && from >= 0 && from <= to ? [[from, to] as const] : [];
  });

const roleOrNull = (value: unknown): Role | null =>
  value === 'user' || value === 'assistant' ? value : null;

function* metadataSteps(nested: Doc | null, redacted: boolean): Steps<JsonObject | null> {
  const metadata = yield* objectOrNullSteps(nested?.metadata);
  return metadata && redacted ? redactedMetadata(metadata) : metadata;
}
