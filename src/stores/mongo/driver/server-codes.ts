import { MongoError, MongoServerError } from 'mongodb';

/** The user has no right to do this, or nobody has said who they are. */
export const UNAUTHORIZED = 13;
export const WRONG_PASSWORD = 18;
export const DUPLICATE_KEY = 11000;
/** OutOfDiskSpace. */
const NO_SPACE = 14031;

/** What stands before MongoDB Atlas refuses with this, whatever the reason: its text tells which of MongoDB's own codes it is. */
const ATLAS_ERROR = 8000;
const OF_ATLAS: readonly (readonly [RegExp, number])[] = [
  [/bad auth/i, WRONG_PASSWORD],
  [/not allowed to do action|not authorized/i, UNAUTHORIZED],
  [/space quota|already using \d+ collections/i, NO_SPACE],
];

export function codeOf(error: unknown): number | null {
  if (!(error instanceof MongoServerError) || typeof error.code !== 'number') return null;
  if (error.code !== ATLAS_ERROR) return error.code;
  return OF_ATLAS.find(([pattern]) => pattern.test(error.message))?.[1] ?? ATLAS_ERROR;
}

/** Codes of a server that is not, or no longer, the primary, or is shutting down. */
const NOT_PRIMARY = [6, 7, 89, 91, 189, 9001, 10058, 10107, 11600, 11602, 13435, 13436];
/** A `mongos` finds no primary of a shard, or has no answer of it; a majority is not known yet. */
const NO_SHARD = [133, 134, 202, 317];
/** The server has given up for now and done nothing: LockTimeout, WriteConflict, TemporarilyUnavailable, IngressRequestRateLimitExceeded. */
const BUSY = [24, 112, 365, 462];
const FOR_NOW: ReadonlySet<number> = new Set([...NOT_PRIMARY, ...NO_SHARD, ...BUSY]);
/** Newer servers say so themselves. */
const FOR_NOW_LABELS = ['RetryableWriteError', 'RetryableError', 'SystemOverloadedError'];

/** The server itself is not able to now: asked a little later it is, or another one. */
export const isForNow = (error: unknown): boolean =>
  FOR_NOW.has(codeOf(error) ?? 0) ||
  (error instanceof MongoServerError && FOR_NOW_LABELS.some((label) => error.hasErrorLabel(label)));

/** A write error is that of one statement and names it by its index; a command that failed as a whole has none. */
export const isOfStatement = (error: unknown): boolean =>
  error instanceof MongoServerError && typeof error.errorResponse?.index === 'number';

/** Errors of the driver about its own pool and monitors, in which no command reached a server. */
const NOT_CONNECTED = new Set([
  'MongoWaitQueueTimeoutError',
  'MongoPoolClosedError',
  'MongoPoolClearedError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
  'MongoExpiredSessionError',
]);

export const isNotConnected = (error: unknown): boolean =>
  error instanceof MongoError && NOT_CONNECTED.has(error.name);
