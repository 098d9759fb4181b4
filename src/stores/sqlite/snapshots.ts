import { ParleyError } from '../../domain/errors.js';
import { rangeOfPrefix } from '../../domain/sessions/prefix-range.js';
import { rangesOfSession } from '../../domain/sessions/snapshot-key.js';
import type { NewSnapshot } from '../../domain/sessions/snapshot-store.js';
import type { Statements } from './statements.js';

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

export function writeSnapshot(statements: Statements, { key, data, now }: NewSnapshot): void {
  statements.run(
    `INSERT INTO snapshots (key, data, written_at) VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET data = excluded.data, written_at = excluded.written_at`,
    key,
    data,
    now.getTime(),
  );
}

export function deleteSnapshot(statements: Statements, { key }: { key: string }): void {
  statements.run('DELETE FROM snapshots WHERE key = ?', key);
}

/** Whether there were any. */
export function deleteSnapshotsOf(statements: Statements, sessionId: string): boolean {
  const deleted = rangesOfSession(sessionId).map(({ from, before }) =>
    statements.run('DELETE FROM snapshots WHERE key >= ? AND key < ?', from, before),
  );
  return deleted.some(({ changes }) => changes > 0);
}

export function readSnapshot(statements: Statements, key: string): Uint8Array | null {
  const row = statements.get('SELECT data FROM snapshots WHERE key = ?', key);
  return row ? new Uint8Array(row.data) : null;
}

/** The index on the key has all that is asked, in the order of code points. */
export function listSnapshots(statements: Statements, { prefix }: { prefix: string }): string[] {
  const { from, before } = rangeOfPrefix(prefix);
  const rows =
    before === null
      ? statements.all('SELECT key FROM snapshots WHERE key >= ? ORDER BY key', from)
      : statements.all('SELECT key FROM snapshots WHERE key >= ? AND key < ? ORDER BY key', from, before);
  return rows.map(({ key }) => key);
}
