import type { Statements } from '../statements.js';
import { type Belongings, clear, type Room, STEP } from './graves.js';
import { Unfinished } from './unfinished.js';
import { anyRecounts, countedOn } from './usage-totals.js';

export const REPLY_AT = 'SELECT id FROM replies WHERE agent = ? AND position = ?';
export const FORGET_TOLD = 'DELETE FROM reply_log WHERE reply = ? AND parts IS NULL';
/** What `replies.pruned` is while parts of an ended reply go in steps: nobody reads those that are left. */
export const GOING = 2;
const PARTS: Belongings = {
  table: 'reply_log',
  owner: 'reply',
  key: 'id',
  bytes: 'octet_length(parts)',
  only: 'parts IS NOT NULL',
};

/** Removes parts of these replies that have ended; those of which some are left, and which go on going. */
export function dropParts(statements: Statements, replies: readonly number[]): number[] {
  const room = { ...STEP };
  return replies.filter((id) => {
    if (clear(statements, PARTS, id, room)) return false;
    statements.run(`UPDATE replies SET pruned = ${GOING} WHERE id = ?`, id);
    return true;
  });
}

/** `result`: what the write gives once all is removed. */
interface GoingReplies {
  replies: readonly number[];
  result: unknown;
}

/** The write with `result`, of which these replies are left. */
export const whenDropped = <T>(replies: readonly number[], result: T): T | Unfinished =>
  replies.length === 0
    ? result
    : new Unfinished(
        { method: 'dropPartsOn', input: { replies, result } satisfies GoingReplies },
        result,
        'when done or closing',
      );

/** The next step. */
export function dropPartsOn(statements: Statements, { replies, result }: GoingReplies): unknown {
  const room = { ...STEP };
  const left = replies.filter((id) => !dropMore(statements, id, room));
  return left.length > 0 ? whenDropped(left, result) : countedOn(result, anyRecounts(statements));
}

/** Another reply may have its number by then. True when nothing is left. */
function dropMore(statements: Statements, id: number, room: Room): boolean {
  if (!statements.get(`SELECT 1 FROM replies WHERE id = ? AND pruned = ${GOING}`, id)) return true;
  if (!clear(statements, PARTS, id, room)) return false;
  statements.run('UPDATE replies SET pruned = 0 WHERE id = ?', id);
  return true;
}

/** Those that an earlier process has left. */
export const goingIn = (statements: Statements): number[] =>
  statements
    .all(`SELECT id FROM replies WHERE pruned = ${GOING} AND ended_at IS NOT NULL`)
    .map(({ id }) => id);

/** Of what has become the message at this place, which said the same; as `dropParts`. */
export function dropPartsOf(statements: Statements, agent: number, position: number): number[] {
  const replies = statements.all(REPLY_AT, agent, position).map(({ id }) => id as number);
  const going = dropParts(statements, replies);
  for (const id of replies) tell(statements, id);
  return going;
}

/** Whoever listens looks at the reply again: one row says so, however often it has changed. */
export function tell(statements: Statements, reply: number): void {
  statements.run(FORGET_TOLD, reply);
  statements.run('INSERT INTO reply_log (reply) VALUES (?)', reply);
}
