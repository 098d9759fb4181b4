import { ParleyError } from '../errors.js';
import { quote } from './names.js';
import { type KeyRange, rangeOfPrefix } from './prefix-range.js';

/** Longest key, in UTF-16 code units: room for the longest session id and agent id and what stands around them. */
export const MAX_SNAPSHOT_KEY_LENGTH = 2048;

/** A key: any text without NUL, 1 to 2048 characters. INVALID_NAME. */
export function checkSnapshotKey(key: string): void {
  if (key === '') throw new ParleyError('INVALID_NAME', 'A snapshot key must not be empty.');
  checkSnapshotPrefix(key);
}

/** As a key; an empty one stands for all keys. INVALID_NAME. */
export function checkSnapshotPrefix(prefix: string): void {
  if (prefix.length > MAX_SNAPSHOT_KEY_LENGTH) {
    throw invalid(
      prefix,
      `has ${prefix.length} characters; at most ${MAX_SNAPSHOT_KEY_LENGTH} are allowed. Use shorter session and agent ids`,
    );
  }
  if (prefix.includes('\0')) throw invalid(prefix, 'must not contain NUL');
  if (!prefix.isWellFormed()) throw invalid(prefix, 'holds a lone surrogate; send well-formed text');
}

/**
 * What is deleted with a session: the SDK's session manager writes `session/<id>/scopes/…`, its context manager
 * `context/<id>/scopes/…`. No id of the SDK's holds a slash.
 */
export function rangesOfSession(sessionId: string): KeyRange[] {
  if (sessionId.includes('/')) return [];
  return ['session', 'context'].map((kind) => rangeOfPrefix(`${kind}/${sessionId}/scopes/`));
}

/** The session that a snapshot is deleted with; null where it is of none. */
export const sessionOfSnapshot = (key: string): string | null =>
  /^(?:session|context)\/([^/]+)\/scopes\//.exec(key)?.[1] ?? null;

const invalid = (key: string, reason: string) =>
  new ParleyError('INVALID_NAME', `Snapshot key ${quote(key)} ${reason}.`);
