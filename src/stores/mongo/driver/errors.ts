import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  MongoWriteConcernError,
} from 'mongodb';
import { ParleyError } from '../../../domain/errors.js';
import { HistoryLost } from '../../../domain/sessions/session-store.js';
import {
  codeOf,
  DUPLICATE_KEY,
  isForNow,
  isNotConnected,
  isOfStatement,
  UNAUTHORIZED,
  WRONG_PASSWORD,
} from './server-codes.js';

export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** Of that, what appends leave free: the redaction of a short message takes some hundred bytes more than it, and must not find the document full. */
export const REDACTION_ROOM = 64 * 1024;

const OUT_OF_TIME = new Set([50, 262]);
/** A sort that does not fit into the server's memory, where it may not use its disk, as on the smallest clusters of Atlas. */
const OUT_OF_MEMORY = new Set([146, 292, 16819]);
const TOO_LARGE = new Set([17419, 17420]);
/** What the server builds would pass 16 MB and 16 kB: one document of an answer, or what an update makes of a document. */
const BUILT_TOO_LARGE = 10334;
/** OutOfDiskSpace; UserWritesBlocked, while an operator or a full disk has stopped all writes (6.0 and later). */
const NO_WRITES = new Map([
  [14031, 'The disk of the database is full.'],
  [371, 'The database takes no writes at present: they were stopped there.'],
]);
/** DocumentValidationFailure: the collection has a validator, which Parley never sets. */
const REFUSED_BY_VALIDATOR = 121;
/** Keys that begin with `$`: refused in updates by servers before 5.0. */
const DOLLAR_KEY = new Set([52, 55]);
/**
 * Errors of Node's sockets. The driver wraps those that it expects; one that comes while it waits to go on writing, such as
 * after the server has closed the connection, it lets through as it is.
 */
const SOCKET_BROKEN = new Set([
  'EPIPE',
  'ECONNRESET',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTCONN',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_SOCKET_CLOSED',
]);

/** Driver 7.9 wraps whatever ends a bulk write, a broken connection too, into an error that is no network error. */
const beneath = (error: unknown): unknown =>
  error instanceof MongoBulkWriteError && error.errorResponse instanceof Error ? error.errorResponse : error;

/** What the driver threw as the one error class. The driver's text stays in `cause`, for the log alone. */
export function toParleyError(thrown: unknown): unknown {
  const error = beneath(thrown);
  if (error instanceof ParleyError || error instanceof HistoryLost) return error;
  if (isUnreachable(error)) return unavailable('The database cannot be reached. Try again.', error);
  if (error instanceof Error && error.name === 'AbortError')
    return unavailable('The store is closing.', error);
  if (isTooLarge(error)) return documentTooLarge(null, error);
  if (codeOf(error) === BUILT_TOO_LARGE) {
    return new ParleyError(
      'QUERY_TOO_COMPLEX',
      'What is asked of one session passes 16 MB. Ask for fewer messages at once.',
      {
        cause: error,
      },
    );
  }
  if (OUT_OF_MEMORY.has(codeOf(error) ?? 0)) {
    return new ParleyError(
      'QUERY_TOO_COMPLEX',
      'The database has not enough memory to sort what is asked for. Narrow the query.',
      { cause: error },
    );
  }
  if (isUnconfirmed(error)) {
    return unavailable('The database did not confirm the write in time. Repeat it with the same key.', error);
  }
  const code = codeOf(error);
  if (isOutOfTime(error)) {
    return new ParleyError('TIMEOUT', 'The database took too long. Narrow the query, or try again.', {
      cause: error,
    });
  }
  if (code !== null && DOLLAR_KEY.has(code)) {
    return new ParleyError(
      'BAD_USER_INPUT',
      'A key in the value begins with $, which MongoDB before 5.0 does not store. Rename the key, send the value as text, or use MongoDB 5.0 or later.',
      { cause: error },
    );
  }
  if (isNotWritable(error)) return notWritable(error);
  if (code === REFUSED_BY_VALIDATOR) {
    return new ParleyError(
      'BAD_USER_INPUT',
      'The collection has a validator, which another program has set, and it refuses what is to be written. Change it with collMod there, or use another collection.',
      { cause: error },
    );
  }
  const refused =
    code === DUPLICATE_KEY && error instanceof Error ? refusedByIndex(error.message, error) : null;
  if (refused) return refused;
  const stopped = NO_WRITES.get(code ?? 0);
  if (stopped !== undefined) return unavailable(stopped, error);
  if (code === UNAUTHORIZED || code === WRONG_PASSWORD) {
    return unavailable(
      'The database refuses its user this operation. Check the rights of the user in MONGODB_URI.',
      error,
    );
  }
  if (code === 20 && error instanceof Error && /transaction numbers|retryable writes/i.test(error.message)) {
    return unavailable('The database has no retryable writes. Add retryWrites=false to MONGODB_URI.', error);
  }
  return new ParleyError('INTERNAL_SERVER_ERROR', 'The database failed; the log says why.', { cause: error });
}

