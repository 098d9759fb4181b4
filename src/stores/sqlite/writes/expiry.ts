import type { ExpireSession } from '../../../domain/sessions/session-store.js';
import { rangesOfSession } from '../../../domain/sessions/snapshot-key.js';
import { filterSql } from '../reads/filter-sql.js';
import type { Statements } from '../statements.js';
import { UPDATED_AT } from '../touched.js';
import type { Unfinished } from './unfinished.js';
import { deleteSession } from './write-sessions.js';

/** Whether the filter matches the session, and nothing of it has changed since. */
export function isExpired(statements: Statements, input: Omit<ExpireSession, 'now' | 'dryRun'>): boolean {
  const { sessionId, filter, unchangedSince } = input;
  const since = unchangedSince.getTime();
  const asked = filterSql(filter);
  const old = statements.get(
    `SELECT 1 FROM sessions WHERE session_id = ? AND ${UPDATED_AT} < ?${asked ? ` AND (${asked.text})` : ''}`,
    sessionId,
    since,
    ...(asked?.parameters ?? []),
  );
  return (
    old !== undefined &&
    !heardSince(statements, sessionId, since) &&
    rangesOfSession(sessionId).every(
      ({ from, before }) =>
        statements.get(
          'SELECT 1 FROM snapshots WHERE key >= ? AND key < ? AND written_at >= ? LIMIT 1',
          from,
          before,
          since,
        ) === undefined,
    )
  );
}

/** Whether the writer of a reply was heard of. */
const heardSince = (statements: Statements, sessionId: string, since: number): boolean =>
  statements.get(
    `SELECT 1 FROM sessions JOIN agents ON agents.session = sessions.id JOIN replies ON replies.agent = agents.id
     WHERE session_id = ? AND due_at - timeout_ms >= ? LIMIT 1`,
    sessionId,
    since,
  ) !== undefined;

/** In the transaction of the check. */
export function expireSession(statements: Statements, input: ExpireSession): boolean | Unfinished {
  return isExpired(statements, input) && deleteSession(statements, input);
}
