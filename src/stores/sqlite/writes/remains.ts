import type { Remains } from '../../../domain/sessions/session-store.js';
import { rangesOfSession } from '../../../domain/sessions/snapshot-key.js';
import type { Statements } from '../statements.js';

/** Tables whose rows belong to a row of another: their column for it, which an index of theirs begins with. */
const BELOW = [
  { place: 'agents', column: 'session', owner: 'sessions' },
  { place: 'agent_values', column: 'agent', owner: 'agents' },
  { place: 'messages', column: 'agent', owner: 'agents' },
  { place: 'usage_readings', column: 'agent', owner: 'agents' },
  { place: 'feedback', column: 'session', owner: 'sessions' },
  { place: 'guardrail_events', column: 'session', owner: 'sessions' },
  { place: 'receipts', column: 'session', owner: 'sessions' },
  { place: 'replies', column: 'agent', owner: 'agents' },
  { place: 'reply_log', column: 'reply', owner: 'replies' },
] as const;

/**
 * What lies in the tables of these sessions. Rows below a session name it by a number that is gone with it: of them those are
 * counted (by what they belonged to) that belong to nothing.
 */
export function remainsOf(
  statements: Statements,
  { sessionIds }: { sessionIds: readonly string[] },
): Remains[] {
  return statements.snapshot(() => [
    {
      place: 'sessions',
      left: count(
        statements,
        'SELECT count(*) AS count FROM sessions WHERE in_time() AND session_id IN (SELECT value FROM json_each(?))',
        JSON.stringify(sessionIds),
      ),
    },
    ...BELOW.map((table) => ({ place: table.place, left: count(statements, ownerlessSql(table)) })),
    { place: 'snapshots', left: snapshotsOf(statements, sessionIds) },
  ]);
}

/** Goes from one owner to the next by the index, so that it costs by their number and not by that of the rows. */
const ownerlessSql = ({ place, column, owner }: (typeof BELOW)[number]) =>
  `WITH RECURSIVE owners (id) AS (
     SELECT min(${column}) FROM ${place}
     UNION ALL
     SELECT (SELECT min(${column}) FROM ${place} WHERE ${column} > owners.id) FROM owners WHERE owners.id IS NOT NULL
   )
   SELECT count(*) AS count FROM owners
   WHERE in_time() AND id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${owner} WHERE ${owner}.id = owners.id)`;

function snapshotsOf(statements: Statements, sessionIds: readonly string[]): number {
  return sessionIds
    .flatMap(rangesOfSession)
    .map(({ from, before }) =>
      count(
        statements,
        'SELECT count(*) AS count FROM snapshots WHERE in_time() AND key >= ? AND key < ?',
        from,
        before,
      ),
    )
    .reduce((sum, one) => sum + one, 0);
}

const count = (statements: Statements, sql: string, ...parameters: unknown[]): number =>
  statements.get(sql, ...parameters)?.count;