/**
 * An update of a path that leads through what is no object (28), or of a list that is none (2, of which every statement names itself by
 * its index). What Parley writes has the right shape, so that another program has put something else there.
 */
const isNotWritable = (error: unknown): boolean =>
  codeOf(error) === 28 || (codeOf(error) === 2 && isOfStatement(error));

export const notWritable = (cause?: unknown): ParleyError =>
  new ParleyError(
    'BAD_USER_INPUT',
    'The session holds something else in the place that is to be written, which another program has left there. Repair its document, or use another session.',
    cause === undefined ? {} : { cause },
  );

/** Written, and not known by a majority in time. Of a bulk write the driver names no statement then. */
const isUnconfirmed = (error: unknown): boolean =>
  error instanceof MongoWriteConcernError ||
  (error instanceof MongoBulkWriteError && writeErrorsOf(error).length === 0);

/** What failed of a bulk write, statement by statement: the driver has one, or a list. */
export const writeErrorsOf = ({ writeErrors }: MongoBulkWriteError) => [writeErrors].flat();

/** A network error, or a server that is no longer the primary: the command may or may not have been carried out. */
function isUnreachable(thrown: unknown): boolean {
  const error = beneath(thrown);
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true;
  if (isNotConnected(error) || isSocketError(error)) return true;
  return isForNow(error);
}

const isSocketError = (error: unknown): boolean =>
  error instanceof Error && SOCKET_BROKEN.has(String((error as NodeJS.ErrnoException).code));

/** Worth another try at once. A server that was not found was waited for already. */
export function isWorthRetrying(thrown: unknown): boolean {
  const error = beneath(thrown);
  if (!isUnreachable(error) || error instanceof MongoServerSelectionError) return false;
  return !(error instanceof MongoError && CLOSED.has(error.name));
}

/** The store itself is closing. */
const CLOSED = new Set(['MongoTopologyClosedError', 'MongoClientClosedError']);

/** The database itself, and not what was asked of it: nothing else would get on either. */
export function isAway(thrown: unknown): boolean {
  const error = toParleyError(thrown);
  return error instanceof ParleyError && error.code === 'STORE_UNAVAILABLE';
}

/** There is a document with this `_id`. */
export const isDuplicateKey = (error: unknown): boolean =>
  codeOf(error) === DUPLICATE_KEY && error instanceof Error && foreignIndexIn(error.message) === null;

/**
 * Another program's unique index, which says nothing of what was to be written: null where it is that of `_id`, or none is named. `message`
 * is the server's: `E11000 duplicate key error collection: parley.sessions index: pk_1_sk_1 dup key: …`.
 */
function foreignIndexIn(message: string): string | null {
  const name = / index: (\S+) /.exec(message)?.[1];
  return name === undefined || name === '_id_' ? null : name;
}

/** What a duplicate key means that is not `_id`'s, by the server's message. */
export function refusedByIndex(message: string, cause: unknown): ParleyError | null {
  const name = foreignIndexIn(message);
  if (name === null) return null;
  return unavailable(
    `The unique index ${name}, which another program has made in the database, refuses this. Drop it there, or use another collection.`,
    cause,
  );
}

/** The server refused this very input, not the connection or the hour: sent alone, others may pass. */
export const isRefusal = (error: unknown): boolean =>
  (error instanceof ParleyError && error.code === 'DOCUMENT_TOO_LARGE') ||
  isTooLarge(error) ||
  (error instanceof MongoServerError &&
    !(error instanceof MongoWriteConcernError) &&
    !isUnreachable(error) &&
    !isOutOfTime(error));

const isOutOfTime = (error: unknown): boolean => OUT_OF_TIME.has(codeOf(error) ?? 0);

/** `bytes`: what the document would have become, where that is known. */
export function documentTooLarge(bytes: number | null, cause?: unknown): ParleyError {
  const size = bytes === null ? 'more than 16 MB' : `${bytes} bytes`;
  return new ParleyError(
    'DOCUMENT_TOO_LARGE',
    `The session would take ${size}; MongoDB stores at most ${MAX_DOCUMENT_BYTES} bytes in one, of which appends leave ${REDACTION_ROOM} to redactions. Go on in a new session.`,
    {
      ...(cause === undefined ? {} : { cause }),
      details: { maxBytes: MAX_DOCUMENT_BYTES, ...(bytes === null ? {} : { bytes }) },
    },
  );
}

export const unavailable = (message: string, cause?: unknown): ParleyError =>
  new ParleyError('STORE_UNAVAILABLE', message, cause === undefined ? {} : { cause });

/**
 * By the server's codes (17419 update, 17420 upsert, 2 insert; from 5.0 on 10334 for an update that passes the limit by more
 * than 16 kB), or before it was sent, by the driver's buffer.
 */
export function isTooLarge(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== null && TOO_LARGE.has(code)) return true;
  if (code === BUILT_TOO_LARGE && isOfStatement(error)) return true;
  if (code === 2 && error instanceof Error && /too large/i.test(error.message)) return true;
  if (error instanceof RangeError) return !/call stack/i.test(error.message);
  return error instanceof MongoError && /larger than the maximum size/i.test(error.message);
}
