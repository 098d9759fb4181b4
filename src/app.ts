import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { createAccess, isLoopback, refuseOpenDoor } from './access.js';
import { createAdmission } from './admission.js';
import type { Config } from './config.js';
import { createContexts } from './contexts.js';
import { createConversation } from './conversation.js';
import type { Hooks } from './domain/access/hook-types.js';
import { requireScope } from './domain/access/scopes.js';
import { after } from './domain/later.js';
import { readStatus, type ServerStatus, together } from './domain/live/server-status.js';
import { pause } from './domain/pause.js';
import { createReadLine } from './domain/read-line.js';
import { createRoom } from './domain/room.js';
import { createSessionService } from './domain/sessions/session-service.js';
import { createSnapshotService } from './domain/sessions/snapshot-service.js';
import { watchWrites } from './domain/sessions/write-health.js';
import { tlsFiles, trustedDocuments } from './given-files.js';
import { createCursorCodec } from './graphql/cursor.js';
import { createMask, type Mask } from './graphql/errors.js';
import { createPlans, type Plans } from './graphql/plan/plans.js';
import { createPreparer } from './graphql/prepare-operation.js';
import { createSchema } from './graphql/schema.js';
import { createApolloServer } from './graphql/server.js';
import { createSubscriptionGroups } from './graphql/subscription-groups.js';
import type { Trust } from './graphql/trusted-documents.js';
import { createListener, listen, urlOf } from './listen.js';
import { loadHooks } from './load-hooks.js';
import { createMetrics } from './observe/metrics.js';
import { observedStore } from './observe/observed-store.js';
import { observerOf } from './observe/operation-observer.js';
import { createTracing } from './observe/tracing.js';
import { startRetention } from './operate/retention.js';
import { loadRetentionRules, type RetentionRule } from './operate/retention-rules.js';
import { loadWebhooks, type Webhooks } from './operate/webhooks/endpoints.js';
import { randomBytes } from './random-bytes.js';
import {
  arrivingLimits,
  DRAIN_MS,
  HELD_MEMORY,
  MAX_CONNECTIONS,
  MAX_OPERATIONS_PER_SOCKET,
  OBJECT_LIMITS,
  READ_LIMITS,
  SOCKET_LIMITS,
  WAITING_LIMITS,
} from './server-limits.js';
import { storeOptions } from './store-options.js';
import { type OpenedStore, openStore } from './stores/open-store.js';
import { createConnections } from './transport/connections.js';
import { readConsoleFiles } from './transport/console-files.js';
import { createHeldMemory } from './transport/held-memory.js';
import { createHttpHandler } from './transport/http.js';
import { createMetricsListener, METRICS_PATH, type MetricsText } from './transport/http-metrics.js';
import { createEventStreams } from './transport/http-streams.js';
import { createHttpTurns } from './transport/http-turns.js';
import { createBodyRoom, createLargeBodies } from './transport/large-bodies.js';
import { createLiveCallers } from './transport/live-callers.js';
import { refuseAccess } from './transport/origin.js';
import { createWaitingBytes } from './transport/waiting-bytes.js';
import { serveWebSocket } from './transport/ws.js';
import { packageVersion } from './version.js';
import { sendWebhooks } from './webhooks.js';

/** Where it listens. */
export interface Addresses {
  /** Of the API. */
  url: string;
  /** Of the console, for a browser; null: there is none. */
  console: string | null;
}

/** A whole server: built once, started once, stopped once. */
export interface App {
  /** Listens. Rejects with the listen error of node, such as EADDRINUSE. */
  start(): Promise<Addresses>;
  /** Stops intake, closes sockets with 1012, answers what is under way, then closes feed and store. Safe to call twice. */
  stop(): Promise<void>;
  /** The database, in words for a log line, without a secret. */
  readonly store: string;
}

const GRAPHQL_PATH = '/graphql';
interface AppOptions {
  log: Logger;
  /** How operations that came before are executed; absent: by their plans. */
  plans?: (schema: GraphQLSchema, mask: Mask, config: Config) => Plans;
}

