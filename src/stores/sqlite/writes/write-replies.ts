import { agentNotFound, sessionNotFound } from '../../../domain/errors.js';
import type { Reply } from '../../../domain/replies/model.js';
import { partsToText } from '../../../domain/replies/parts-text.js';
import { replyElsewhere, tooManyReplies } from '../../../domain/replies/reply-errors.js';
import {
  ABANDONED_KEPT_MS,
  type Appended,
  type AppendParts,
  type Ended,
  type EndReply,
  PARTS_KEPT_MS,
  REPLY_KEPT_MS,
  type ReplyName,
  type StartReply,
} from '../../../domain/replies/reply-store.js';
import { lengthOf } from '../../../domain/replies/reply-text.js';
import type { NewSession } from '../../../domain/sessions/session-store.js';
import { logChange } from '../change-log.js';
import { findReplyRow, isActiveRow, toReply } from '../reply-rows.js';
import type { Row, Statements } from '../statements.js';
import { positionOf } from './appended.js';
import { type Given, givenMessage } from './given-message.js';
import { clear, OF_REPLIES, STEP } from './graves.js';
import { messageBy } from './message-rows.js';
import { findReceipt, leaveReceipt } from './receipts.js';
import { dropParts, GOING, tell, whenDropped } from './reply-log.js';
import { Unfinished } from './unfinished.js';
import { findAgent, insertAgent, touchAgent } from './write-agents.js';
import { appendMessages } from './write-messages.js';
import { findSession, insertSession } from './write-sessions.js';

/** Replies that one start removes at most, and of which it removes the parts. */
const PRUNE_STEP = 100;

export function startReply(statements: Statements, input: StartReply): Reply | Unfinished {
  const unpruned = pruneReplies(statements, { now: input.now.getTime() });
  const reply = start(statements, input);
  return unpruned ? new Unfinished(unpruned.rest, reply) : reply;
}

function start(statements: Statements, input: StartReply): Reply {
  const { replyId, sessionId, agentId, createIfMissing, receipt, now } = input;
  const known = findReplyRow(statements, replyId);
  if (known && (known.session_id !== sessionId || known.agent_id !== agentId)) throw replyElsewhere(replyId);
  const newSession = createIfMissing === 'agent' ? null : createIfMissing;
  const found = findSession(statements, sessionId);
  if (!found && !newSession) throw sessionNotFound(sessionId);
  const agentThere = found && findAgent(statements, found, agentId);
  if (!agentThere && !createIfMissing) throw agentNotFound(sessionId, agentId);
  const repeated = found && findReceipt(statements, found.id, receipt);
  if (known && repeated) return { ...toReply(known), epoch: repeated.position };
  if (known && !isActiveRow(known)) return toReply(known);
  checkCounts(statements, input, known);

  const session = found ?? insertSession(statements, newSession as NewSession, now);
  const agent = agentThere ?? insertAgent(statements, session, agentId, now);
  if (!agentThere) {
    touchAgent(statements, session, agent, now);
    logChange(statements, session, { kind: 'agent-updated', agentId }, now);
  }
  const due = Date.now() + (known?.timeout_ms ?? input.timeoutMs);
  if (known) {
    statements.run(
      `UPDATE replies SET epoch = epoch + 1, state = 'writing', due_at = ? WHERE id = ?`,
      due,
      known.id,
    );
  } else {
    // One of a session that is gone may not be erased yet: it has the name no more. No name holds the character.
    statements.run('UPDATE replies SET reply_id = char(0) || id WHERE reply_id = ?', replyId);
    statements.run(
      `INSERT INTO replies (reply_id, agent, state, epoch, durability, timeout_ms, caller, length, started_at, due_at)
       VALUES (?, ?, 'writing', 1, ?, ?, ?, 0, ?, ?)`,
      replyId,
      agent.id,
      input.durability,
      input.timeoutMs,
      input.caller,
      now.getTime(),
      due,
    );
  }
  const started = findReplyRow(statements, replyId) as Row;
  leaveReceipt(statements, session.id, receipt, now, started.epoch);
  tell(statements, started.id);
  return toReply(started);
}

function checkCounts(
  statements: Statements,
  { sessionId, caller, most }: StartReply,
  known: Row | undefined,
): void {
  const own = known?.id ?? 0;
  const count = (where: string, value: string): number =>
    statements.get(`SELECT count(*) AS count FROM replies WHERE id <> ? AND ${where}`, own, value)?.count;
  const inSession = count(
    `state IN ('writing', 'abandoned')
       AND agent IN (SELECT agents.id FROM agents JOIN sessions ON sessions.id = agents.session WHERE session_id = ?)`,
    sessionId,
  );
  if (inSession >= most.ofSession) throw tooManyReplies(most.ofSession, 'session');
  if (count('ended_at IS NULL AND caller = ?', caller) >= most.ofCaller)
    throw tooManyReplies(most.ofCaller, 'caller');
}

