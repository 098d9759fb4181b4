import type { Document, MongoClient } from 'mongodb';
import { ParleyError } from '../../domain/errors.js';
import { type Finding, failing, skipped, sound, warning, whatAndTodo } from '../../domain/finding.js';
import type { Examination, ExamineOptions, MongoOptions } from '../opened-store.js';
import { createFeedPool, createPool } from './driver/client.js';
import { type Sessions, sessionsOf } from './driver/collection.js';
import { toParleyError } from './driver/errors.js';
import { helloOf, probeServer, type ServerMode } from './driver/probe.js';
import { codeOf, UNAUTHORIZED } from './driver/server-codes.js';
import { FEED_LIMITS } from './feed/feed-stream.js';
import {
  type ForeignIndex,
  foreignIndexes,
  indexesOf,
  missingIndexes,
  type WantedIndexes,
} from './indexes.js';

const LIMIT_MS = 5_000;
/** A subscriber that was away for less resumes; an oplog that is not full yet may be younger. */
const OPLOG_WISHED_MS = 24 * 60 * 60 * 1000;
const OPLOG_FULL = 0.9;
const CLOCK_SLACK_MS = 2_000;
const FREE_AT_LEAST = 0.02;
const FREE_WISHED = 0.1;
/** The smallest pool that a busy server was seen to live with. */
const POOL_WISHED = 10;
const CHECK = 'Check MONGODB_URI.';

type Target = Extract<MongoOptions, { uri: string }>;

/** Looks at the server and the collection without a write. What the user may not look at is skipped, and said to be. */
export async function examineMongo(
  options: Target,
  { metadataIndexes }: ExamineOptions,
): Promise<Examination> {
  const { database, collection } = options;
  let clients: [MongoClient, MongoClient];
  try {
    clients = [createPool(options.uri), createFeedPool(options.uri)];
  } catch {
    const todo = 'Correct the options after the ? of MONGODB_URI.';
    return {
      findings: [failing('server', 'MONGODB_URI has an option that cannot be used', todo)],
      usable: false,
    };
  }
  const [client, feedClient] = clients;
  try {
    const mode = await probeServer(client, { client: feedClient, database, collection, limits: FEED_LIMITS });
    const sessions = sessionsOf(client, database, collection);
    const refused = await refusal(client, sessions, options);
    if (refused) return { findings: [server(mode, options), refused], usable: false };
    const findings = [
      server(mode, options),
      feed(mode),
      await skippable('oplog', () => oplog(client, mode)),
      await skippable('clock', () => clock(client)),
      await skippable('pool', () => pool(client)),
      await skippable('space', () => space(client, database)),
      await skippable('indexes', () =>
        indexes(sessions, indexesOf([client, database, collection], metadataIndexes), options.indexes),
      ),
    ];
    return { findings, usable: true };
  } catch (error) {
    const found = toParleyError(error);
    const message = found instanceof ParleyError ? found.message : 'MongoDB failed.';
    return { findings: [failing('server', ...whatAndTodo(message, CHECK))], usable: false };
  } finally {
    await Promise.allSettled([client.close(), feedClient.close()]);
  }
}

const server = ({ version, topology }: ServerMode, { database, collection }: Target): Finding =>
  sound('server', `MongoDB ${version}, ${topology}, ${database}.${collection}`);

/** Without a right to read nothing else works; null where there is one. A server answers greetings also to nobody. */
async function refusal(
  { options }: MongoClient,
  sessions: Sessions,
  { database, collection }: Target,
): Promise<Finding | null> {
  try {
    await sessions.findOne({}, { projection: { _id: 1 }, maxTimeMS: LIMIT_MS });
    return null;
  } catch (error) {
    if (codeOf(error) !== UNAUTHORIZED) return null;
  }
  if (!options.credentials) {
    const todo = 'Put a user and its password into MONGODB_URI: mongodb://<user>:<password>@<host>/?….';
    return failing('rights', 'MongoDB asks for a user, and MONGODB_URI names none', todo);
  }
  return failing(
    'rights',
    `the user of MONGODB_URI may not read ${database}.${collection}`,
    `Grant it the built-in role readWrite: db.grantRolesToUser("<user>", [{role: "readWrite", db: ${JSON.stringify(database)}}]).`,
  );
}

/** Reads and writes work without one, as `/ready` has it. */
const feed = ({ liveObstacle }: ServerMode): Finding =>
  liveObstacle === null
    ? sound('change stream', 'it opens: subscriptions work')
    : warning('change stream', ...whatAndTodo(liveObstacle, CHECK));

