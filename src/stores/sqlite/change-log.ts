import type {
  Change,
  ChangeBatch,
  HistoryQuery,
  LiveBatch,
  Position,
} from '../../domain/sessions/session-store.js';
import { HistoryLost } from '../../domain/sessions/session-store.js';
import { toChange, toPosition } from './reads/rows.js';
import type { Statements } from './statements.js';

/** How long changes are kept. */
const CHANGES_KEPT_MS = 7 * 24 * 60 * 60 * 1000;
/** Changes read at once by a feed. */
export const BATCH = 500;

type Body = Change extends infer C
  ? C extends Change
    ? Omit<C, 'position' | 'sessionId' | 'sessionCreatedAt' | 'at'>
    : never
  : never;

/** The number of the latest change. None is used again: where all were pruned, the last of those is the latest. */
const LATEST = '(SELECT max(through, coalesce((SELECT max(id) FROM changes), 0)) FROM pruned)';

const LOG_CHANGE = `INSERT INTO changes (id, session_id, session_created_at, kind, agent_id, position, written_at)
  VALUES (max(?, 1 + ${LATEST}), ?, ?, ?, ?, ?, ?)`;

/** As many numbers as no history has between a copy of the file and its end. */
export const LEAP = 2 ** 30;
/** The least number of a change that is written by this connection. */
const least = new WeakMap<Statements, number>();

/**
 * What is written from now on by this connection has numbers at least `leap` behind those of now. None of those between was ever given: a
 * cursor that has one is of a database that was put back to a copy since, and has written as much again.
 */
export function leapOver(statements: Statements, leap: number): void {
  const first = Number(lastPosition(statements)) + leap;
  if (first <= Number.MAX_SAFE_INTEGER - LEAP) least.set(statements, first);
}

/** Writes a change into the log, in the transaction of what it tells of. */
export function logChange(
  statements: Statements,
  session: { session_id: string; created_at: number },
  body: Body,
  now: Date,
): void {
  statements.run(
    LOG_CHANGE,
    least.get(statements) ?? 0,
    session.session_id,
    session.created_at,
    body.kind,
    'agentId' in body ? body.agentId : null,
    'index' in body ? body.index : null,
    now.getTime(),
  );
}

/** The same for messages that follow each other, many times as fast as one by one. */
export function logAdded(
  statements: Statements,
  session: { session_id: string; created_at: number },
  { agentId, from, to }: { agentId: string; from: number; to: number },
  now: Date,
): void {
  statements.run(
    `WITH RECURSIVE added(id, position) AS
       (SELECT max(?, 1 + ${LATEST}), ? UNION ALL SELECT id + 1, position + 1 FROM added WHERE position < ?)
     INSERT INTO changes (id, session_id, session_created_at, kind, agent_id, position, written_at)
     SELECT id, ?, ?, 'message-added', ?, position, ? FROM added`,
    least.get(statements) ?? 0,
    from,
    to,
    session.session_id,
    session.created_at,
    agentId,
    now.getTime(),
  );
}

/** Removes some of what is too old, `most` at the most, from the start of the log. True where there may be more. */
export function pruneChanges(statements: Statements, now: Date, most: number): boolean {
  const oldest = now.getTime() - CHANGES_KEPT_MS;
  const first = statements.get('SELECT written_at FROM changes ORDER BY id LIMIT 1');
  if (!first || first.written_at >= oldest) return false;
  const rows = statements.all('SELECT id, written_at FROM changes ORDER BY id LIMIT +?', most);
  const kept = rows.findIndex((row) => row.written_at >= oldest);
  const through = rows.at((kept === -1 ? rows.length : kept) - 1);
  if (!through) return false;
  statements.run('DELETE FROM changes WHERE id <= ?', through.id);
  statements.run('UPDATE pruned SET through = ?', through.id);
  return kept === -1;
}

/** The position of the latest change. Ids are never used again, also not after pruning. */
export function lastPosition(statements: Statements): Position {
  return toPosition(statements.get(`SELECT ${LATEST} AS latest`)?.latest ?? 0);
}

/** Throws `HistoryLost` where the log no longer reaches back to `after`, or never gave it. */
export function checkReach(statements: Statements, after: Position): void {
  const pruned = toPosition(statements.get('SELECT through FROM pruned')?.through ?? 0);
  if (after < pruned) throw new HistoryLost('the changes after this position were pruned');
  if (!hasGiven(statements, after)) throw new HistoryLost('the log never gave this position');
}

/** False where the position is of another history than this log's. */
export function hasGiven(statements: Statements, position: Position): boolean {
  const id = Number(position);
  return (
    statements.get('SELECT 1 AS given FROM changes WHERE id = ?', id) !== undefined ||
    id <= (statements.get('SELECT through FROM pruned')?.through ?? 0)
  );
}

/** Some of the changes after `after`; an empty batch where there is none yet. */
export function readChanges(statements: Statements, after: Position): LiveBatch {
  const rows = statements.all(
    'SELECT * FROM changes WHERE id > ? ORDER BY id LIMIT +?',
    Number(after),
    BATCH,
  );
  const changes = rows.map(toChange);
  return {
    changes,
    position: changes.at(-1)?.position ?? after,
    committedAt: rows.at(-1)?.written_at ?? null,
  };
}

export function readHistory(statements: Statements, query: HistoryQuery): ChangeBatch & { done: boolean } {
  const { sessionId, after, until, limit } = query;
  checkReach(statements, after);
  const range = 'id > ? AND id <= ? ORDER BY id LIMIT +?';
  const bounds = [Number(after), Number(until), limit + 1];
  const rows =
    sessionId === null
      ? statements.all(`SELECT * FROM changes WHERE ${range}`, ...bounds)
      : statements.all(`SELECT * FROM changes WHERE session_id = ? AND ${range}`, sessionId, ...bounds);
  const changes = rows.slice(0, limit).map(toChange);
  const done = rows.length <= limit;
  // Strings: Math.max would make numbers of them.
  const end = [after, until].sort().at(-1) as Position;
  return { changes, done, position: done ? end : (changes.at(-1)?.position ?? after) };
}
