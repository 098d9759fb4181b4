import { ParleyError } from '../errors.js';
import { quote } from './names.js';
import { type KeyRange, rangeOfPrefix } from './prefix-range.js';

/** Longest key, in UTF-16 code units: room for the longest session id and agent id and what stands around them. */
const MAX_SNAPSHOT_KEY_LENGTH = 2048;

/** A key: any text without NUL, 1 to 2048 characters. INVALID_NAME. */
export function checkSnapshotKey(key: string): void {
  if (key === '') throw new ParleyError('INVALID_NAME', 'A snapshot key must not be empty.');
  checkSnapshotPrefix(key);
}

/** As a key; an empty one stands for all keys. INVALID_NAME. */
export function checkSnapshotPrefix(prefix: string): void {
  if (typeof prefix !== 'string') throw new ParleyError('INVALID_NAME', 'A snapshot key must be a string.');
  if (prefix.length > MAX_SNAPSHOT_KEY_LENGTH) {
    throw invalid(
      prefix,
      `has ${prefix.length} characters; at most ${MAX_SNAPSHOT_KEY_LENGTH} are allowed. Use shorter session and agent ids`,
    );
  }
  if (prefix.includes('\0')) throw invalid(prefix, 'must not contain NUL');
  if (!prefix.isWellFormed()) throw invalid(prefix, 'holds a lone surrogate; send well-formed text');
}

/** The kinds of keys that a session has: the SDK's session manager writes `session/<id>/scopes/…`, its context manager `context/<id>/scopes/…`. */
type Kind = 'session' | 'context';

/** An id of the SDK's is as it is in its keys; no other one is taken for two of their parts. */
const startOf = (kind: Kind, sessionId: string) =>
  `${kind}/${sessionId.replace(/[%/]/g, encodeURIComponent)}/scopes/`;

/** What is deleted with a session. */
export const rangesOfSession = (sessionId: string): KeyRange[] =>
  (['session', 'context'] as const).map((kind) => rangeOfPrefix(startOf(kind, sessionId)));

/** The session that a snapshot is deleted with; null where it is of none. */
export function sessionOfSnapshot(key: string): string | null {
  const [, written] = /^(?:session|context)\/([^/]+)\/scopes\//.exec(key) ?? [];
  const sessionId = written?.replace(/%(?:25|2F)/g, decodeURIComponent);
  return sessionId !== undefined && rangesOfSession(sessionId).some(({ from }) => key.startsWith(from))
    ? sessionId
    : null;
}

/*
 * Within its session a snapshot has a shorter key: what follows `scopes/`, and of the context manager's behind `context/`.
 */

/** How the keys of the context manager begin within their session. */
const CONTEXT = 'context/';

/** The whole key of what a session has under this one. INVALID_NAME. */
export function snapshotKeyOf(sessionId: string, key: string): string {
  checkSnapshotKey(key);
  const whole = key.startsWith(CONTEXT)
    ? startOf('context', sessionId) + key.slice(CONTEXT.length)
    : startOf('session', sessionId) + key;
  checkSnapshotKey(whole);
  return whole;
}

/** The session of a whole key, and the key within it; null where it is of none. */
export function withinSession(whole: string): { sessionId: string; key: string } | null {
  const sessionId = sessionOfSnapshot(whole);
  if (sessionId === null) return null;
  const session = startOf('session', sessionId);
  const key = whole.startsWith(session)
    ? whole.slice(session.length)
    : CONTEXT + whole.slice(startOf('context', sessionId).length);
  return { sessionId, key };
}

/** Where the whole keys are whose keys within the session begin with `prefix`, and come `after` another. */
export function placesOfKeys(
  sessionId: string,
  prefix: string,
  after: string | undefined,
): { prefix: string; after: string | undefined }[] {
  const session = startOf('session', sessionId);
  const context = startOf('context', sessionId);
  const places = [{ prefix: session + prefix, after: after === undefined ? undefined : session + after }];
  const isAsked = prefix.startsWith(CONTEXT) || CONTEXT.startsWith(prefix);
  const isLeft = after === undefined || after.startsWith(CONTEXT) || after < CONTEXT;
  if (isAsked && isLeft) {
    places.push({
      prefix: context + prefix.slice(CONTEXT.length),
      after: after?.startsWith(CONTEXT) ? context + after.slice(CONTEXT.length) : undefined,
    });
  }
  return places;
}

const invalid = (key: string, reason: string) =>
  new ParleyError('INVALID_NAME', `Snapshot key ${quote(key)} ${reason}.`);
