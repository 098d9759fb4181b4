import { ParleyError, sessionNotFound } from '../../domain/errors.js';
import { ROW_BYTES } from '../../domain/read-budget.js';
import { rangeOfPrefix } from '../../domain/sessions/prefix-range.js';
import { tooManySnapshots } from '../../domain/sessions/session-bounds.js';
import { rangesOfSession } from '../../domain/sessions/snapshot-key.js';
import type { KeyPage, NewSnapshot, StoredSnapshot } from '../../domain/sessions/snapshot-store.js';
import type { Found } from './reads/budgeted-read.js';
import type { Statements } from './statements.js';
import type { Room } from './writes/graves.js';
import { isLarge } from './writes/large-values.js';

/** A larger one would hold up every other write while it is copied to the thread and to the disk. */
export const MAX_SNAPSHOT_BYTES = 256 * 1024 * 1024;

/** Refused before it is sent to the thread. */
export function checkSnapshotSize({ data: { length } }: Pick<NewSnapshot, 'data'>): void {
  if (length <= MAX_SNAPSHOT_BYTES) return;
  throw new ParleyError(
    'DOCUMENT_TOO_LARGE',
    `The snapshot has ${length} bytes; at most ${MAX_SNAPSHOT_BYTES} are stored. Let the agent keep fewer messages.`,
    { details: { maxBytes: MAX_SNAPSHOT_BYTES, bytes: length } },
  );
}

export function writeSnapshot(statements: Statements, { key, data, now, of }: NewSnapshot): void {
  if (of) checkPlace(statements, key, of);
  if (isLarge(data)) statements.run(`UPDATE snapshots SET data = x'' WHERE key = ?`, key);
  statements.run(
    `INSERT INTO snapshots (key, data, written_at) VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET data = excluded.data, written_at = excluded.written_at`,
    key,
    data,
    now.getTime(),
  );
}

function checkPlace(
  statements: Statements,
  key: string,
  { sessionId, most }: NonNullable<NewSnapshot['of']>,
) {
  if (!statements.get('SELECT 1 FROM sessions WHERE session_id = ?', sessionId))
    throw sessionNotFound(sessionId);
  if (statements.get('SELECT 1 FROM snapshots WHERE key = ?', key)) return;
  const count = rangesOfSession(sessionId)
    .map(
      ({ from, before }) =>
        statements.get(
          'SELECT count(*) AS count FROM (SELECT 1 FROM snapshots WHERE key >= ? AND key < ? LIMIT ?)',
          from,
          before,
          most,
        ).count as number,
    )
    .reduce((sum, one) => sum + one);
  if (count >= most) throw tooManySnapshots(most);
}

export function deleteSnapshot(statements: Statements, { key }: { key: string }): void {
  statements.run('DELETE FROM snapshots WHERE key = ?', key);
}

/** As many as there is room for: whether there were any, and whether none is left. */
export function deleteSnapshotsOf(
  statements: Statements,
  sessionId: string,
  room: Room,
): { any: boolean; all: boolean } {
  const found = { any: false, all: true };
  for (const { from, before } of rangesOfSession(sessionId)) {
    while (found.all) {
      const row = statements.get(
        'SELECT id, length(data) AS bytes FROM snapshots WHERE key >= ? AND key < ? LIMIT 1',
        from,
        before,
      );
      if (!row) break;
      found.any = true;
      if (room.rows <= 0 || room.bytes <= 0) found.all = false;
      else statements.run('DELETE FROM snapshots WHERE id = ?', row.id);
      room.rows--;
      room.bytes -= row.bytes;
    }
  }
  return found;
}

/** The value only where it has at most `most` bytes. What stands behind it in its row is far away, where it is large. */
export function findSnapshot(
  statements: Statements,
  { key, most }: { key: string; most: number },
): Found<StoredSnapshot | null> {
  const row = statements.get(
    `SELECT length(data) AS bytes, iif(length(data) <= ?, data, NULL) AS data, iif(length(data) <= ?, written_at, NULL) AS written_at
     FROM snapshots WHERE key = ?`,
    most,
    most,
    key,
  );
  if (!row) return { bytes: 0, value: null };
  const bytes: number = row.bytes + ROW_BYTES;
  if (row.data === null) return { bytes };
  return { bytes, value: { data: new Uint8Array(row.data), writtenAt: new Date(row.written_at) } };
}

/** The index on the key has all that is asked, in the order of code points. */
export function listSnapshots(
  statements: Statements,
  { prefix, after = '', limit = -1 }: { prefix: string } & Partial<KeyPage>,
): string[] {
  const { from, before } = rangeOfPrefix(prefix);
  const rows = statements.all(
    `SELECT key FROM snapshots WHERE key >= max(?, ?) AND key != ?${before === null ? '' : ' AND key < ?'} ORDER BY key LIMIT ?`,
    from,
    after,
    after,
    ...(before === null ? [] : [before]),
    limit,
  );
  return rows.map(({ key }) => key);
}
