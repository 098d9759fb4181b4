import { ParleyError } from '../errors.js';

/** Longest id and longest metadata path, in UTF-16 code units. */
export const MAX_NAME_LENGTH = 512;
/** A value of 64 levels below so many is less deep than the 100 that MongoDB stores. */
const MAX_PATH_SEGMENTS = 32;
const MAX_IDEMPOTENCY_KEY_LENGTH = 200;
const MAX_REPLY_ID_LENGTH = 200;

/** A session id: any text without NUL, 1 to 512 characters. */
export function checkSessionId(sessionId: string): void {
  checkText(sessionId, 'sessionId');
}

/** An agent id is one segment of a document path: no dot, no leading `$`, no NUL. */
export function checkAgentId(agentId: string): void {
  checkText(agentId, 'agentId');
  if (agentId.includes('.')) throw invalidName('agentId', agentId, 'must not contain a dot');
  if (agentId.startsWith('$')) throw invalidName('agentId', agentId, 'must not begin with $');
}

/** A reply id: any text without NUL, 1 to 200 characters. */
export function checkReplyId(replyId: string): void {
  checkText(replyId, 'replyId');
  if (replyId.length > MAX_REPLY_ID_LENGTH) {
    throw invalidName(
      'replyId',
      replyId,
      `has ${replyId.length} characters; at most ${MAX_REPLY_ID_LENGTH} are allowed`,
    );
  }
}

export function checkIdempotencyKey(key: string): void {
  if (typeof key !== 'string') throw new ParleyError('BAD_USER_INPUT', 'idempotencyKey must be a string.');
  if (key.length < 1 || key.length > MAX_IDEMPOTENCY_KEY_LENGTH) {
    throw new ParleyError(
      'BAD_USER_INPUT',
      `idempotencyKey has ${key.length} characters; it takes 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH}.`,
    );
  }
  if (!key.isWellFormed()) {
    throw new ParleyError('BAD_USER_INPUT', 'idempotencyKey holds a lone surrogate; send well-formed text.');
  }
}

/** The segments of a dotted metadata path. INVALID_METADATA_PATH says which segment is wrong. */
export function checkMetadataPath(path: string): string[] {
  if (path.length > MAX_NAME_LENGTH) {
    throw invalidPath(path, `is ${path.length} characters long; at most ${MAX_NAME_LENGTH} are allowed`);
  }
  if (!path.isWellFormed()) throw invalidPath(path, 'holds a lone surrogate');
  const segments = path.split('.');
  if (segments.length > MAX_PATH_SEGMENTS) {
    throw invalidPath(path, `has ${segments.length} segments; at most ${MAX_PATH_SEGMENTS} are allowed`);
  }
  segments.forEach((segment, index) => {
    const which = `segment ${index + 1} (${quote(segment)})`;
    if (segment === '') throw invalidPath(path, `${which} is empty`);
    if (segment.startsWith('$')) throw invalidPath(path, `${which} must not begin with $`);
    if (segment.includes('\0')) throw invalidPath(path, `${which} must not contain NUL`);
  });
  return segments;
}

/**
 * The paths of one batch: each valid, none the same as or inside another, because their order would decide what
 * is stored.
 */
export function checkMetadataPaths(paths: readonly string[]): void {
  const sorted = [...new Set(paths)].sort();
  if (sorted.length < paths.length) {
    const twice = paths.find((path, index) => paths.indexOf(path) !== index) as string;
    throw invalidPath(twice, 'is named twice');
  }
  const known = new Set(sorted);
  for (const path of sorted) {
    const segments = checkMetadataPath(path);
    for (let length = 1; length < segments.length; length++) {
      const parent = segments.slice(0, length).join('.');
      if (known.has(parent)) throw invalidPath(path, `lies inside ${quote(parent)}, which is named with it`);
    }
  }
}

function checkText(value: string, name: string): void {
  // A caller in plain JavaScript may pass anything.
  if (typeof value !== 'string') throw new ParleyError('INVALID_NAME', `${name} must be a string.`);
  if (value === '') throw invalidName(name, value, 'must not be empty');
  if (value.length > MAX_NAME_LENGTH) {
    throw invalidName(name, value, `has ${value.length} characters; at most ${MAX_NAME_LENGTH} are allowed`);
  }
  if (value.includes('\0')) throw invalidName(name, value, 'must not contain NUL');
  if (!value.isWellFormed()) throw invalidName(name, value, 'holds a lone surrogate; send well-formed text');
}

/** As JSON, shortened: an error never echoes more than a line. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}

const invalidName = (name: string, value: string, reason: string) =>
  new ParleyError('INVALID_NAME', `${name} ${quote(value)} ${reason}.`);

const invalidPath = (path: string, reason: string) =>
  new ParleyError('INVALID_METADATA_PATH', `Metadata path ${quote(path)}: ${reason}.`);
