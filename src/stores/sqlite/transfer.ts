import type { JsonObject, JsonValue } from '../../domain/json.js';
import { ownUsage } from '../../domain/sessions/own-usage.js';
import { escapedText, shown } from '../../domain/sessions/portable-json.js';
import type {
  TransferAgent,
  TransferCounts,
  TransferMessage,
  TransferPart,
  TransferRecord,
  TransferSession,
} from '../../domain/sessions/transfer.js';
import { addUsage, emptyUsage } from '../../domain/sessions/usage.js';
import { logChange } from './change-log.js';
import { insertMessageRow } from './message-rows.js';
import { insertReceiptRow } from './receipts.js';
import type { Row, Statements } from './statements.js';
import { addTokens, recountAgent } from './usage-totals.js';
import { findSession, insertFeedbackRow, insertSessionRow, type SessionRow } from './write-sessions.js';

/** Messages, and about how many bytes of them, that one page of an export holds. */
const PAGE = 500;
const PAGE_BYTES = 4 * 1024 * 1024;
/** Stands for the identity of a message that has none. */
const noStorageId = (position: number) => `${'0'.repeat(16)}${position.toString(16).padStart(16, '0')}`;

export function* readTransfer(
  statements: Statements,
  sessionId: string,
  secrets: boolean,
): Generator<TransferRecord[]> {
  const row = statements.get('SELECT * FROM sessions WHERE session_id = ?', sessionId);
  if (!row) return;
  yield [sessionFrom(statements, row, secrets)];
  for (const agent of statements.all('SELECT * FROM agents WHERE session = ? ORDER BY id', row.id)) {
    yield [agentFrom(agent)];
    yield* messagePages(statements, agent.id);
  }
}

function* messagePages(statements: Statements, agent: number): Generator<TransferMessage[]> {
  for (let after = -1; ; ) {
    // Sizes stand in a row's header: nothing large is read before it is known to be.
    const sizes = statements.all(
      `SELECT position, octet_length(content) + coalesce(octet_length(metadata), 0)
         + coalesce(octet_length(event_loop_metrics), 0) AS bytes
       FROM messages WHERE agent = ? AND position > ? ORDER BY position LIMIT ?`,
      agent,
      after,
      PAGE,
    );
    if (sizes.length === 0) return;
    const through = withinBytes(sizes);
    yield statements
      .all(
        'SELECT * FROM messages WHERE agent = ? AND position > ? AND position <= ? ORDER BY position',
        agent,
        after,
        through,
      )
      .map(messageFrom);
    after = through;
  }
}

/** The position of the last that fits; of the first in any case. */
function withinBytes(sizes: readonly Row[]): number {
  let bytes = 0;
  let through = sizes[0].position;
  for (const row of sizes) {
    bytes += row.bytes;
    if (bytes > PAGE_BYTES) break;
    through = row.position;
  }
  return through;
}

function sessionFrom(statements: Statements, row: Row, secrets: boolean): TransferSession {
  const listed = (sql: string) => statements.all(`${sql} WHERE session = ? ORDER BY 1`, row.id);
  return {
    kind: 'session',
    sessionId: row.session_id,
    sessionType: row.session_type,
    applicationName: row.application_name,
    createdAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
    metadata: escapedText(row.metadata),
    feedback: listed('SELECT position, rating, comment, fields, created_at FROM feedback').map((one) => ({
      rating: one.rating,
      comment: one.comment,
      createdAt: iso(one.created_at),
      fields: escapedText(one.fields),
    })),
    guardrailEvents: listed('SELECT position, event FROM guardrail_events').map((one) =>
      escapedText(one.event),
    ),
    receipts: listed('SELECT key_hash, body_hash, position, written_at FROM receipts').map((one) => ({
      key: one.key_hash,
      body: one.body_hash,
      at: iso(one.written_at),
      ...(one.position === 0 ? {} : { position: one.position }),
    })),
    ...(secrets ? { viewerPassword: row.viewer_password } : {}),
  };
}

const agentFrom = (row: Row): TransferAgent => ({
  kind: 'agent',
  agentId: row.agent_id,
  model: row.model,
  systemPrompt: row.system_prompt,
  promptMetadata: orNull(row.prompt_metadata),
  state: escapedText(row.state),
  conversationManagerState: escapedText(row.conversation_manager_state),
  createdAt: iso(row.created_at),
  updatedAt: iso(row.updated_at),
});

const messageFrom = (row: Row): TransferMessage => ({
  kind: 'message',
  position: row.position,
  messageId: row.position,
  storageId: row.storage_id === noStorageId(row.position) ? null : row.storage_id,
  clientId: row.client_id,
  trackingId: row.tracking_id,
  role: row.role,
  content: escapedText(row.content),
  redacted: row.redacted === 1,
  metadata: orNull(row.metadata),
  eventLoopMetrics: orNull(row.event_loop_metrics),
  guardrailEvent: orNull(row.guardrail_event),
  createdAt: iso(row.created_at),
  updatedAt: iso(row.updated_at),
});

const iso = (ms: number) => new Date(ms).toISOString();
const orNull = (text: string | null): JsonValue => (text === null ? null : escapedText(text));

/** In the transaction of the call. */
export function writeTransfer(
  statements: Statements,
  { parts, now }: { parts: readonly TransferPart[]; now: Date },
): TransferCounts {
  const counts = { sessions: 0, messages: 0, there: 0 };
  for (const part of parts) writePart(statements, part, now, counts);
  return counts;
}

