import { redactedMetadata } from '../../../domain/access/redacted-metadata.js';
import { agentNotFound, ParleyError, sessionNotFound } from '../../../domain/errors.js';
import { misplaced } from '../../../domain/sessions/append-conditions.js';
import type { GuardrailEvent } from '../../../domain/sessions/model.js';
import { timesInOrder } from '../../../domain/sessions/same-message.js';
import { checkGuardrailEvents } from '../../../domain/sessions/session-bounds.js';
import type {
  AppendMessages,
  MessageAddress,
  NewMessage,
  NewSession,
  RecordGuardrailEvent,
  RecordMetrics,
  RedactMessage,
} from '../../../domain/sessions/session-store.js';
import { rangesOf } from '../../../domain/sessions/superseding.js';
import { addUsage, emptyUsage } from '../../../domain/sessions/usage.js';
import { logChange } from '../change-log.js';
import { parseOrNull } from '../reads/rows.js';
import type { Row, Statements } from '../statements.js';
import type { Added, AppendAnswer } from './appended.js';
import { type Given, givenMessage } from './given-message.js';
import { listedOf } from './listed-bytes.js';
import { insertMessageRow, messageBy, placeBy } from './message-rows.js';
import { jsonOf } from './packed-values.js';
import { findReceipt, leaveReceipt } from './receipts.js';
import { dropPartsOf, whenDropped } from './reply-log.js';
import { usageOfGiven } from './spent-rows.js';
import { storedAlready } from './stored-already.js';
import type { Unfinished } from './unfinished.js';
import { addTokens, countedOn, recountAround, recountFrom } from './usage-totals.js';
import { type AgentRow, findAgent, insertAgent, requireAgent, touchAgent } from './write-agents.js';
import {
  findSession,
  insertSession,
  requireSession,
  type SessionRow,
  touchSession,
} from './write-sessions.js';

export function appendMessages(statements: Statements, input: AppendMessages): AppendAnswer {
  const { sessionId, agentId, messages, createIfMissing, now } = input;
  const found = findSession(statements, sessionId);
  const newSession = createIfMissing === 'agent' ? null : createIfMissing;
  if (!found && !newSession) throw sessionNotFound(sessionId);
  const known = found && findAgent(statements, found, agentId);
  if (!known && !createIfMissing) throw agentNotFound(sessionId, agentId);
  const there = known ? storedAlready(statements, known.id, input) : messages.map(() => null);
  const added = messages.filter((_, index) => there[index] === null);
  if (added.length === 0) return there as Given[];
  const refusal = misplaced(input, added, known?.message_count ?? 0);
  if (refusal) throw refusal;

  const session = found ?? insertSession(statements, newSession as NewSession, now);
  const agent = known ?? insertAgent(statements, session, agentId, now);
  const times = timesInOrder(added, now, agent.last_message_at);
  added.forEach((message, index) => {
    const position = agent.message_count + index;
    insertMessage(statements, agent, position, message, times[index] as Date);
    logChange(statements, session, { kind: 'message-added', agentId, index: position }, now);
  });
  statements.run(
    `UPDATE agents SET message_count = message_count + ?, last_message_at = ?, updated_at = max(updated_at, ?)
     WHERE id = ?`,
    added.length,
    times.at(-1)?.getTime(),
    now.getTime(),
    agent.id,
  );
  const spent = added
    .map(({ metadata }) => usageOfGiven(statements, metadata))
    .filter((usage) => usage !== null);
  if (spent.length > 0) addTokens(statements, agent.id, spent.reduce(addUsage, emptyUsage()));
  for (const [index, { metrics }] of added.entries()) {
    if (metrics) recountFrom(statements, agent.id, agent.message_count + index);
  }
  touchSession(statements, session, now);
  const made = times.map(
    (time, index): Added => ({ added: agent.message_count + index, at: time.getTime() }),
  );
  return there.map((message) => message ?? (made.shift() as Added));
}

function insertMessage(
  statements: Statements,
  agent: AgentRow,
  position: number,
  message: NewMessage,
  time: Date,
): void {
  const ranges = rangesOf(message, position);
  insertMessageRow(statements, agent.id, {
    position,
    storageId: message.storageId,
    role: message.role,
    content: jsonOf(message.content),
    redacted: false,
    metadata: message.metadata ? jsonOf(message.metadata) : null,
    eventLoopMetrics: message.metrics ? jsonOf(message.metrics) : null,
    guardrailEvent: null,
    createdAt: (message.createdAt ?? time).getTime(),
    updatedAt: time.getTime(),
    clientId: message.clientId ?? null,
    trackingId: message.trackingId ?? null,
    supersedes: ranges && JSON.stringify(ranges),
  });
}

export function recordMetrics(statements: Statements, input: RecordMetrics): Given | Unfinished {
  const { session, agent, row } = addressed(statements, input);
  const given = () => storedMessage(statements, input, agent, row.position);
  if (findReceipt(statements, session.id, input.receipt)) return given();
  statements.run(
    'UPDATE messages SET event_loop_metrics = ? WHERE agent = ? AND position = ?',
    jsonOf(input.metrics),
    agent.id,
    row.position,
  );
  const more = recountFrom(statements, agent.id, row.position);
  leaveReceipt(statements, session.id, input.receipt, input.now);
  logChange(
    statements,
    session,
    { kind: 'message-updated', agentId: input.agentId, index: row.position },
    input.now,
  );
  return countedOn(given(), more);
}