/** Opens the database and builds the server. Rejects with STORE_UNAVAILABLE and what to do about it. */
export async function createApp(config: Config, { log, plans = createPlans }: AppOptions): Promise<App> {
  // Before the database is opened: what is wrong with them is the caller's to mend.
  const hooks = config.hooks === null ? null : await loadHooks(config.hooks);
  const trust = config.operations === null ? null : await trustedDocuments(config.operations);
  const rules = config.retentionRules === null ? null : await loadRetentionRules(config.retentionRules);
  const webhooks =
    config.webhooks === null
      ? null
      : await loadWebhooks(config.webhooks, config.webhookAllowPrivate, process.env);
  const opened = await openStore({ ...storeOptions(config), metadataIndexes: config.metadataIndexes, log });
  try {
    return await composeApp(config, { opened, hooks, trust, rules, webhooks, plans, log });
  } catch (error) {
    await opened.close();
    throw error;
  }
}

interface Parts {
  opened: OpenedStore;
  hooks: Hooks | null;
  trust: Trust | null;
  rules: readonly RetentionRule[] | null;
  webhooks: Webhooks | null;
  plans: NonNullable<AppOptions['plans']>;
  log: Logger;
}

async function composeApp(config: Config, parts: Parts): Promise<App> {
  const { opened, hooks, trust, rules, webhooks, log } = parts;
  const tracing = createTracing(opened.engine, packageVersion());
  const metrics = createMetrics({ version: packageVersion(), status, connections: opened.connections });
  const observe = { metrics, tracing };
  const { store, writes } = watchWrites(observedStore(opened.sessions, observe), {
    now: () => performance.now(),
    pause,
    onChange: (reason) =>
      reason === null ? log.info('writes work again') : log.warn(`writes fail: ${reason}`),
  });
  const cursors = createCursorCodec(await opened.secrets.secret('cursors'));
  const now = () => new Date();
  const service = createSessionService({ store, now, randomBytes, newId: randomUUID });
  const { hub, replies, follow } = createConversation({ opened, store, service, cursors, observe, now, log });
  const access = await createAccess(config, opened, { now, log });
  const loopback = isLoopback(config.host);
  const { authenticator } = access;
  await refuseOpenDoor(config, loopback, authenticator);
  const { admit, count, turn, credentialOf, refused, refusedRequest, cutOff } = createAdmission(
    access,
    metrics,
  );
  const makeContext = createContexts({
    service,
    replies: replies.service,
    snapshots: createSnapshotService({ snapshots: opened.snapshots, sessions: service, now }),
    hooks,
    follow,
    reads: createReadLine({ ...READ_LIMITS, perOperation: config.maxReadBytes }),
    objects: createRoom(OBJECT_LIMITS.together, OBJECT_LIMITS.many),
    access,
    admit,
    audit: opened.audit,
    webhooks: opened.webhooks,
    status,
    now,
    log,
  });
  const { authenticate } = authenticator;

  const schema = createSchema();
  const mask = createMask(log);
  const observer = observerOf({ metrics, tracing });
  const plans = parts.plans(schema, mask, config);
  const apollo = createApolloServer(schema, mask, config, observer('http'), plans);
  await apollo.start();
  const origins = {
    loopback,
    allowedHosts: config.allowedHosts,
    allowedOrigins: config.allowedOrigins,
    allowedHeaders: config.allowedHeaders,
  };
  const callers = createLiveCallers({ log, memory: createHeldMemory(HELD_MEMORY) });
  const waiting = createWaitingBytes(WAITING_LIMITS);
  const bodies = {
    large: createLargeBodies(),
    room: createBodyRoom(),
    arriving: createWaitingBytes(arrivingLimits(config.maxBodyBytes)),
  };
  const live = {
    schema,
    prepare: createPreparer(schema, config),
    makeContext,
    groups: createSubscriptionGroups(),
    plans,
    mask,
    callers,
    limits: SOCKET_LIMITS,
    waiting,
    cutOff,
  };
  const turns = createHttpTurns();
  const connections = createConnections(MAX_CONNECTIONS, cutOff);
  const streams = createEventStreams({ ...live, observer: observer('event-stream') });
  const consoleFiles = config.console ? await readConsoleFiles() : null;
  if (config.console && consoleFiles === null) log.warn('the console was not built: there is none');
  const tls = await tlsFiles(config);
  const server = createListener(
    tls,
    config.keepAliveTimeout,
    createHttpHandler({
      turns,
      apollo,
      plans,
      admit: (req) =>
        after(credentialOf(req), (credential) =>
          after(count(credential.caller, req.socket.remoteAddress ?? ''), () => credential),
        ),
      turn,
      makeContext,
      streams,
      bodies,
      connections,
      answers: { waiting, stalledAfterMs: SOCKET_LIMITS.stalledAfterMs, cutOff },
      trust,
      path: GRAPHQL_PATH,
      maxBodyBytes: config.maxBodyBytes,
      access: origins,
      health: () => ({ status: 'ok' }),
      async readiness(req) {
        const whole = await status();
        // Probes carry no credential: they learn whether, and not why.
        const known = req.headers.authorization !== undefined || !(await authenticator.required());
        if (!known) return { ready: whole.ready };
        const { caller } = await credentialOf(req);
        return caller.policy.scopes.has('admin') ? whole : { ready: whole.ready };
      },
      console: consoleFiles,
      metrics: config.metricsPort === null ? showMetrics : null,
      refused: refusedRequest,
      observer: observer('http'),
      log,
    }),
  );
  connections.watch(server);
  const metricsServer =
    config.metricsPort === null
      ? null
      : createMetricsListener({
          show: metrics.show,
          access: { ...origins, loopback: isLoopback(config.metricsHost) },
          refused: refusedRequest,
          log,
        });
  const sockets = serveWebSocket({
    ...live,
    bodies,
    connections,
    observer: observer('websocket'),
    server,
    path: GRAPHQL_PATH,
    authenticate,
    count,
    turn,
    refused,
    turnedAway: metrics.refusal,
    trust,
    pingMessageEveryMs: config.pingInterval * 1_000,
    refuse: (request) => refuseAccess(request.headers, origins),
    maxPayloadBytes: config.maxBodyBytes,
    maxOperations: MAX_OPERATIONS_PER_SOCKET,
    log,
  });

  /** Whoever may ask, and as often as it likes: those who ask at once share what is asked of the database. */
  let asking: Promise<ServerStatus> | null = null;
  function status(): Promise<ServerStatus> {
    asking ??= readStatus({
      version: packageVersion(),
      engine: opened.engine,
      store,
      writes,
      nearlyFull: opened.nearlyFull,
      hub,
      sockets: () => together(sockets.status(), streams.status()),
      stopping: () => stopping !== null,
    }).finally(() => {
      asking = null;
    });
    return asking;
  }

  async function showMetrics(req: IncomingMessage): Promise<MetricsText> {
    if (await authenticator.required()) {
      const { caller } = await credentialOf(req);
      requireScope(caller.policy, 'admin');
    }
    return metrics.show(req.headers.accept);
  }

  let retention: ReturnType<typeof startRetention> | null = null;
  let sending: { stop(): Promise<void> } | null = null;
  let stopping: Promise<void> | null = null;
  async function stop(): Promise<void> {
    const drained = new Promise((resolve) => server.close(resolve));
    const sent = sending?.stop();
    metricsServer?.close();
    metricsServer?.closeAllConnections();
    turns.endConnections();
    server.closeIdleConnections();
    streams.close();
    await sockets.close();
    const timer = setTimeout(() => {
      log.warn(`requests that were still under way ${DRAIN_MS / 1_000} s after the stop are cut off`);
      server.closeAllConnections();
    }, DRAIN_MS);
    await drained;
    clearTimeout(timer);
    callers.close();
    await apollo.stop();
    await Promise.all([retention?.stop(), sent]);
    await replies.stop();
    await hub.close();
    await access.auditor.close();
    await opened.close();
  }

  return {
    store: opened.describe,
    async start() {
      await hub.start();
      replies.start();
      retention =
        rules &&
        startRetention({
          store,
          rules,
          leases: opened.leases,
          holder: randomUUID(),
          record: (entry) => access.auditor.record(entry),
          now,
          pause,
          log,
        });
      sending =
        webhooks &&
        (await sendWebhooks(webhooks, {
          opened,
          service,
          hooks,
          follow,
          schema,
          makeContext,
          metrics,
          now,
          log,
        }));
      await listen(server, config.port, config.host);
      if (metricsServer && config.metricsPort !== null) {
        await listen(metricsServer, config.metricsPort, config.metricsHost);
        log.info(
          { url: urlOf(metricsServer, 'http', METRICS_PATH) },
          'the metrics have an address of their own',
        );
      }
      const scheme = config.tlsCert === null ? 'http' : 'https';
      return {
        url: urlOf(server, scheme, GRAPHQL_PATH),
        console: consoleFiles && urlOf(server, scheme, '/'),
      };
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