export function appendParts(
  statements: Statements,
  { appends }: { appends: readonly AppendParts[] },
): Appended[] {
  return appends.map(({ replyId, startedAt, epoch, offset, parts }) => {
    const row = findReplyRow(statements, replyId);
    if (!row) return { reply: null, taken: false };
    if (isAnother(row, startedAt) || row.epoch !== epoch || row.length !== offset || !isActiveRow(row)) {
      return { reply: toReply(row), taken: false };
    }
    const length = logParts(statements, row, parts);
    statements.run(
      `UPDATE replies SET state = 'writing', length = ?, due_at = ? WHERE id = ?`,
      length,
      Date.now() + row.timeout_ms,
      row.id,
    );
    if (row.state === 'abandoned') tell(statements, row.id);
    return { reply: toReply({ ...row, length, state: 'writing' }), taken: true };
  });
}

const isAnother = (row: Row, startedAt: Date | undefined) =>
  startedAt !== undefined && row.started_at !== startedAt.getTime();

/** How long the reply is with the parts, which the log then has at its end. */
function logParts(statements: Statements, { id, length }: Row, parts: AppendParts['parts']): number {
  if (parts.length === 0) return length;
  const text = partsToText(parts);
  statements.run('INSERT INTO reply_log (reply, start, parts) VALUES (?, ?, ?)', id, length, text);
  return length + lengthOf(parts);
}

/** How a reply has ended, as the thread tells. */
export type EndedThere = Omit<Ended, 'message'> & { message: Given | null };

export function endReply(
  statements: Statements,
  { replyId, startedAt, epoch, state, reason, rest, message, now }: EndReply,
): EndedThere | Unfinished {
  const row = findReplyRow(statements, replyId);
  if (!row) return { reply: null, ended: false, message: null };
  if (isAnother(row, startedAt)) return { reply: toReply(row), ended: false, message: null };
  const owns = epoch === null || epoch === row.epoch;
  if (!isActiveRow(row)) {
    return {
      reply: toReply(row),
      ended: owns && row.state === state,
      message: messageAt(statements, row),
    };
  }
  if (!owns || (rest && rest.offset !== row.length)) {
    return { reply: toReply(row), ended: false, message: null };
  }
  let going: number[] = [];
  if (message) {
    const { session_id: sessionId, agent_id: agentId } = row;
    const append = { sessionId, agentId, messages: [message], createIfMissing: null, now };
    row.position = positionOf(appendMessages(statements, append)[0]);
    row.length = logParts(statements, row, rest?.parts ?? []);
  } else going = dropParts(statements, [row.id]);
  Object.assign(row, { state, reason, ended_at: now.getTime() });
  statements.run(
    'UPDATE replies SET state = ?, reason = ?, position = ?, length = ?, ended_at = ? WHERE id = ?',
    state,
    reason,
    row.position,
    row.length,
    row.ended_at,
    row.id,
  );
  tell(statements, row.id);
  return whenDropped(going, { reply: toReply(row), ended: true, message: messageAt(statements, row) });
}

function messageAt(
  statements: Statements,
  { agent, position, session_id: sessionId, agent_id: agentId }: Row,
): Given | null {
  if (position === null) return null;
  const row = messageBy(statements, agent, 'position', position);
  return row ? givenMessage(sessionId, agentId, row) : null;
}

export function abandonReplies(statements: Statements): ReplyName[] {
  const rows = statements.all(
    `UPDATE replies SET state = 'abandoned' WHERE state = 'writing' AND ended_at IS NULL AND due_at <= ?
     RETURNING id, reply_id, (SELECT session_id FROM agents JOIN sessions ON sessions.id = agents.session
       WHERE agents.id = replies.agent) AS session_id`,
    Date.now(),
  );
  for (const { id } of rows) tell(statements, id);
  // Of those of a session that is gone nobody need hear.
  return rows
    .filter(({ session_id }) => session_id !== null)
    .map(({ reply_id: replyId, session_id: sessionId }) => ({ replyId, sessionId }));
}

/** Removes some of what is too old. */
export function pruneReplies(statements: Statements, { now }: { now: number }): null | Unfinished {
  const room = { ...STEP };
  const ended = statements.all(
    `SELECT id FROM replies WHERE pruned IN (0, ${GOING}) AND ended_at < ? LIMIT ${PRUNE_STEP}`,
    now - PARTS_KEPT_MS,
  );
  for (const { id } of ended) {
    if (!clear(statements, OF_REPLIES, id, room)) {
      statements.run(`UPDATE replies SET pruned = ${GOING} WHERE id = ?`, id);
      return unpruned(now);
    }
    statements.run('UPDATE replies SET pruned = 1 WHERE id = ?', id);
  }
  statements.run(
    `DELETE FROM replies WHERE id IN (SELECT id FROM replies WHERE pruned = 1 AND ended_at < ? LIMIT ${PRUNE_STEP})`,
    now - REPLY_KEPT_MS,
  );
  const abandoned = statements.all(
    `SELECT id FROM replies WHERE state = 'abandoned' AND ended_at IS NULL AND due_at < ? LIMIT ${PRUNE_STEP}`,
    now - ABANDONED_KEPT_MS,
  );
  for (const { id } of abandoned) {
    if (!clear(statements, OF_REPLIES, id, room)) return unpruned(now);
    statements.run('DELETE FROM replies WHERE id = ?', id);
  }
  return null;
}

const unpruned = (now: number) => new Unfinished({ method: 'pruneReplies', input: { now } }, null);
