import { agentNotFound, idempotencyConflict, ParleyError, sessionNotFound } from '../../domain/errors.js';
import { canonicalJson } from '../../domain/idempotency.js';
import { addUsage, emptyUsage, USAGE_FIELDS, usageOf } from '../../domain/metrics.js';
import type { GuardrailEvent, Message, Usage } from '../../domain/model.js';
import { redactedMetadata } from '../../domain/redacted-metadata.js';
import type {
  AppendMessages,
  MessageAddress,
  NewMessage,
  RecordGuardrailEvent,
  RecordMetrics,
  RedactMessage,
} from '../../domain/session-store.js';
import { logChange } from './change-log.js';
import { findReceipt, leaveReceipt } from './receipts.js';
import { parseOrNull, toMessage, USAGE_COLUMNS } from './rows.js';
import type { Row, Statements } from './statements.js';
import { type AgentRow, findAgent, insertAgent, requireAgent, touchAgent } from './write-agents.js';
import {
  findSession,
  insertSession,
  requireSession,
  type SessionRow,
  touchSession,
} from './write-sessions.js';

export function appendMessages(statements: Statements, input: AppendMessages): Message[] {
  const { sessionId, agentId, messages, createIfMissing, now } = input;
  const found = findSession(statements, sessionId);
  if (!found && !createIfMissing) throw sessionNotFound(sessionId);
  const known = found && findAgent(statements, found, agentId);
  if (!known && !createIfMissing) throw agentNotFound(sessionId, agentId);
  const repeated = known && repetition(statements, known, input);
  if (repeated) return repeated;

  const session =
    found ?? insertSession(statements, createIfMissing as NonNullable<typeof createIfMissing>, now);
  const agent = known ?? insertAgent(statements, session, agentId, now);
  // Python sorts by time: a clock that was set back must not change the order.
  const createdAt = Math.max(now.getTime(), agent.last_message_at);
  messages.forEach((message, index) => {
    const position = agent.message_count + index;
    insertMessage(statements, agent, position, message, createdAt);
    logChange(statements, session, { kind: 'message-added', agentId, index: position }, now);
  });
  statements.run(
    `UPDATE agents SET message_count = message_count + ?, last_message_at = ?, updated_at = max(updated_at, ?)
     WHERE id = ?`,
    messages.length,
    createdAt,
    now.getTime(),
    agent.id,
  );
  const usage = messages.reduce(
    (sum, { metadata }) => addUsage(sum, usageOf(null, metadata ?? null)),
    emptyUsage(),
  );
  changeUsage(statements, agent, usage, emptyUsage());
  touchSession(statements, session, now);
  return messages.map((message, index): Message => {
    const position = agent.message_count + index;
    return {
      sessionId,
      agentId,
      position,
      messageId: position,
      storageId: message.storageId,
      role: message.role,
      content: message.content,
      redacted: false,
      createdAt: new Date(createdAt),
      updatedAt: new Date(createdAt),
      eventLoopMetrics: null,
      metadata: message.metadata ?? null,
      guardrailEvent: null,
    };
  });
}

/** The messages of an earlier append with the same identities; null where this one is the first. */
function repetition(statements: Statements, agent: AgentRow, input: AppendMessages): Message[] | null {
  const { sessionId, agentId, messages } = input;
  const first = statements.get(
    'SELECT position FROM messages WHERE agent = ? AND storage_id = ?',
    agent.id,
    messages[0]?.storageId,
  );
  if (!first) return null;
  const stored = statements
    .all(
      'SELECT * FROM messages WHERE agent = ? AND position >= ? ORDER BY position LIMIT ?',
      agent.id,
      first.position,
      messages.length,
    )
    .map((row) => toMessage(sessionId, agentId, row));
  if (!messages.every((message, index) => isSame(stored[index], message)))
    throw idempotencyConflict('appendMessages');
  return stored;
}

function isSame(stored: Message | undefined, given: NewMessage): boolean {
  if (stored?.storageId !== given.storageId) return false;
  const asked = canonicalJson([given.role, given.content, given.metadata ?? null]);
  return stored.redacted || canonicalJson([stored.role, stored.content, stored.metadata]) === asked;
}

