import { LONGEST_LEASE_MS } from '../../domain/leases.js';
import type { Statements } from './statements.js';

/** One time in the whole statement. */
const NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

/** The time of the machine, which all processes on the file share. */
export function takeLease(
  statements: Statements,
  { name, holder, ms }: { name: string; holder: string; ms: number },
): Date | null {
  const row = statements.get(
    `INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ${NOW} + ?)
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
     WHERE leases.holder = excluded.holder OR leases.expires_at <= ${NOW} OR leases.expires_at > ${NOW} + ${LONGEST_LEASE_MS}
     RETURNING expires_at`,
    name,
    holder,
    ms,
  );
  return row ? new Date(row.expires_at - ms) : null;
}

export function releaseLease(
  statements: Statements,
  { name, holder }: { name: string; holder: string },
): void {
  statements.run('DELETE FROM leases WHERE name = ? AND holder = ?', name, holder);
}
