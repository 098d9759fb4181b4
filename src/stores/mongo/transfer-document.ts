import type { JsonObject, JsonValue } from '../../domain/json.js';
import { bytesIn } from '../../domain/sessions/message-content.js';
import { escaped, shown } from '../../domain/sessions/portable-json.js';
import type { StoredRange } from '../../domain/sessions/superseding.js';
import type {
  SessionRecord,
  TransferAgent,
  TransferFeedback,
  TransferMessage,
  TransferPart,
  TransferReceipt,
  TransferSession,
} from '../../domain/sessions/transfer.js';
import { type Doc, isDoc } from './bson-json.js';
import type { SessionDoc } from './collection.js';
import { withBinary } from './content-document.js';
import { dateOrNull, integerOrNull, listOf, textOrNull } from './field-values.js';
import { sessionGuardrailEventFromDoc } from './guardrail-document.js';
import { messageFromDoc, noteToDoc, rangesFromNote } from './message-document.js';
import { fromPortable, toPortable } from './portable-bson.js';
import { appendReceipt, HASH_DIGITS } from './receipt-document.js';

/** The records of a document that was read with its types, one after the other. */
export function* recordsFromDoc(doc: Doc, secrets: boolean): Generator<SessionRecord> {
  const sessionId = String(doc._id);
  yield sessionFrom(doc, secrets);
  for (const [agentId, agent] of Object.entries(isDoc(doc.agents) ? doc.agents : {})) {
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

/** The document that the parts of one session make. Its viewer password is given. */
export function docFromParts(parts: readonly TransferPart[]): SessionDoc {
  const { session } = parts[0] as TransferPart;
  const agents = new Map<string, { agent: TransferAgent; messages: TransferMessage[] }>();
  for (const { agent, messages } of parts.flatMap((part) => part.agents)) {
    const known = agents.get(agent.agentId);
    if (known) known.messages = [...known.messages, ...messages];
    else agents.set(agent.agentId, { agent, messages });
  }
  return {
    _id: session.sessionId,
    session_id: session.sessionId,
    application_name: session.applicationName,
    session_type: session.sessionType,
    session_viewer_password: session.viewerPassword,
    created_at: dateFrom(session.createdAt),
    updated_at: dateFrom(session.updatedAt),
    agents: Object.fromEntries(
      [...agents].map(([id, { agent, messages }]) => [id, agentDoc(agent, messages)]),
    ),
    metadata: fromPortable(session.metadata),
    feedbacks: session.feedback.map(({ rating, comment, createdAt, fields }) => ({
      rating,
      comment,
      created_at: dateFrom(createdAt),
      ...(fromPortable(fields) as Doc),
    })),
    guardrail_events: session.guardrailEvents.map((event) => {
      const { agentId = null, messageId = null, storageId = null, ...rest } = shown(event) as JsonObject;
      return {
        message_id: messageId,
        ...(storageId === null ? {} : { storage_id: storageId }),
        agent_id: agentId,
        ...guardrailDoc(rest),
      };
    }),
    parley_receipts: Object.fromEntries(session.receipts.map(receiptDoc)),
  };
}

const receiptDoc = ({ key, body, at, from, count }: TransferReceipt): [string, Doc] => [
  key.slice(0, HASH_DIGITS),
  {
    ...(from === undefined || count === undefined ? { body: body.slice(0, HASH_DIGITS) } : { from, count }),
    at: dateFrom(at),
  },
];

function agentDoc(agent: TransferAgent, messages: readonly TransferMessage[]): Doc {
  const [created_at, updated_at] = [dateFrom(agent.createdAt), dateFrom(agent.updatedAt)];
  let latest = 0;
  const notes: Doc[] = [];
  const docs = messages.map((message) => {
    const said = dateFrom(message.createdAt);
    // Python sorts by it, and is to see the order of the list.
    latest = Math.max(latest, said?.getTime() ?? latest);
    const time = said?.getTime() === latest ? said : new Date(latest);
    const ranges = message.supersedes as unknown as readonly StoredRange[] | undefined;
    const own = { clientId: message.clientId ?? undefined, createdAt: said ?? undefined, ranges };
    const note = noteToDoc(own, message.position, time);
    if (note) notes.push(note);
    return messageDoc(message, said && time);
  });
  return {
    agent_data: {
      agent_id: agent.agentId,
      state: fromPortable(agent.state),
      conversation_manager_state: fromPortable(agent.conversationManagerState),
      _internal_state: fromPortable(agent.internalState ?? {}),
      created_at,
      updated_at,
      ...(agent.model === null ? {} : { model: agent.model }),
      ...(agent.systemPrompt === null ? {} : { system_prompt: agent.systemPrompt }),
      ...(agent.promptMetadata === null ? {} : { prompt_metadata: fromPortable(agent.promptMetadata) }),
    },
    messages: docs,
    created_at,
    updated_at,
    ...(notes.length === 0 ? {} : { parley_messages: notes }),
  };
}

function messageDoc(given: TransferMessage, createdAt: Date | null): Doc {
  const content = contentFrom(given.content);
  const { role } = given;
  return {
    message: {
      role,
      content,
      ...(given.metadata === null ? {} : { metadata: fromPortable(given.metadata) }),
      ...(given.trackingId === null ? {} : { tracking_id: given.trackingId }),
    },
    message_id: given.messageId,
    redact_message: given.redacted ? { role, content } : null,
    created_at: createdAt,
    updated_at: dateFrom(given.updatedAt),
    ...(given.storageId === null ? {} : { storage_id: given.storageId }),
    ...(given.eventLoopMetrics === null ? {} : { event_loop_metrics: fromPortable(given.eventLoopMetrics) }),
    ...(given.guardrailEvent === null
      ? {}
      : { guardrail_event: guardrailDoc(shown(given.guardrailEvent) as JsonObject) }),
  };
}

/** Base64 that another database holds where Strands keeps bytes becomes bytes. */
function contentFrom(value: JsonValue): unknown {
  if (!Array.isArray(value) || !value.some(holdsBase64)) return fromPortable(value);
  const blocks = shown(value) as JsonObject[];
  // Of a copy: it is changed.
  const content = fromPortable(structuredClone(value)) as Doc[];
  return content.map((block, index) => withBinary(block, blocks[index] as JsonObject));
}

const holdsBase64 = (block: JsonValue) =>
  bytesIn(block as JsonObject).some(([, bytes]) => typeof bytes === 'string');

function guardrailDoc({ action, timestamp, stopReason, policiesTriggered, trace }: JsonObject): Doc {
  return {
    action,
    timestamp: dateFrom(typeof timestamp === 'string' ? timestamp : null),
    ...(stopReason ? { stop_reason: stopReason } : {}),
    ...(policiesTriggered ? { policies_triggered: fromPortable(escaped(policiesTriggered)) } : {}),
    ...(trace ? { trace: fromPortable(escaped(trace)) } : {}),
  };
}

const iso = (value: unknown) => dateOrNull(value)?.toISOString() ?? null;
const dateFrom = (text: string | null) => (text === null ? null : new Date(text));
const objectFrom = (value: unknown) => (isDoc(value) ? (toPortable(value) as JsonObject) : null);
const escapedOrNull = (value: JsonValue) => (value === null ? null : escaped(value));
const asJson = (value: unknown): JsonValue => escaped(JSON.parse(JSON.stringify(value)));
