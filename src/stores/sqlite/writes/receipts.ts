import { idempotencyConflict } from '../../../domain/errors.js';
import type { Receipt } from '../../../domain/sessions/session-store.js';
import type { Statements } from '../statements.js';

const RECEIPTS_KEPT_MS = 24 * 60 * 60 * 1000;
/** MongoDB keeps so much of a hash, and what was moved has no more, wherever it came from. */
export const MOVED_DIGITS = 32;

/** What the first write with this receipt left: the place of what it made. Null where there was none. */
export function findReceipt(
  statements: Statements,
  session: number,
  receipt: Receipt,
): { position: number } | null {
  // None was left.
  if (receipt.unkeyed) return null;
  const found = statements.get(
    'SELECT body_hash, position FROM receipts WHERE session = ? AND key_hash IN (?, ?)',
    session,
    receipt.keyHash,
    receipt.keyHash.slice(0, MOVED_DIGITS),
  );
  if (!found) return null;
  if (!receipt.bodyHash.startsWith(found.body_hash)) throw idempotencyConflict(receipt.mutation);
  return { position: found.position };
}

export function leaveReceipt(
  statements: Statements,
  session: number,
  receipt: Receipt,
  now: Date,
  position = 0,
): void {
  // Here a write has been made or not when it is answered: only its caller may repeat it.
  if (receipt.unkeyed) return;
  const { keyHash, bodyHash } = receipt;
  insertReceiptRow(statements, session, { keyHash, bodyHash, position, writtenAt: now.getTime() });
}

/** `writtenAt` in ms since 1970. */
export function insertReceiptRow(
  statements: Statements,
  session: number,
  row: { keyHash: string; bodyHash: string; position: number; writtenAt: number },
): void {
  statements.run(
    'INSERT INTO receipts (session, key_hash, body_hash, position, written_at) VALUES (?, ?, ?, ?, ?)',
    session,
    row.keyHash,
    row.bodyHash,
    row.position,
    row.writtenAt,
  );
}

/** Removes some of what is too old, `most` at the most. True where there may be more. */
export function pruneReceipts(statements: Statements, now: Date, most: number): boolean {
  const oldest = now.getTime() - RECEIPTS_KEPT_MS;
  const rows = statements.all(
    'SELECT session, key_hash FROM receipts WHERE written_at < ? ORDER BY written_at LIMIT +?',
    oldest,
    most,
  );
  for (const row of rows) {
    statements.run('DELETE FROM receipts WHERE session = ? AND key_hash = ?', row.session, row.key_hash);
  }
  return rows.length === most;
}
