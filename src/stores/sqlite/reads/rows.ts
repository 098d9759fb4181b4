import { redactedMetadata } from '../../../domain/access/redacted-metadata.js';
import type { Steps } from '../../../domain/async/in-slices.js';
import { JsonText } from '../../../domain/json/json-text.js';
import type { JsonObject } from '../../../domain/json/json-value.js';
import { isPlain, markPlain } from '../../../domain/json/plain-json.js';
import { ROW_BYTES } from '../../../domain/read-budget.js';
import type {
  Agent,
  Feedback,
  GuardrailEvent,
  Message,
  Session,
  SessionGuardrailEvent,
} from '../../../domain/sessions/model.js';
import { type Change, SESSION_PARTS, type SessionPart } from '../../../domain/sessions/session-store.js';
import { supersededBy } from '../../../domain/sessions/superseding.js';
import type { Row } from '../statements.js';
import { UPDATED_AT } from '../touched.js';
import { forParts } from './for-parts.js';
import { plainBlocks } from './plain-blocks.js';
import { placeIn, valueAt } from './row-places.js';
import { isOpen, opened, type Parsed, parsed } from './rows-read.js';
import { saidIn, saidSteps } from './said-text.js';

/** What one feedback takes. */
export const FEEDBACK_BYTES = `${ROW_BYTES} + coalesce(octet_length(comment), 0) + octet_length(fields)`;

/** The rest of what `toSession` reads, by what is asked for. The lists come as JSON, so that a session is one row. */
const PART_COLUMNS: Readonly<Record<SessionPart, { column: string; bytes: string }>> = {
  metadata: { column: 'sessions.metadata', bytes: 'octet_length(sessions.metadata)' },
  feedback: {
    column: `(SELECT json_group_array(json_array(rating, comment, fields, created_at) ORDER BY position)
     FROM feedback WHERE in_time() AND session = sessions.id) AS feedback`,
    bytes: `(SELECT coalesce(sum(${FEEDBACK_BYTES}), 0)
     FROM feedback WHERE in_time() AND session = sessions.id)`,
  },
  guardrailEvents: {
    column: `(SELECT json_group_array(json(event) ORDER BY position)
     FROM guardrail_events WHERE in_time() AND session = sessions.id) AS guardrail_events`,
    bytes: `(SELECT coalesce(sum(${ROW_BYTES} + octet_length(event)), 0)
     FROM guardrail_events WHERE in_time() AND session = sessions.id)`,
  },
  messageCount: {
    column: `(SELECT coalesce(sum(message_count), 0) FROM agents WHERE in_time() AND session = sessions.id) AS message_count`,
    bytes: '0',
  },
};

/** What `toSession` reads of a session with these parts, in the order of its columns. */
export const sessionColumns = (parts: readonly SessionPart[], updatedAt = UPDATED_AT): string =>
  [
    `sessions.session_id, session_type, application_name, sessions.created_at, ${updatedAt}`,
    ...parts.map((part) => PART_COLUMNS[part].column),
  ].join(', ');
/** Where the parts begin, behind the request. */
const PARTS_AT = 6;
/** Where a row has a part. */
export const placeOf = (parts: readonly SessionPart[], part: SessionPart): number =>
  placeIn(parts, part, PARTS_AT);

/** What a session takes with these parts, found without reading them: `octet_length` looks at a row's header alone. */
export const sessionBytes = (parts: readonly SessionPart[]): string =>
  [ROW_BYTES, ...parts.map((part) => PART_COLUMNS[part].bytes)].join(' + ');

/** What of a session's row is JSON. */
const SESSION_JSON = ['metadata', 'feedback', 'guardrail_events'];
/** What of an agent's and a message's row is. */
export const AGENT_JSON = ['prompt_metadata', 'state', 'conversation_manager_state'];
const MESSAGE_JSON = ['content', 'metadata', 'event_loop_metrics', 'guardrail_event'];
const OTHER_JSON = MESSAGE_JSON.filter((column) => column !== 'content');

/** A row is the list of its columns: its request, and `sessionColumns`. */
const sessionColumnsOf = forParts(SESSION_PARTS, (parts) => {
  const [metadata, feedback, events, count] = SESSION_PARTS.map((part) => placeOf(parts, part)) as Four;
  return (row: Row): Row => ({
    session_id: row[1],
    session_type: row[2],
    application_name: row[3],
    created_at: row[4],
    updated_at: row[5],
    metadata: valueAt(row, metadata),
    feedback: valueAt(row, feedback),
    guardrail_events: valueAt(row, events),
    message_count: valueAt(row, count) ?? 0,
  });
});
type Four = [number, number, number, number];

