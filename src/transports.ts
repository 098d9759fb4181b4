import type { IncomingMessage } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { type Access, isLoopback } from './access.js';
import type { Admission } from './admission.js';
import type { Config } from './config.js';
import { requireScope } from './domain/access/scopes.js';
import { after } from './domain/async/later.js';
import { type ServerStatus, type SocketStatus, together } from './domain/live/server-status.js';
import { tlsFiles } from './given-files.js';
import type { Trust } from './graphql/checks/trusted-documents.js';
import type { MakeContext, RequestContext } from './graphql/context.js';
import type { Mask } from './graphql/errors.js';
import type { Plans } from './graphql/plan/plans.js';
import { createPreparer } from './graphql/prepare-operation.js';
import { createSubscriptionGroups } from './graphql/subscriptions/subscription-groups.js';
import { createListener, listen, urlOf } from './listen.js';
import type { Metrics } from './observe/metrics.js';
import type { observerOf } from './observe/operation-observer.js';
import {
  arrivingLimits,
  DRAIN_MS,
  HELD_MEMORY,
  MAX_CONNECTIONS,
  MAX_OPERATIONS_PER_SOCKET,
  SOCKET_LIMITS,
  WAITING_LIMITS,
} from './server-limits.js';
import { createConnections } from './transport/bounds/connections.js';
import { createHeldMemory } from './transport/bounds/held-memory.js';
import { createBodyRoom, createLargeBodies } from './transport/bounds/large-bodies.js';
import { createLiveCallers } from './transport/bounds/live-callers.js';
import { createReadsInTurn } from './transport/bounds/reads-in-turn.js';
import { createWaitingBytes } from './transport/bounds/waiting-bytes.js';
import { readConsoleFiles } from './transport/console-files.js';
import { createHttpHandler } from './transport/http.js';
import { createArrivals } from './transport/http-arrivals.js';
import { createMetricsListener, METRICS_PATH, type MetricsText } from './transport/http-metrics.js';
import { stopServer } from './transport/http-stop.js';
import { createEventStreams } from './transport/http-streams.js';
import { createHttpTurns } from './transport/http-turns.js';
import { refuseAccess } from './transport/origin.js';
import { serveWebSocket } from './transport/ws.js';

/** Where it listens. */
export interface Addresses {
  /** Of the API. */
  url: string;
  /** Of the console, for a browser; null: there is none. */
  console: string | null;
}

/** What stands between the network and GraphQL: HTTP, server-sent events and WebSocket, the console and the metrics. */
export interface Transports {
  /** Rejects with a ListenError. */
  listen(): Promise<Addresses>;
  status(): SocketStatus;
  /** Stops intake, closes sockets with 1012, and resolves when what was under way is answered. */
  close(): Promise<void>;
}

export interface TransportsParts {
  schema: GraphQLSchema;
  mask: Mask;
  plans: Plans;
  /** Started. */
  apollo: ApolloServer<RequestContext>;
  makeContext: MakeContext;
  observer: ReturnType<typeof observerOf>;
  access: Access;
  admission: Admission;
  trust: Trust | null;
  metrics: Metrics;
  status(): Promise<ServerStatus>;
  log: Logger;
}

const GRAPHQL_PATH = '/graphql';

/** Listens once it is told to. Rejects where the certificate cannot be read. */
export async function createTransports(config: Config, parts: TransportsParts): Promise<Transports> {
  const { schema, mask, plans, apollo, makeContext, observer, access, trust, metrics, status, log } = parts;
  const { count, turn, hasOthers, credentialOf, refused, refusedRequest, cutOff } = parts.admission;
  const { authenticate, required } = access.authenticator;
  const origins = {
    loopback: isLoopback(config.host),
    allowedHosts: config.allowedHosts,
    allowedOrigins: config.allowedOrigins,
    allowedHeaders: config.allowedHeaders,
  };
  const callers = createLiveCallers({ log, memory: createHeldMemory(HELD_MEMORY) });
  const waiting = createWaitingBytes(WAITING_LIMITS);
  const bodies = {
    large: createLargeBodies({ hasOthers }),
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
  const arrivals = createArrivals({
    turn,
    ownerOf: connections.ownerOf,
    isFull: turns.isFull,
    arriving: bodies.arriving,
    cutOff,
  });
  const handle = createHttpHandler({
    turns,
    apollo,
    plans,
    admit: (req) =>
      after(credentialOf(req), (credential) =>
        after(count(credential.caller, req.socket.remoteAddress ?? ''), () => credential),
      ),
    now: () => performance.now(),
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
      const known = req.headers.authorization !== undefined || !(await required());
      if (!known) return { ready: whole.ready };
      const { caller } = await credentialOf(req);
      return caller.policy.scopes.has('admin') ? whole : { ready: whole.ready };
    },
    console: consoleFiles,
    metrics: config.metricsPort === null ? showMetrics : null,
    refused: refusedRequest,
    observer: observer('http'),
    log,
  });
  const server = createListener(await tlsFiles(config), config.keepAliveTimeout, (req, res) => {
    arrivals.begun(req);
    handle(req, res);
  });
  connections.watch(server);
  const connected = config.tlsCert === null ? 'connection' : 'secureConnection';
  const reads = createReadsInTurn({ ownerOf: (socket) => connections.ownerOf(socket).share });
  reads.watch(server, connected);
  arrivals.watch(server, connected);
  server.prependListener('upgrade', ({ socket }: IncomingMessage) => arrivals.leave(socket));
  const metricsServer =
    config.metricsPort === null
      ? null
      : createMetricsListener({
          show: metrics.show,
          access: { ...origins, loopback: isLoopback(config.metricsHost) },
          refused: refusedRequest,
          log,
        });
  if (metricsServer) reads.watch(metricsServer, 'connection');
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
    drainMs: DRAIN_MS,
    log,
  });

  async function showMetrics(req: IncomingMessage): Promise<MetricsText> {
    if (await required()) {
      const { caller } = await credentialOf(req);
      requireScope(caller.policy, 'admin');
    }
    return metrics.show(req.headers.accept);
  }

  return {
    async listen() {
      await listen(server, { host: config.host, port: config.port, prefix: '' });
      if (metricsServer && config.metricsPort !== null) {
        await listen(metricsServer, {
          host: config.metricsHost,
          port: config.metricsPort,
          prefix: 'METRICS_',
        });
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
    status: () => together(sockets.status(), streams.status()),
    async close() {
      const drained = stopServer(server, {
        closeIdle: connections.closeIdle,
        drainMs: DRAIN_MS,
        tooLong: () =>
          log.warn(`requests that were still under way ${DRAIN_MS / 1_000} s after the stop are cut off`),
      });
      metricsServer?.close();
      metricsServer?.closeAllConnections();
      turns.endConnections();
      streams.close();
      await Promise.all([sockets.close(), drained]);
      callers.close();
    },
  };
}
