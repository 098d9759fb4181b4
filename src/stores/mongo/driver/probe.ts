import { type Document, type MongoClient, MongoServerSelectionError } from 'mongodb';
import type { Logger } from 'pino';
import { ParleyError } from '../../../domain/errors.js';
import { SESSION_EVENT } from '../feed/event-bytes.js';
import { type FeedTarget, openFeedStream, readOperationTime } from '../feed/feed-stream.js';
import { unavailable } from './errors.js';
import { retrying } from './retry.js';
import { codeOf, WRONG_PASSWORD } from './server-codes.js';

/** What the server can do, found out once at the start. */
export interface ServerMode {
  version: string;
  topology: 'standalone' | 'replica set' | 'sharded cluster';
  /** Null where live changes work; else why they do not, with what to do. */
  liveObstacle: string | null;
  /** Without them a write whose answer is lost is repeated by Parley alone, under its guards. */
  retryableWrites: boolean;
}

const PROBE_LIMIT_MS = 5_000;

/** Connects, and asks rather than assumes. STORE_UNAVAILABLE says what to do where nothing works. */
export async function probeServer(client: MongoClient, feed: FeedTarget): Promise<ServerMode> {
  const hello = await connect(client);
  await checkLanguage(client, feed);
  const version = await versionOf(client);
  const isMongos = hello.msg === 'isdbgrid';
  const topology = isMongos ? 'sharded cluster' : hello.setName ? 'replica set' : 'standalone';
  return {
    version,
    topology,
    liveObstacle: await probeLive(feed),
    retryableWrites: topology !== 'standalone' && typeof hello.logicalSessionTimeoutMinutes === 'number',
  };
}

export function logMode(mode: ServerMode, log: Logger): void {
  const { liveObstacle, ...rest } = mode;
  log.info({ ...rest, live: liveObstacle === null }, 'Connected to MongoDB');
  if (liveObstacle !== null) log.warn(liveObstacle);
  if (!mode.retryableWrites && mode.topology !== 'standalone') {
    log.warn('MongoDB offers no retryable writes; if writes fail, add retryWrites=false to MONGODB_URI');
  }
}

async function connect(client: MongoClient): Promise<Document> {
  try {
    return await retrying(async () => {
      await client.connect();
      return helloOf(client);
    });
  } catch (error) {
    if (isUninitiated(error)) {
      throw unavailable(
        'The MongoDB replica set was never initiated, or has no primary. Run rs.initiate() once in mongosh.',
        error,
      );
    }
    if (codeOf(error) === WRONG_PASSWORD) {
      throw unavailable('MongoDB refuses the user or the password in MONGODB_URI.', error);
    }
    throw unavailable(
      'MongoDB cannot be reached. Check that it runs and that MONGODB_URI names it, with its replicaSet.',
      error,
    );
  }
}

/** What reads and writes need of the language of aggregations, and not every server has that speaks MongoDB's protocol. */
const NEEDED = { $project: { bytes: { $bsonSize: '$$ROOT' }, now: '$$NOW', none: '$$REMOVE' } };
/** Unknown operator, unknown variable, and what such servers answer to either. */
const LACKING: ReadonlySet<number> = new Set([115, 168, 238, 303, 304, 17276, 31325]);

/** STORE_UNAVAILABLE where nothing could be read; what else fails here is told by the first read. */
async function checkLanguage(client: MongoClient, { database, collection }: FeedTarget): Promise<void> {
  const options = { maxTimeMS: PROBE_LIMIT_MS, readPreference: 'primary' } as const;
  const sessions = client.db(database).collection(collection);
  try {
    await retrying(() => sessions.aggregate([{ $limit: 1 }, NEEDED], options).toArray());
  } catch (error) {
    if (!LACKING.has(codeOf(error) ?? 0)) return;
    throw unavailable(
      'This server speaks the MongoDB protocol but lacks operators that Parley needs ($bsonSize, $$NOW, $$REMOVE). Use MongoDB 4.4 or later; Amazon DocumentDB has $bsonSize from 8.0.1 on.',
      error,
    );
  }
}

/** 4.4.1 and older answer only to the old name. */
export async function helloOf(client: MongoClient): Promise<Document> {
  const admin = client.db('admin');
  try {
    return await admin.command({ hello: 1, maxTimeMS: PROBE_LIMIT_MS });
  } catch (error) {
    if (codeOf(error) !== 59) throw error;
    return admin.command({ isMaster: 1, maxTimeMS: PROBE_LIMIT_MS });
  }
}

async function versionOf(client: MongoClient): Promise<string> {
  try {
    const { version } = await client.db('admin').command({ buildInfo: 1, maxTimeMS: PROBE_LIMIT_MS });
    return typeof version === 'string' ? version : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** By opening a stream: rights and support show in no other way. */
async function probeLive(feed: FeedTarget): Promise<string | null> {
  const { signal } = new AbortController();
  try {
    const stream = await openFeedStream(
      feed,
      await readOperationTime(feed, signal),
      { shape: SESSION_EVENT },
      signal,
    );
    await stream.close();
    return null;
  } catch (error) {
    if (error instanceof ParleyError) return error.message;
    return 'The change stream could not be opened; the feed goes on trying.';
  }
}

/** A member without a configuration shows as a ghost. */
function isUninitiated(error: unknown): boolean {
  if (!(error instanceof MongoServerSelectionError)) return false;
  const servers = [...(error.reason?.servers.values() ?? [])];
  return servers.length > 0 && servers.every(({ type }) => type === 'RSGhost');
}
