import type { JsonObject, JsonValue } from '../../domain/json/json-value.js';
import { escaped } from '../../domain/json/portable-json.js';
import type {
  SessionRecord,
  TransferAgent,
  TransferFeedback,
  TransferMessage,
  TransferReceipt,
  TransferSession,
} from '../../domain/sessions/transfer.js';
import { type Doc, isDoc } from './documents/bson-json.js';
import { dateOrNull, integerOrNull, listOf, textOrNull } from './documents/field-values.js';
import { sessionGuardrailEventFromDoc } from './documents/guardrail-document.js';
import { messageFromDoc, rangesFromNote } from './documents/message-document.js';
import { toPortable } from './documents/portable-bson.js';
import { appendReceipt } from './documents/receipt-document.js';

/**
 * The records of a document that was read with its types, one after the other. `agentIds`: as they are stored, where the document does not
 * tell; one that was made since comes behind them.
 */
export function* recordsFromDoc(
  doc: Doc,
  secrets: boolean,
  agentIds: readonly string[],
): Generator<SessionRecord> {
  const sessionId = String(doc._id);
  yield sessionFrom(doc, secrets);
  const agents = isDoc(doc.agents) ? doc.agents : {};
  for (const agentId of new Set([...agentIds, ...Object.keys(agents)])) {
    const agent = Object.hasOwn(agents, agentId) ? agents[agentId] : null;
    if (!isDoc(agent)) continue;
    yield agentFrom(agentId, agent);
    const notes = new Map(
      listOf(agent.parley_messages)
        .filter(isDoc)
        .map((note) => [integerOrNull(note.at), note]),
    );
    let position = 0;
    for (const element of listOf(agent.messages)) {
      yield messageFrom(element, { sessionId, agentId, position }, notes.get(position));
      position++;
    }
  }
}

function sessionFrom(doc: Doc, secrets: boolean): TransferSession {
  const feedback = listOf(doc.feedbacks).filter(isDoc).map(feedbackFrom);
  return {
    kind: 'session',
    sessionId: String(doc._id),
    sessionType: textOrNull(doc.session_type) ?? 'default',
    applicationName: textOrNull(doc.application_name),
    createdAt: iso(doc.created_at),
    updatedAt: iso(doc.updated_at),
    metadata: objectFrom(doc.metadata) ?? {},
    feedback,
    guardrailEvents: listOf(doc.guardrail_events)
      .filter(isDoc)
      .map((event) => asJson(sessionGuardrailEventFromDoc(event))),
    receipts: Object.entries(isDoc(doc.parley_receipts) ? doc.parley_receipts : {})
      .flatMap(receiptFrom)
      .map((receipt) => withPosition(receipt, feedback)),
    ...(secrets ? { viewerPassword: textOrNull(doc.session_viewer_password) ?? '' } : {}),
  };
}

function feedbackFrom({ rating, comment, created_at, ...fields }: Doc): TransferFeedback {
  return {
    rating: rating === 'up' || rating === 'down' ? rating : null,
    comment: textOrNull(comment),
    createdAt: iso(created_at),
    fields: objectFrom(fields) ?? {},
  };
}

/** Those that guard the store's own retries alone are over when an export reads them. */
function receiptFrom([key, value]: [string, unknown]): TransferReceipt[] {
  if (!isDoc(value) || value.brief === true) return [];
  const at = iso(value.at);
  if (at === null) return [];
  return [{ key, body: textOrNull(value.body) ?? '', at, ...(appendReceipt(value) ?? {}) }];
}

/** A write and its receipt have one time: by it the other database finds what the write has made. */
function withPosition(receipt: TransferReceipt, feedback: readonly TransferFeedback[]): TransferReceipt {
  const position = feedback.findIndex(({ createdAt }) => createdAt === receipt.at);
  return position > 0 && receipt.from === undefined ? { ...receipt, position } : receipt;
}

function agentFrom(agentId: string, agent: Doc): TransferAgent {
  const data = isDoc(agent.agent_data) ? agent.agent_data : {};
  const internal = objectFrom(data._internal_state);
  return {
    kind: 'agent',
    agentId,
    model: textOrNull(data.model),
    systemPrompt: textOrNull(data.system_prompt),
    promptMetadata: objectFrom(data.prompt_metadata),
    state: objectFrom(data.state) ?? {},
    conversationManagerState: objectFrom(data.conversation_manager_state) ?? {},
    ...(internal === null || Object.keys(internal).length === 0 ? {} : { internalState: internal }),
    createdAt: iso(agent.created_at) ?? iso(data.created_at),
    updatedAt: iso(agent.updated_at) ?? iso(data.updated_at),
  };
}

/** What may be shown of it, as `messageFromDoc` has it, with the types of its values. */
function messageFrom(
  element: unknown,
  place: { sessionId: string; agentId: string; position: number },
  note: Doc | undefined,
): TransferMessage {
  const stored = isDoc(element) ? element : {};
  const message = messageFromDoc(stored, place, note ?? null);
  const ranges = rangesFromNote(note ?? {});
  const nested = isDoc(stored.message) ? stored.message : null;
  const spoken = message.redacted ? stored.redact_message : (nested ?? stored);
  const content = isDoc(spoken) && Array.isArray(spoken.content) ? spoken.content : null;
  return {
    kind: 'message',
    position: place.position,
    messageId: message.messageId,
    storageId: message.storageId,
    clientId: message.clientId,
    trackingId: message.trackingId,
    role: message.role,
    content: content?.every(isDoc) ? content.map(toPortable) : escaped(message.content),
    redacted: message.redacted,
    metadata: message.redacted ? escapedOrNull(message.metadata) : objectFrom(nested?.metadata),
    eventLoopMetrics: objectFrom(stored.event_loop_metrics),
    guardrailEvent: message.guardrailEvent === null ? null : asJson(message.guardrailEvent),
    createdAt: message.createdAt?.toISOString() ?? null,
    updatedAt: message.updatedAt?.toISOString() ?? null,
    ...(ranges.length > 0 ? { supersedes: ranges.map(([from, to]) => [from, to]) } : {}),
  };
}

const iso = (value: unknown) => dateOrNull(value)?.toISOString() ?? null;
const objectFrom = (value: unknown) => (isDoc(value) ? (toPortable(value) as JsonObject) : null);
const escapedOrNull = (value: JsonValue) => (value === null ? null : escaped(value));
const asJson = (value: unknown): JsonValue => escaped(JSON.parse(JSON.stringify(value)));