function writePart(statements: Statements, part: TransferPart, now: Date, counts: TransferCounts): void {
  const given = part.session;
  const found = findSession(statements, given.sessionId);
  const createdAt = msOf(given.createdAt, 0);
  if (found && found.created_at !== createdAt) {
    if (!part.continues) counts.there++;
    return;
  }
  const session = found ?? insertSession(statements, given, createdAt, now);
  let added = 0;
  for (const [index, given] of part.agents.entries()) {
    added += writeAgent(statements, session, given, part.continues && index === 0, now);
  }
  counts.messages += added;
  if (part.continues) return;
  if (!found) counts.sessions++;
  else if (added === 0) counts.there++;
}

function insertSession(
  statements: Statements,
  given: TransferSession,
  createdAt: number,
  now: Date,
): SessionRow {
  const updatedAt = msOf(given.updatedAt, createdAt);
  const own = { ...given, createdAt, updatedAt, metadata: text(given.metadata) };
  const session = insertSessionRow(statements, own, now);
  const { id } = session;
  for (const [position, one] of given.feedback.entries()) {
    const row = { ...one, fields: text(one.fields), createdAt: msOf(one.createdAt, createdAt) };
    insertFeedbackRow(statements, id, position, row);
  }
  for (const [position, event] of given.guardrailEvents.entries()) {
    statements.run(
      'INSERT INTO guardrail_events (session, position, event) VALUES (?, ?, ?)',
      id,
      position,
      text(event),
    );
  }
  for (const one of given.receipts) {
    // An append is known here by the identities of its messages.
    if (one.from !== undefined) continue;
    insertReceiptRow(statements, id, {
      keyHash: one.key,
      bodyHash: one.body,
      position: one.position ?? 0,
      writtenAt: msOf(one.at, createdAt),
    });
  }
  return session;
}

/** How many messages were added. `resumed`: earlier parts had some of its messages. */
function writeAgent(
  statements: Statements,
  session: SessionRow,
  { agent: given, messages, ends }: TransferPart['agents'][number],
  resumed: boolean,
  now: Date,
): number {
  const known = statements.get(
    'SELECT id, message_count FROM agents WHERE session = ? AND agent_id = ?',
    session.id,
    given.agentId,
  );
  const { agentId } = given;
  const { id, message_count } = known ?? insertAgent(statements, session, given);
  if (!known) logChange(statements, session, { kind: 'agent-updated', agentId }, now);
  const missing = messages.filter(({ position }) => position >= message_count);
  for (const message of missing) {
    insertMessage(statements, id, message, session.created_at);
    logChange(statements, session, { kind: 'message-added', agentId, index: message.position }, now);
  }
  const last = missing.at(-1);
  if (last) {
    statements.run(
      'UPDATE agents SET message_count = ?, last_message_at = max(last_message_at, ?) WHERE id = ?',
      last.position + 1,
      msOf(last.createdAt, session.created_at),
      id,
    );
  }
  if (!ends || (message_count === 0 && messages.length === missing.length && !resumed)) {
    countTokens(statements, id, missing, ends);
  } else if (last || resumed) recountAgent(statements, id);
  return missing.length;
}

/** Counters run on from one message to the next: they are counted once all are there, and until then by their messages alone. */
function countTokens(
  statements: Statements,
  agent: number,
  messages: readonly TransferMessage[],
  ends: boolean,
): void {
  if (ends && messages.some(({ eventLoopMetrics }) => eventLoopMetrics !== null)) {
    recountAgent(statements, agent);
    return;
  }
  const spent = messages.flatMap(({ metadata }) =>
    metadata === null ? [] : [ownUsage(shown(metadata) as JsonObject)],
  );
  if (spent.length > 0) addTokens(statements, agent, spent.reduce(addUsage, emptyUsage()));
}

function insertAgent(statements: Statements, session: SessionRow, given: TransferAgent) {
  const createdAt = msOf(given.createdAt, session.created_at);
  const { lastInsertRowid } = statements.run(
    `INSERT INTO agents (session, agent_id, model, system_prompt, prompt_metadata, state, conversation_manager_state,
       created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    session.id,
    given.agentId,
    given.model,
    given.systemPrompt,
    textOrNull(given.promptMetadata),
    text(given.state),
    text(given.conversationManagerState),
    createdAt,
    msOf(given.updatedAt, createdAt),
  );
  return { id: Number(lastInsertRowid), message_count: 0 };
}

function insertMessage(
  statements: Statements,
  agent: number,
  given: TransferMessage,
  earliest: number,
): void {
  const createdAt = msOf(given.createdAt, earliest);
  insertMessageRow(statements, agent, {
    ...given,
    storageId: given.storageId ?? noStorageId(given.position),
    content: text(given.content),
    metadata: textOrNull(given.metadata),
    eventLoopMetrics: textOrNull(given.eventLoopMetrics),
    guardrailEvent: textOrNull(given.guardrailEvent),
    createdAt,
    updatedAt: msOf(given.updatedAt, createdAt),
  });
}

const text = (value: JsonValue) => JSON.stringify(shown(value));
const textOrNull = (value: JsonValue) => (value === null ? null : text(value));
const msOf = (date: string | null, otherwise: number) => (date === null ? otherwise : Date.parse(date));