async function oplog(client: MongoClient, { topology }: ServerMode): Promise<Finding> {
  if (topology !== 'replica set') return skipped('oplog', `a ${topology} does not show one`);
  const local = client.db('local').collection('oplog.rs');
  const edge = async (direction: 1 | -1) => {
    const options = { projection: { ts: 1 }, maxTimeMS: LIMIT_MS };
    const found = await local.find({}, options).sort({ $natural: direction }).limit(1).next();
    return found?.ts?.getHighBitsUnsigned() * 1_000;
  };
  const [first, last] = [await edge(1), await edge(-1)];
  const { size, maxSize } = await client.db('local').command({ collStats: 'oplog.rs', maxTimeMS: LIMIT_MS });
  const window = last - first;
  if (!(window >= 0) || !(maxSize > 0)) return skipped('oplog', 'the server tells nothing of it');
  const found = `it reaches back ${hours(window)} h, and ${Math.round((size / maxSize) * 100)} % of it is used`;
  if (window >= OPLOG_WISHED_MS || size < OPLOG_FULL * maxSize) return sound('oplog', found);
  return warning(
    'oplog',
    `${found}: a subscriber that was away for longer cannot resume`,
    'Make it larger: db.adminCommand({replSetResizeOplog: 1, size: <MB>}).',
  );
}

/** The round trip is counted half each way. */
async function clock(client: MongoClient): Promise<Finding> {
  const from = Date.now();
  const { localTime } = await helloOf(client);
  const to = Date.now();
  if (!(localTime instanceof Date)) return skipped('clock', 'the server tells no time');
  const offset = localTime.getTime() - (from + to) / 2;
  const found = `the server's clock is ${Math.abs(Math.round(offset))} ms ${offset < 0 ? 'behind' : 'ahead of'} the one here`;
  if (Math.abs(offset) <= CLOCK_SLACK_MS + (to - from) / 2) return sound('clock', found);
  return warning('clock', found, 'Let both follow the same time (NTP): dates of messages come from here.');
}

async function pool(client: MongoClient): Promise<Finding> {
  const { maxPoolSize } = client.options;
  const size = `up to ${maxPoolSize === 0 ? 'any number of' : maxPoolSize} connections`;
  if (maxPoolSize > 0 && maxPoolSize < POOL_WISHED) {
    return warning(
      'pool',
      size,
      `Let maxPoolSize in MONGODB_URI be ${POOL_WISHED} or more: requests wait for each other.`,
    );
  }
  const { connections } = await client
    .db('admin')
    .command({ serverStatus: 1, maxTimeMS: LIMIT_MS })
    .catch((): Document => ({}));
  const available = connections?.available;
  if (typeof available !== 'number' || available >= maxPoolSize) {
    return sound('pool', typeof available === 'number' ? `${size}; the server has ${available} left` : size);
  }
  return warning(
    'pool',
    `${size}, and the server has ${available} left`,
    'Raise its limit (net.maxIncomingConnections, ulimit -n), or let maxPoolSize in MONGODB_URI be smaller.',
  );
}

async function space(client: MongoClient, database: string): Promise<Finding> {
  const { fsUsedSize, fsTotalSize } = await client.db(database).command({ dbStats: 1, maxTimeMS: LIMIT_MS });
  if (!(fsTotalSize > 0)) return skipped('space', 'the server tells nothing of its disk');
  const free = 1 - fsUsedSize / fsTotalSize;
  const found = `${Math.round(free * 100)} % of the server's disk are free`;
  const todo = 'Make room there: writes stop when the disk is full.';
  if (free < FREE_AT_LEAST) return failing('space', found, todo);
  return free < FREE_WISHED ? warning('space', found, todo) : sound('space', found);
}

async function indexes(
  sessions: Sessions,
  all: readonly WantedIndexes[],
  mode: Target['indexes'],
): Promise<Finding> {
  const [foreign] = await foreignIndexes(sessions);
  if (foreign) return atOdds(sessions, foreign);
  const isEmpty = (await sessions.findOne({}, { projection: { _id: 1 }, maxTimeMS: LIMIT_MS })) === null;
  if (isEmpty) return sound('indexes', 'the collection is empty');
  const missing = (
    await Promise.all(all.map(({ collection, wanted }) => missingIndexes(collection, wanted)))
  ).flat();
  if (missing.length === 0) return sound('indexes', 'every index is there');
  const texts = missing.map((keys) => JSON.stringify(keys)).join(', ');
  return warning(
    'indexes',
    `missing: ${texts}; what needs them scans the collection`,
    mode === 'create'
      ? 'Start the server, which makes them; where it runs already, its log says why they are not there.'
      : 'Start the server with INDEXES=create, or make them with createIndex.',
  );
}

function atOdds({ collectionName }: Sessions, { name, fields, seconds }: ForeignIndex): Finding {
  const drop = `db.${collectionName}.dropIndex(${JSON.stringify(name)})`;
  if (seconds !== null) {
    return warning(
      'indexes',
      `MongoDB deletes each session ${seconds} s after its ${fields}, by the index ${name}`,
      `Where that is not meant, drop it: ${drop}. RETENTION_RULES deletes what belongs to a session too, and keeps a line of it in the audit.`,
    );
  }
  return failing(
    'indexes',
    `the unique index ${name} of another program refuses new sessions`,
    `Drop it: ${drop}. Or use another collection, MONGODB_COLLECTION.`,
  );
}

/** Monitoring needs rights (clusterMonitor) that a server lives without. */
async function skippable(check: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch {
    return skipped(check, 'the server does not tell it to this user (with the role clusterMonitor it would)');
  }
}

const hours = (ms: number) => Math.round(ms / 360_000) / 10;
