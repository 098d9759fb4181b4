import type { AuditEntry, AuditQuery, NewAuditEntry } from '../../domain/access/audit-log.js';
import type { StoredKey } from '../../domain/access/key-store.js';
import type { Row, Statements } from './statements.js';
import { Unfinished } from './writes/unfinished.js';

export function createKey(statements: Statements, key: StoredKey): void {
  const { id, createdAt, lastUsedAt, revokedAt, ...rest } = key;
  const text = JSON.stringify({ ...rest, expiresAt: rest.expiresAt?.getTime() ?? null });
  statements.run(
    'INSERT INTO api_keys (id, key, created_at, last_used_at, revoked_at) VALUES (?, ?, ?, ?, ?)',
    id,
    text,
    createdAt.getTime(),
    lastUsedAt?.getTime() ?? null,
    revokedAt?.getTime() ?? null,
  );
}

export function findKey(statements: Statements, id: string): StoredKey | null {
  const row = statements.get('SELECT * FROM api_keys WHERE id = ?', id);
  return row ? toKey(row) : null;
}

export const listKeys = (statements: Statements): StoredKey[] =>
  statements.all('SELECT * FROM api_keys ORDER BY created_at, id').map(toKey);

export const anyKey = (statements: Statements): boolean =>
  statements.get('SELECT 1 FROM api_keys LIMIT 1') !== undefined;

export function revokeKey(statements: Statements, { id, now }: { id: string; now: Date }): boolean {
  const { changes } = statements.run(
    'UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?',
    now.getTime(),
    id,
  );
  return changes > 0;
}

export function touchKey(statements: Statements, { id, now }: { id: string; now: Date }): void {
  statements.run('UPDATE api_keys SET last_used_at = ? WHERE id = ?', now.getTime(), id);
}

function toKey({ id, key, created_at, last_used_at, revoked_at }: Row): StoredKey {
  const { expiresAt, ...rest } = JSON.parse(key);
  return {
    id,
    ...rest,
    createdAt: new Date(created_at),
    expiresAt: dateOf(expiresAt),
    lastUsedAt: dateOf(last_used_at),
    revokedAt: dateOf(revoked_at),
  };
}

const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms));

export function appendAudit(
  statements: Statements,
  { entries }: { entries: readonly NewAuditEntry[] },
): void {
  for (const entry of entries) {
    statements.run(
      `INSERT INTO audit (at, caller_kind, caller_id, caller_name, action, session_id, agent_id, outcome, came_from, count, mark)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (mark) WHERE mark IS NOT NULL DO UPDATE SET count = excluded.count`,
      entry.at.getTime(),
      entry.callerKind,
      entry.callerId,
      entry.callerName,
      entry.action,
      entry.sessionId,
      entry.agentId,
      entry.outcome,
      entry.from,
      entry.count,
      entry.mark,
    );
  }
}

export function listAudit(statements: Statements, query: AuditQuery): (AuditEntry & { id: string })[] {
  const { limit, before, sessionId, callerId } = query;
  const conditions = [
    ...(before === null ? [] : [['id < ?', Number(before)] as const]),
    ...(sessionId === undefined ? [] : [['session_id = ?', sessionId] as const]),
    ...(callerId === undefined ? [] : [['caller_id = ?', callerId] as const]),
  ];
  const where = ['in_time()', ...conditions.map(([text]) => text)].join(' AND ');
  const values = conditions.map(([, value]) => value);
  return statements
    .all(`SELECT * FROM audit WHERE ${where} ORDER BY id DESC LIMIT +?`, ...values, limit)
    .map((row) => ({
      id: String(row.id),
      at: new Date(row.at),
      callerKind: row.caller_kind,
      callerId: row.caller_id,
      callerName: row.caller_name,
      action: row.action,
      sessionId: row.session_id,
      agentId: row.agent_id,
      outcome: row.outcome,
      from: row.came_from,
      count: row.count,
    }));
}

/** Entries that one step removes: some ms of the thread's time. */
const PRUNE_STEP = 300;

/** Removes what is older, in steps: an hour of many writes leaves millions of entries. */
export function pruneAudit(statements: Statements, input: { olderThan: Date }): null | Unfinished {
  const { changes } = statements.run(
    'DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT +?)',
    input.olderThan.getTime(),
    PRUNE_STEP,
  );
  if (changes < PRUNE_STEP) return null;
  return new Unfinished({ method: 'pruneAudit', input }, null, 'when done or closing');
}