function insertMessage(
  statements: Statements,
  agent: AgentRow,
  position: number,
  message: NewMessage,
  createdAt: number,
): void {
  statements.run(
    `INSERT INTO messages (agent, position, storage_id, role, content, metadata, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    agent.id,
    position,
    message.storageId,
    message.role,
    JSON.stringify(message.content),
    message.metadata ? JSON.stringify(message.metadata) : null,
    createdAt,
    createdAt,
  );
}

export function recordMetrics(statements: Statements, input: RecordMetrics): Message {
  const { session, agent, row } = addressed(statements, input);
  const before = toMessage(input.sessionId, input.agentId, row);
  if (findReceipt(statements, session.id, input.receipt)) return before;
  statements.run(
    'UPDATE messages SET event_loop_metrics = ? WHERE agent = ? AND position = ?',
    JSON.stringify(input.metrics),
    agent.id,
    before.position,
  );
  changeUsage(
    statements,
    agent,
    usageOf(input.metrics, before.metadata),
    usageOf(before.eventLoopMetrics, before.metadata),
  );
  leaveReceipt(statements, session.id, input.receipt, input.now);
  logChange(
    statements,
    session,
    { kind: 'message-updated', agentId: input.agentId, index: before.position },
    input.now,
  );
  return { ...before, eventLoopMetrics: input.metrics };
}

export function redactMessage(statements: Statements, input: RedactMessage): Message {
  const { agentId, replacement, guardrailEvent, now } = input;
  const { session, agent, row } = addressed(statements, input);
  if (findReceipt(statements, session.id, input.receipt)) return toMessage(input.sessionId, agentId, row);
  const metadata = redactedMetadata(parseOrNull(row.metadata));
  statements.run(
    `UPDATE messages SET role = ?, content = ?, metadata = ?, redacted = 1, updated_at = max(updated_at, ?),
       guardrail_event = coalesce(?, json_set(guardrail_event, '$.trace', NULL)) WHERE agent = ? AND position = ?`,
    replacement.role,
    JSON.stringify(replacement.content),
    metadata ? JSON.stringify(metadata) : null,
    now.getTime(),
    guardrailEvent ? JSON.stringify(guardrailEvent) : null,
    agent.id,
    row.position,
  );
  if (guardrailEvent) listGuardrailEvent(statements, session, agentId, row, guardrailEvent);
  touchAgent(statements, session, agent, now);
  leaveReceipt(statements, session.id, input.receipt, now);
  logChange(statements, session, { kind: 'message-updated', agentId, index: row.position }, now);
  return toMessage(input.sessionId, agentId, messageAt(statements, agent, row.position));
}

export function recordGuardrailEvent(statements: Statements, input: RecordGuardrailEvent): Message {
  const { agentId, guardrailEvent, now } = input;
  const { session, agent, row } = addressed(statements, input);
  if (findReceipt(statements, session.id, input.receipt)) return toMessage(input.sessionId, agentId, row);
  statements.run(
    'UPDATE messages SET guardrail_event = ? WHERE agent = ? AND position = ?',
    JSON.stringify(guardrailEvent),
    agent.id,
    row.position,
  );
  listGuardrailEvent(statements, session, agentId, row, guardrailEvent);
  leaveReceipt(statements, session.id, input.receipt, now);
  logChange(statements, session, { kind: 'message-updated', agentId, index: row.position }, now);
  return toMessage(input.sessionId, agentId, messageAt(statements, agent, row.position));
}

/** As the session lists it: with the message it is about, without the trace, which may quote what was said. */
function listGuardrailEvent(
  statements: Statements,
  session: SessionRow,
  agentId: string,
  row: Row,
  guardrailEvent: GuardrailEvent,
): void {
  const event = {
    ...guardrailEvent,
    trace: null,
    agentId,
    messageId: row.position,
    storageId: row.storage_id,
  };
  statements.run(
    `INSERT INTO guardrail_events (session, position, event)
     SELECT ?, coalesce(max(position) + 1, 0), ? FROM guardrail_events WHERE session = ?`,
    session.id,
    JSON.stringify(event),
    session.id,
  );
}

function addressed(
  statements: Statements,
  address: MessageAddress,
): { session: SessionRow; agent: AgentRow; row: Row } {
  const session = requireSession(statements, address.sessionId);
  const agent = requireAgent(statements, session, address.agentId);
  const row =
    'storageId' in address
      ? statements.get(
          'SELECT * FROM messages WHERE agent = ? AND storage_id = ?',
          agent.id,
          address.storageId,
        )
      : messageAt(statements, agent, 'position' in address ? address.position : address.messageId);
  if (!row) {
    const { sessionId: _session, agentId: _agent, ...key } = address;
    const [[name, value] = []] = Object.entries(key).filter(([part]) =>
      ['storageId', 'position', 'messageId'].includes(part),
    );
    throw new ParleyError(
      'MESSAGE_NOT_FOUND',
      `Agent ${JSON.stringify(address.agentId)} has no message with ${name} ${JSON.stringify(value)}.`,
    );
  }
  return { session, agent, row };
}

function messageAt(statements: Statements, agent: AgentRow, position: number): Row | undefined {
  return statements.get('SELECT * FROM messages WHERE agent = ? AND position = ?', agent.id, position);
}

/** Keeps the agent's totals: what a message counted before is taken off, what it counts now is added. */
function changeUsage(statements: Statements, agent: AgentRow, now: Usage | null, before: Usage | null): void {
  const changes = USAGE_FIELDS.map((field) => (now?.[field] ?? 0) - (before?.[field] ?? 0));
  if (changes.every((change) => change === 0)) return;
  const set = USAGE_COLUMNS.map((column) => `${column} = ${column} + ?`).join(', ');
  statements.run(`UPDATE agents SET ${set} WHERE id = ?`, ...changes, agent.id);
}
