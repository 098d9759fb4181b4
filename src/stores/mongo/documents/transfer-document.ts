import type { JsonObject, JsonValue } from '../../../domain/json/json-value.js';
import { escaped, shown } from '../../../domain/json/portable-json.js';
import { bytesIn } from '../../../domain/sessions/message-content.js';
import type { StoredRange } from '../../../domain/sessions/model.js';
import type {
  TransferAgent,
  TransferMessage,
  TransferPart,
  TransferReceipt,
} from '../../../domain/sessions/transfer.js';
import type { SessionDoc } from '../driver/collection.js';
import type { Doc } from './bson-json.js';
import { withBinary } from './content-document.js';
import { noteToDoc } from './message-document.js';
import { fromPortable } from './portable-bson.js';
import { HASH_DIGITS } from './receipt-document.js';

/**
 * The document of a session, which comes in one part. Its viewer password is given. The driver asks for each agent when it writes its bytes:
 * what is made of messages lives no longer than that, or the collector would copy again and again what waits.
 */
export function docFromPart({ session, agents }: TransferPart): SessionDoc {
  return {
    _id: session.sessionId,
    session_id: session.sessionId,
    application_name: session.applicationName,
    session_type: session.sessionType,
    session_viewer_password: session.viewerPassword,
    created_at: dateFrom(session.createdAt),
    updated_at: dateFrom(session.updatedAt),
    // No object: it would move ids such as `10` before all others.
    agents: new Map(
      agents.map(({ agent, messages }) => [
        agent.agentId,
        { toBSON: () => agentDoc(agent, messages.read()) },
      ]),
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

/** The last date that was made: what was written together has one time. */
let known: { text: string; date: Date } | null = null;
function dateFrom(text: string | null): Date | null {
  if (text === null) return null;
  if (text !== known?.text) known = { text, date: new Date(text) };
  return known.date;
}
