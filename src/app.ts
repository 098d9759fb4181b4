import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import type { Logger } from 'pino';
import type { Config } from './config.js';
import { createChangeHub } from './domain/change-hub.js';
import { createSlowReader, type FollowDeps } from './domain/follow.js';
import { createLiveLoads } from './domain/live-loads.js';
import { pause } from './domain/pause.js';
import { createSessionService } from './domain/session-service.js';
import type { RequestContext } from './graphql/context.js';
import { createCursorCodec } from './graphql/cursor.js';
import { createMask } from './graphql/errors.js';
import { createLoaders } from './graphql/loaders.js';
import { createPreparer } from './graphql/prepare-operation.js';
import { createSchema } from './graphql/schema.js';
import { createApolloServer } from './graphql/server.js';
import { createSubscriptionGroups } from './graphql/subscription-groups.js';
import { openStore } from './stores/open-store.js';
import { createHttpHandler, onClientError } from './transport/http.js';
import { refuseAccess } from './transport/origin.js';
import { serveWebSocket } from './transport/ws.js';

/** A whole server: built once, started once, stopped once. */
export interface App {
  /** Listens. Rejects with the listen error of node, such as EADDRINUSE. */
  start(): Promise<{ url: string }>;
  /** Stops intake, closes sockets with 1012, answers what is under way, then closes feed and store. Safe to call twice. */
  stop(): Promise<void>;
  /** The database, in words for a log line, without a secret. */
  readonly store: string;
}

const GRAPHQL_PATH = '/graphql';
/** Changes a follower may leave untaken, and changes kept in memory for those who reconnect: identities alone. */
const QUEUE_LIMIT = 1_000;
const RING_SIZE = 10_000;
const MAX_OPERATIONS_PER_SOCKET = 200;
const SOCKET_LIMITS = {
  pingEveryMs: 12_000,
  stalledAfterMs: 10_000,
  pauseAboveBytes: 1024 * 1024,
  maxWaitingBytes: 16 * 1024 * 1024,
  maxWaitingFrames: QUEUE_LIMIT,
};
const HTTP_LIMITS = {
  /** How long a client may take to send its request, and to send anything at all. */
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  /** How often it is looked for those that took longer. */
  connectionsCheckingInterval: 5_000,
};
/** How long nothing may move on a connection: a client that takes nothing of its answer does not hold it for ever. */
const HTTP_IDLE_MS = 60_000;
/** How long requests under way may take at a stop. */
const DRAIN_MS = 5_000;

/** Opens the database and builds the server. Rejects with STORE_UNAVAILABLE and what to do about it. */
export async function createApp(config: Config, { log }: { log: Logger }): Promise<App> {
  const opened = await openStore({ ...storeOptions(config), metadataIndexes: config.metadataIndexes, log });
  const store = opened.sessions;
  const cursors = createCursorCodec(await opened.secrets.secret('cursors'));
  const now = () => new Date();
  const service = createSessionService({ store, now, randomBytes, newId: randomUUID });
  const hub = createChangeHub({
    store,
    pause,
    now,
    random: Math.random,
    onFailure: (error) => log.warn({ err: error }, 'the change feed was interrupted'),
    queueLimit: QUEUE_LIMIT,
    ringSize: RING_SIZE,
  });
  const follow: FollowDeps = {
    store,
    hub,
    loads: createLiveLoads(store),
    pause,
    random: Math.random,
    cursors,
  };
  const noReader = createSlowReader();
  const makeContext = (): RequestContext => ({
    service,
    loaders: createLoaders(service),
    cursors,
    follow,
    reader: noReader,
    handOver: null,
    log,
  });

  const schema = createSchema();
  const mask = createMask(log);
  const apollo = createApolloServer(schema, mask);
  await apollo.start();
  const access = {
    loopback: isLoopback(config.host),
    allowedHosts: config.allowedHosts,
    allowedOrigins: config.allowedOrigins,
  };
  const server = createServer(
    HTTP_LIMITS,
    createHttpHandler({
      apollo,
      makeContext,
      path: GRAPHQL_PATH,
      maxBodyBytes: config.maxBodyBytes,
      access,
      health: () => ({ status: 'ok' }),
      readiness: () => readiness(),
      log,
    }),
  );
  server.timeout = HTTP_IDLE_MS;
  server.on('clientError', onClientError);
  const sockets = serveWebSocket({
    server,
    path: GRAPHQL_PATH,
    schema,
    prepare: createPreparer(schema),
    makeContext,
    groups: createSubscriptionGroups(),
    mask,
    refuse: (request) => refuseAccess(request.headers, access),
    maxPayloadBytes: config.maxBodyBytes,
    maxOperations: MAX_OPERATIONS_PER_SOCKET,
    limits: SOCKET_LIMITS,
    log,
  });

  async function readiness() {
    const { state, reason, followers, lastChangeAt } = hub.status();
    const storeFailure = await store.ping().then(
      () => null,
      (error: Error) => error.message,
    );
    return {
      ready: storeFailure === null && state === 'live' && !stopping,
      store: { engine: opened.engine, ok: storeFailure === null, reason: storeFailure },
      feed: { state, reason, followers, lastChangeAt },
    };
  }

  let stopping: Promise<void> | null = null;
  async function stop(): Promise<void> {
    const drained = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await sockets.close();
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    await drained;
    clearTimeout(timer);
    await apollo.stop();
    await hub.close();
    await opened.close();
  }

  return {
    store: opened.describe,
    async start() {
      await hub.start();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(config.port, config.host, () => {
          server.off('error', reject);
          resolve();
        });
      });
      const { address, port, family } = server.address() as AddressInfo;
      return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}${GRAPHQL_PATH}` };
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

function storeOptions(config: Config) {
  return config.mongodbUri === null
    ? { sqlite: { path: config.sqlitePath, synchronous: config.sqliteSynchronous } }
    : {
        mongodb: {
          uri: config.mongodbUri,
          database: config.mongodbDatabase,
          collection: config.mongodbCollection,
          indexes: config.indexes,
        },
      };
}

function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, '').toLowerCase();
  return plain === 'localhost' || plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}