export function redactMessage(statements: Statements, input: RedactMessage): Given | Unfinished {
  const { agentId, replacement, guardrailEvent, now } = input;
  const { session, agent, row } = addressed(statements, input);
  const given = () => storedMessage(statements, input, agent, row.position);
  if (findReceipt(statements, session.id, input.receipt)) return given();
  const stored = statements.get(
    'SELECT metadata FROM messages WHERE agent = ? AND position = ?',
    agent.id,
    row.position,
  );
  const metadata = redactedMetadata(parseOrNull(stored?.metadata ?? null));
  statements.run(
    `UPDATE messages SET role = ?, content = ?, metadata = ?, redacted = 1, tracking_id = NULL, updated_at = max(updated_at, ?),
       guardrail_event = coalesce(?, json_set(guardrail_event, '$.trace', NULL)) WHERE agent = ? AND position = ?`,
    replacement.role,
    JSON.stringify(replacement.content),
    metadata ? JSON.stringify(metadata) : null,
    now.getTime(),
    guardrailEvent ? JSON.stringify(guardrailEvent) : null,
    agent.id,
    row.position,
  );
  const going = dropPartsOf(statements, agent.id, row.position);
  // Who said it decides what counters near it mean.
  const more = replacement.role !== row.role && recountAround(statements, agent.id, row.position);
  if (guardrailEvent) listGuardrailEvent(statements, session, agentId, row, guardrailEvent);
  touchAgent(statements, session, agent, now);
  leaveReceipt(statements, session.id, input.receipt, now);
  logChange(statements, session, { kind: 'message-updated', agentId, index: row.position }, now);
  const message = given();
  // What is to be counted anew comes behind it.
  return going.length > 0 ? whenDropped(going, message) : countedOn(message, more);
}

export function recordGuardrailEvent(statements: Statements, input: RecordGuardrailEvent): Given {
  const { agentId, guardrailEvent, now } = input;
  const { session, agent, row } = addressed(statements, input);
  const given = () => storedMessage(statements, input, agent, row.position);
  if (findReceipt(statements, session.id, input.receipt)) return given();
  statements.run(
    'UPDATE messages SET guardrail_event = ? WHERE agent = ? AND position = ?',
    JSON.stringify(guardrailEvent),
    agent.id,
    row.position,
  );
  listGuardrailEvent(statements, session, agentId, row, guardrailEvent);
  leaveReceipt(statements, session.id, input.receipt, now);
  logChange(statements, session, { kind: 'message-updated', agentId, index: row.position }, now);
  return given();
}

/** As the session lists it: with the message it is about, without the trace, which may quote what was said. */
function listGuardrailEvent(
  statements: Statements,
  session: SessionRow,
  agentId: string,
  row: Row,
  guardrailEvent: GuardrailEvent,
): void {
  const event = JSON.stringify({
    ...guardrailEvent,
    trace: null,
    agentId,
    messageId: row.position,
    storageId: row.storage_id,
  });
  const { next, bytes } = listedOf(statements, 'guardrail_events', session.id);
  const bytesSoFar = bytes + Buffer.byteLength(event);
  checkGuardrailEvents(next + 1, bytesSoFar);
  statements.run(
    'INSERT INTO guardrail_events (session, position, event, bytes_so_far) VALUES (?, ?, ?, ?)',
    session.id,
    next,
    event,
    bytesSoFar,
  );
}

const storedMessage = (
  statements: Statements,
  { sessionId, agentId }: MessageAddress,
  agent: AgentRow,
  position: number,
): Given => givenMessage(sessionId, agentId, messageBy(statements, agent.id, 'position', position) as Row);

/** Of the row what tells which it is: the rest may be large. */
function addressed(
  statements: Statements,
  address: MessageAddress,
): { session: SessionRow; agent: AgentRow; row: Row } {
  const session = requireSession(statements, address.sessionId);
  const agent = requireAgent(statements, session, address.agentId);
  const row = addressedRow(statements, agent, address);
  if (!row) {
    const { sessionId: _session, agentId: _agent, ...key } = address;
    const [[name, value] = []] = Object.entries(key).filter(([part]) =>
      ['storageId', 'position', 'clientId', 'messageId'].includes(part),
    );
    throw new ParleyError(
      'MESSAGE_NOT_FOUND',
      `Agent ${JSON.stringify(address.agentId)} has no message with ${name} ${JSON.stringify(value)}.`,
    );
  }
  return { session, agent, row };
}

function addressedRow(statements: Statements, agent: AgentRow, address: MessageAddress): Row | undefined {
  if ('storageId' in address) return placeBy(statements, agent.id, 'storage_id', address.storageId);
  if ('clientId' in address) return placeBy(statements, agent.id, 'client_id', address.clientId);
  const position = 'position' in address ? address.position : address.messageId;
  return placeBy(statements, agent.id, 'position', position);
}
