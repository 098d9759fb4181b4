import type { Statements } from '../statements.js';

/** What a session lists of its own, one by one and for good, and the bytes of one of them. */
const LISTS = {
  feedback: 'coalesce(octet_length(comment), 0) + octet_length(fields)',
  guardrail_events: 'octet_length(event)',
} as const;

/** `next`: the position of the one that is added next; `bytes`: of those that are there. */
export interface Listed {
  next: number;
  bytes: number;
}

/** What the session lists. */
export function listedOf(statements: Statements, table: keyof typeof LISTS, session: number): Listed {
  const last = statements.get(
    `SELECT position, bytes_so_far FROM ${table} WHERE session = ? ORDER BY position DESC LIMIT 1`,
    session,
  ) as { position: number; bytes_so_far: number | null } | undefined;
  if (!last) return { next: 0, bytes: 0 };
  return { next: last.position + 1, bytes: last.bytes_so_far ?? summed(statements, table, session) };
}

function summed(statements: Statements, table: keyof typeof LISTS, session: number): number {
  const { bytes } = statements.get(
    `SELECT sum(${LISTS[table]}) AS bytes FROM ${table} WHERE session = ?`,
    session,
  ) as { bytes: number };
  return bytes;
}
