import {
  type ClientSession,
  type Document,
  type Long,
  type MongoClient,
  MongoServerError,
  Timestamp,
} from 'mongodb';
import { inSlices, mapSteps } from '../../../domain/async/in-slices.js';
import { HistoryLost } from '../../../domain/sessions/session-store.js';
import type { Doc } from '../documents/bson-json.js';
import { listOf } from '../documents/field-values.js';
import { unavailable } from '../driver/errors.js';
import { keepToOneMongos } from '../driver/one-mongos.js';
import { codeOf, UNAUTHORIZED } from '../driver/server-codes.js';
import { eventSteps, type Shape } from './event-bytes.js';
import { liveUnavailable } from './live-unavailable.js';

/**
 * ChangeStreamHistoryLost, ChangeStreamFatalError, CappedPositionLost; 260 and 222 end a stream after an invalidate. BSONObjectTooLarge: an
 * event that the server cannot give, at which every stream from before it would end again.
 */
const HISTORY_LOST = new Set([286, 280, 136, 260, 222, 10334]);

export interface FeedBatch {
  events: Doc[];
  /** The resume token after the batch. */
  token: unknown;
  /** An answer to a read, not the one that opened the stream: an empty one has read up to its token. */
  read: boolean;
}

/** An open change stream: one batch after the other; `close` is to be called in any case. */
export interface FeedStream {
  next(): Promise<FeedBatch>;
  close(): Promise<void>;
}

export interface FeedLimits {
  /** How long the server holds an empty answer back, in ms. */
  awaitMs: number;
  /** A command of the feed without an answer for so long, in ms, has hung: its socket is closed. */
  hungMs: number;
}

export const FEED_LIMITS: FeedLimits = { awaitMs: 1_000, hungMs: 20_000 };

/**
 * Events of one answer: left alone the server gives 16 MB of them at once, and of what was written in some seconds that is tens of
 * thousands.
 */
const MOST_EVENTS = 500;

export interface FeedTarget {
  client: MongoClient;
  database: string;
  collection: string;
  limits: FeedLimits;
}

/**
 * Opens a change stream at a cluster time, itself included, by the commands themselves: the driver's own stream resumes
 * from tokens, which on 4.4 can pass over a gap in silence, and after a crash it waits for the dead primary before
 * anything is heard of it. Every failure is thrown, and whoever reads opens it again from a position that is checked. `shape`: what is
 * read of an event.
 */
export async function openFeedStream(
  target: FeedTarget,
  startAt: Timestamp,
  { stages = [], shape }: { stages?: Document[]; shape: Shape },
  signal: AbortSignal,
): Promise<FeedStream> {
  const { client, collection } = target;
  const session = client.startSession({ causalConsistency: false });
  keepToOneMongos(client, session);
  try {
    const pipeline = [{ $changeStream: { startAtOperationTime: startAt } }, ...stages];
    const open = { aggregate: collection, pipeline, cursor: { batchSize: MOST_EVENTS } };
    const opened = (await run(target, session, open, signal)).cursor as Doc;
    let id = opened.id as Long;
    let pending: FeedBatch | null = await batchOf(opened, 'firstBatch', shape, false);
    let answers = true;

    return {
      async next() {
        if (pending) {
          const batch = pending;
          pending = null;
          return batch;
        }
        if (id.isZero()) throw new HistoryLost('the change stream was closed by the server');
        const { awaitMs } = target.limits;
        const command = { getMore: id, collection, batchSize: MOST_EVENTS, maxTimeMS: awaitMs };
        answers = false;
        const more = (await run(target, session, command, signal)).cursor as Doc;
        answers = true;
        id = more.id as Long;
        return batchOf(more, 'nextBatch', shape, true);
      },
      async close() {
        // Only where the server is known to answer: a dead one would be waited for.
        if (answers && !id.isZero()) {
          await run(target, session, { killCursors: collection, cursors: [id] }, signal).catch(() => {});
        }
        await session.endSession().catch(() => {});
      },
    };
  } catch (error) {
    await session.endSession().catch(() => {});
    throw error;
  }
}

/** The cluster time of now, from the primary. */
export async function readOperationTime(target: FeedTarget, signal: AbortSignal): Promise<Timestamp> {
  const session = target.client.startSession({ causalConsistency: false });
  try {
    const { operationTime } = await run(target, session, { ping: 1 }, signal);
    if (operationTime instanceof Timestamp) return operationTime;
    throw liveUnavailable('standalone');
  } finally {
    await session.endSession().catch(() => {});
  }
}

async function batchOf(
  cursor: Doc,
  field: 'firstBatch' | 'nextBatch',
  shape: Shape,
  read: boolean,
): Promise<FeedBatch> {
  const all = listOf(cursor[field]) as Uint8Array[];
  const events = await inSlices(mapSteps(all, (bytes) => eventSteps(bytes, shape)));
  return { events, token: cursor.postBatchResumeToken, read };
}

/** Each event of these lists comes as bytes. */
const fieldsAsRaw = Object.assign(Object.create(null), { firstBatch: true, nextBatch: true });

/** Long ids are kept whole. The deadline and the caller's signal both close the command's socket. */
async function run(
  { client, database, limits }: FeedTarget,
  session: ClientSession,
  command: Document,
  signal: AbortSignal,
): Promise<Document> {
  const deadline = new AbortController();
  const onAbort = () => deadline.abort();
  const timer = setTimeout(onAbort, limits.hungMs);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await client.db(database).command(command, {
      session,
      promoteLongs: false,
      fieldsAsRaw,
      // A pattern that JavaScript does not know would end the feed, again and again.
      bsonRegExp: true,
      signal: deadline.signal,
      readPreference: 'primary',
    });
  } catch (error) {
    if (deadline.signal.aborted && !signal.aborted) throw unavailable('The change stream hung.', error);
    throw feedError(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Unknown stage, command or operation, as other servers answer to what they do not have. */
const UNSUPPORTED = new Set([59, 115, 238, 303, 40324]);

function feedError(error: unknown): unknown {
  const code = codeOf(error);
  if (!(error instanceof MongoServerError) || code === null) return error;
  // Amazon DocumentDB, with a code that means something else on MongoDB.
  if (/modifyChangeStreams/.test(error.message)) return liveUnavailable('unsupported', error);
  if (HISTORY_LOST.has(code)) {
    return new HistoryLost('the server cannot go on from the position', { cause: error });
  }
  if (code === 40573) return liveUnavailable('standalone', error);
  if (code === UNAUTHORIZED) return liveUnavailable('rights', error);
  if (UNSUPPORTED.has(code)) return liveUnavailable('unsupported', error);
  // Whatever else the server ends a stream with (43, a step-down): it is opened again.
  return unavailable('The change stream broke off.', error);
}
