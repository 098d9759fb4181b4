import type { Steps } from '../../domain/async/in-slices.js';
import { ACTIVE_STATES, type Reply, type ReplyPart } from '../../domain/replies/model.js';
import { partsFromText, partsSteps as partsOfText } from '../../domain/replies/parts-text.js';
import type { ListReplies, ReplyNotice } from '../../domain/replies/reply-store.js';
import type { Row, Statements } from './statements.js';
import { GOING } from './writes/reply-log.js';

/** What `toReply` reads, with the row's own id and its agent's. */
const REPLIES = `SELECT replies.*, agents.agent_id, sessions.session_id FROM replies
  JOIN agents ON agents.id = replies.agent JOIN sessions ON sessions.id = agents.session`;

export const findReplyRow = (statements: Statements, replyId: string): Row | undefined =>
  statements.get(`${REPLIES} WHERE reply_id = ?`, replyId);

export const toReply = (row: Row): Reply => ({
  replyId: row.reply_id,
  sessionId: row.session_id,
  agentId: row.agent_id,
  state: row.state,
  epoch: row.epoch,
  durability: row.durability,
  timeoutMs: row.timeout_ms,
  caller: row.caller,
  offset: row.length,
  startedAt: new Date(row.started_at),
  endedAt: row.ended_at === null ? null : new Date(row.ended_at),
  reason: row.reason,
  position: row.position,
});

export function loadReplies(statements: Statements, ids: readonly string[]): (Reply | null)[] {
  return ids.map((id) => {
    const row = findReplyRow(statements, id);
    return row ? toReply(row) : null;
  });
}

/** By the index of one agent's replies in one state, which are in order there. */
const OF_AGENTS = `SELECT replies.*, agents.agent_id, sessions.session_id FROM sessions
  CROSS JOIN agents ON agents.session = sessions.id
  CROSS JOIN replies ON replies.agent = agents.id`;
export const LIST_OF_AGENT = `${OF_AGENTS} WHERE sessions.session_id = ? AND agents.agent_id = ? AND replies.state = ?
  ORDER BY replies.id LIMIT +?`;
export const LIST_OF_SESSION = `${OF_AGENTS} WHERE sessions.session_id = ? AND replies.state = ? ORDER BY replies.id LIMIT +?`;

export function listReplies(statements: Statements, requests: readonly ListReplies[]): Reply[][] {
  return requests.map(({ sessionId, agentId, states, limit }) =>
    [...new Set(states)]
      .flatMap((state) =>
        agentId === null
          ? statements.all(LIST_OF_SESSION, sessionId, state, limit)
          : statements.all(LIST_OF_AGENT, sessionId, agentId, state, limit),
      )
      .sort((one, other) => one.id - other.id)
      .slice(0, limit)
      .map(toReply),
  );
}

/** Rows of a reply's text that are found at once: it may have been written in very many. */
const FOUND = 200;
/** The reply, where its parts are to be read: not while they go, nor once its session has gone. */
const READ = `(SELECT replies.id FROM replies JOIN agents ON agents.id = replies.agent JOIN sessions ON sessions.id = agents.session
  WHERE replies.id = ? AND pruned <> ${GOING})`;
const NEXT_PARTS = `SELECT id FROM reply_log WHERE reply = ${READ} AND id > ? AND id <= ? AND parts IS NOT NULL ORDER BY id LIMIT +?`;
const LAST_PARTS = `SELECT id FROM reply_log WHERE reply = ${READ} AND parts IS NOT NULL ORDER BY id DESC LIMIT 1`;

/** In steps, a write's parts after those of the one before. Empty where some of them went meanwhile: then all did. */
export function* partsSteps(statements: Statements, replyId: string): Steps<ReplyPart[]> {
  const reply = statements.get('SELECT id FROM replies WHERE reply_id = ?', replyId)?.id ?? 0;
  const parts: ReplyPart[] = [];
  const last = statements.get(LAST_PARTS, reply)?.id ?? 0;
  for (let after = 0; after < last; ) {
    const rows = statements.all(NEXT_PARTS, reply, after, last, FOUND);
    if (rows.length === 0) return [];
    for (const { id } of rows) {
      const text: string | undefined = statements.get('SELECT parts FROM reply_log WHERE id = ?', id)?.parts;
      if (text === undefined) return [];
      yield;
      for (const part of yield* partsOfText(text)) parts.push(part);
      yield;
      after = id;
    }
  }
  return parts;
}
/** Whether a writer may be late at this time, in ms. */
export const anyOverdue = (statements: Statements, now: number): boolean =>
  statements.get(
    `SELECT 1 FROM replies WHERE state = 'writing' AND ended_at IS NULL AND due_at <= ? LIMIT 1`,
    now,
  ) !== undefined;

/** The number of the last row that the log was given. */
export const lastNotice = (statements: Statements): number =>
  statements.get(`SELECT seq FROM sqlite_sequence WHERE name = 'reply_log'`)?.seq ?? 0;

/** Some of what came after the row of this number, and the number up to which it is that. */
export function readNotices(
  statements: Statements,
  after: number,
  limit: number,
): { notices: ReplyNotice[]; through: number } {
  const rows = statements.all(
    `SELECT reply_log.id, start, iif(pruned = ${GOING}, NULL, parts) AS parts, pruned, reply_id, session_id, started_at FROM reply_log
     JOIN replies ON replies.id = reply_log.reply JOIN agents ON agents.id = replies.agent
     JOIN sessions ON sessions.id = agents.session WHERE reply_log.id > ? ORDER BY reply_log.id LIMIT +?`,
    after,
    limit,
  );
  // Of one whose parts go it is told once.
  const told = rows.filter(
    ({ pruned, reply_id }, at) => pruned !== GOING || rows[at - 1]?.reply_id !== reply_id,
  );
  const notices = told.map(
    ({ reply_id: replyId, session_id: sessionId, start, parts, started_at }): ReplyNotice =>
      parts === null
        ? { replyId, sessionId }
        : { replyId, sessionId, offset: start, parts: partsFromText(parts), startedAt: new Date(started_at) },
  );
  return { notices, through: rows.at(-1)?.id ?? after };
}

export const isActiveRow = ({ state }: Row): boolean => ACTIVE_STATES.includes(state);