/** `parts`: what was read of it. */
export function* toSession(columns: Row, parts?: readonly SessionPart[]): Steps<Session> {
  const named = sessionColumnsOf(parts)(columns);
  const row = isOpen(columns) ? named : yield* opened(named, SESSION_JSON);
  const feedback: Feedback[] = [];
  for (const columns of parseOr<FeedbackColumns[]>(row.feedback, [])) {
    feedback.push(toFeedback(columns));
    yield;
  }
  return {
    sessionId: row.session_id,
    sessionType: row.session_type,
    applicationName: row.application_name,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    metadata: parseOr(row.metadata, {}),
    feedback,
    guardrailEvents: parseOr<JsonObject[]>(row.guardrail_events, []).map(toSessionGuardrailEvent),
    messageCount: row.message_count,
  };
}

type FeedbackColumns = [
  rating: Feedback['rating'],
  comment: string | null,
  fields: string,
  createdAt: number,
];

export function toFeedback([rating, comment, fields, createdAt]: FeedbackColumns): Feedback {
  return { rating, comment, fields: JSON.parse(fields), createdAt: new Date(createdAt) };
}

/** `times`: as in `AgentsRequest`. To make a date costs as much as to read the row. */
export function toAgent(sessionId: string, row: Row, times = true): Agent {
  return {
    sessionId,
    agentId: row.agent_id,
    model: row.model,
    systemPrompt: row.system_prompt,
    promptMetadata: parseOrNull(row.prompt_metadata),
    state: parseOrNull(row.state) ?? {},
    conversationManagerState: parseOrNull(row.conversation_manager_state) ?? {},
    createdAt: times ? new Date(row.created_at) : null,
    updatedAt: times ? new Date(row.updated_at) : null,
    messageCount: row.message_count,
  };
}

/** The row of a message with all that is large in it opened. `says`: of its content what it says is enough, and bytes stay bytes. */
export function* openedMessage(row: Row, says: boolean): Steps<Row> {
  const said = says && row.content !== null ? yield* saidSteps(asBuffer(row.content)) : null;
  if (!said) return yield* opened(row, MESSAGE_JSON);
  row.content = said;
  return yield* opened(row, OTHER_JSON);
}

const asBuffer = (content: string | Uint8Array): string | Buffer =>
  typeof content === 'string' ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength);

/** `says`: of its content what it says is enough. */
export function toMessage(sessionId: string, agentId: string, row: Row, says = false): Message {
  const metadata = parseOrNull(row.metadata);
  const text = says ? saidBy(row.content) : null;
  const createdAt = new Date(row.created_at);
  const message: Message = {
    sessionId,
    agentId,
    position: row.position,
    messageId: row.position,
    storageId: row.storage_id,
    clientId: row.client_id,
    trackingId: row.tracking_id,
    role: row.role || null,
    content: text || row.content === null ? [] : contentOf(row.content),
    redacted: row.redacted === 1,
    createdAt,
    updatedAt: row.updated_at === row.created_at ? createdAt : new Date(row.updated_at),
    eventLoopMetrics: parseOrNull(row.event_loop_metrics),
    metadata: row.redacted === 1 ? redactedMetadata(metadata) : metadata,
    guardrailEvent: row.guardrail_event === null ? null : toGuardrailEvent(parsed(row.guardrail_event)),
    supersedes: row.supersedes === null ? [] : supersededBy(JSON.parse(row.supersedes), row.position),
  };
  if (text) message.text = text;
  return message;
}

function contentOf(stored: string | Parsed): JsonObject[] {
  if (!isPlain(typeof stored === 'string' ? stored : stored.json)) return parsed(stored);
  return markPlain((typeof stored === 'string' && plainBlocks(stored)) || parsed(stored));
}

const saidBy = (content: string | JsonText | Parsed | null): JsonText | null =>
  typeof content === 'string' ? saidIn(content) : content instanceof JsonText ? content : null;

/** A change as the log holds it. A position is the log's id with leading zeros, so that positions sort as text. */
export function toChange(row: Row): Change {
  return {
    position: toPosition(row.id),
    sessionId: row.session_id,
    sessionCreatedAt: row.session_created_at,
    at: row.written_at,
    kind: row.kind,
    ...about(row),
  } as Change;
}

function about(row: Row): object {
  if (row.kind === 'feedback-added') return { index: row.position };
  if (row.agent_id === null) return {};
  return row.position === null ? { agentId: row.agent_id } : { agentId: row.agent_id, index: row.position };
}

const POSITION_DIGITS = 16;
export const toPosition = (id: number) => String(id).padStart(POSITION_DIGITS, '0');

function toGuardrailEvent(stored: JsonObject): GuardrailEvent {
  const { timestamp } = stored;
  return {
    ...(stored as unknown as GuardrailEvent),
    timestamp: typeof timestamp === 'string' ? new Date(timestamp) : null,
  };
}

const toSessionGuardrailEvent = (stored: JsonObject) => toGuardrailEvent(stored) as SessionGuardrailEvent;

export const parseOrNull = (json: string | Parsed | null): JsonObject | null => parseOr(json, null);

/** `none`: what stands for a part that was not read. */
const parseOr = <T>(json: string | Parsed | null, none: T): T => (json === null ? none : (parsed(json) as T));
