import { createHash } from 'node:crypto';
import type { MovedSnapshot, TransferAuditEntry } from '../../domain/sessions/transfer.js';
import type { Row, Statements } from './statements.js';

/*
 * What an export holds beside the sessions. An entry of the audit that came from elsewhere keeps its id in its mark; that of one
 * that was made here follows from its time, its row and what it says.
 */

const MOVED = 'moved:';
const PAGE = 500;
const ID_DIGITS = { seconds: 8, ms: 3, row: 8, hash: 5 } as const;
const MAX_ROW = 16 ** ID_DIGITS.row;

/** Null after the last one. */
export function readSnapshotAfter(statements: Statements, after: string): MovedSnapshot | null {
  const row = statements.get('SELECT * FROM snapshots WHERE key > ? ORDER BY key LIMIT 1', after);
  return row ? { key: row.key, writtenAt: new Date(row.written_at), data: row.data } : null;
}

/** False where there is one under the key. */
export function moveSnapshot(statements: Statements, { key, writtenAt, data }: MovedSnapshot): boolean {
  const { changes } = statements.run(
    'INSERT INTO snapshots (key, data, written_at) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING',
    key,
    data,
    writtenAt.getTime(),
  );
  return changes > 0;
}

export function* readAuditPages(statements: Statements): Generator<TransferAuditEntry[]> {
  let [at, id] = [Number.MIN_SAFE_INTEGER, 0];
  for (;;) {
    const rows = statements.all(
      'SELECT * FROM audit WHERE (at, id) > (?, ?) ORDER BY at, id LIMIT +?',
      at,
      id,
      PAGE,
    );
    if (rows.length > 0) yield rows.map(entryFrom);
    if (rows.length < PAGE) return;
    ({ at, id } = rows.at(-1));
  }
}

/** Those that are not there. */
export const missingAudit = (
  statements: Statements,
  entries: readonly TransferAuditEntry[],
): TransferAuditEntry[] => entries.filter(({ id }) => !isThere(statements, id));

/** In the transaction of the call. How many were not there. */
export function moveAudit(
  statements: Statements,
  { entries }: { entries: readonly TransferAuditEntry[] },
): number {
  const missing = missingAudit(statements, entries);
  for (const entry of missing) {
    statements.run(
      `INSERT INTO audit (at, caller_kind, caller_id, caller_name, action, session_id, agent_id, outcome, came_from, count, mark)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      Date.parse(entry.at),
      entry.callerKind,
      entry.callerId,
      entry.callerName,
      entry.action,
      entry.sessionId,
      entry.agentId,
      entry.outcome,
      entry.from,
      entry.count,
      MOVED + entry.id,
    );
  }
  return missing.length;
}

function isThere(statements: Statements, id: string): boolean {
  if (statements.get('SELECT 1 FROM audit WHERE mark = ?', MOVED + id)) return true;
  const from = ID_DIGITS.seconds + ID_DIGITS.ms;
  const low = Number.parseInt(id.slice(from, from + ID_DIGITS.row), 16);
  const row = statements.get('SELECT * FROM audit WHERE id = ?', low);
  return row !== undefined && idOf(row) === id;
}

const entryFrom = (row: Row): TransferAuditEntry => ({
  kind: 'audit',
  id: idOf(row),
  at: new Date(row.at).toISOString(),
  callerKind: row.caller_kind,
  callerId: row.caller_id,
  callerName: row.caller_name,
  action: row.action,
  sessionId: row.session_id,
  agentId: row.agent_id,
  outcome: row.outcome,
  from: row.came_from,
  count: row.count,
});

function idOf(row: Row): string {
  if (row.mark?.startsWith(MOVED)) return row.mark.slice(MOVED.length);
  const said = [row.at, row.caller_id, row.action, row.session_id, row.agent_id, row.outcome];
  const digits = (value: number, count: number) => value.toString(16).padStart(count, '0');
  return [
    digits(Math.floor(row.at / 1_000), ID_DIGITS.seconds),
    digits(row.at % 1_000, ID_DIGITS.ms),
    digits(row.id % MAX_ROW, ID_DIGITS.row),
    createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, ID_DIGITS.hash),
  ].join('');
}
