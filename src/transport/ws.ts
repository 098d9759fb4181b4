import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { type Context, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { isPromise } from '../domain/async/later.js';
import type { SocketStatus } from '../domain/live/server-status.js';
import { createBeat } from './beat.js';
import type { BodyLimits } from './bounds/large-bodies.js';
import type { WaitingBytes } from './bounds/waiting-bytes.js';
import { together } from './send-together.js';
import { splitTarget } from './target.js';
import { type BeginOptions, createBegin } from './ws-begin.js';
import { type CallersOptions, createCallers, type SocketExtra } from './ws-callers.js';
import { WsConnection } from './ws-connection.js';
import type { ConnectionParts, Opener } from './ws-connection-parts.js';
import { createOwnFrames, createSharedFrames } from './ws-frame.js';
import { MAX_INTRODUCTION_BYTES } from './ws-messages.js';
import { createWsOperations, type WsOperationsOptions } from './ws-operations.js';
import type { SocketLimits } from './ws-socket.js';
import { asksForWebSocket, ignoreUpgrade, isAnswering, refuseUpgrade } from './ws-upgrades.js';

export interface WebSocketOptions
  extends CallersOptions,
    BeginOptions,
    WsOperationsOptions,
    Pick<ConnectionParts, 'connections' | 'cutOff' | 'log' | 'turn'> {
  plans: BeginOptions['plans'] & WsOperationsOptions['plans'];
  server: Server;
  path: string;
  /** Why an upgrade must be refused, or null. */
  refuse(request: IncomingMessage): string | null;
  /** Told the code of each connection that is refused, beside `refused`. */
  turnedAway(code: string): void;
  limits: SocketLimits;
  bodies: BodyLimits;
  /** How often a socket is sent the protocol's own ping, beside WebSocket's, which many clients never see; 0: never. */
  pingMessageEveryMs: number;
  /** What waits for all who are sent anything. */
  waiting: WaitingBytes;
  /** How long operations under way may take at a stop, in ms. */
  drainMs: number;
}

export interface WebSocketTransport {
  status(): SocketStatus;
  /** Refuses new sockets and closes the open ones with 1012, on which clients reconnect by themselves: once what has begun on one is answered. */
  close(): Promise<void>;
}

const SERVICE_RESTART = 1012;
/** How long a peer may take to answer the close. */
const CLOSE_WAIT_MS = 2_000;

const CONNECTION = Symbol('connection');
interface OwnSocket extends WebSocket {
  [CONNECTION]?: WsConnection;
}

/** Serves graphql-transport-ws on the HTTP server's `path`. */
export function serveWebSocket(options: WebSocketOptions): WebSocketTransport {
  const { server, log, limits } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: options.maxPayloadBytes,
    perMessageDeflate: false,
    // Each message is taken as it is read: `Incoming` reads one in a turn.
    allowSynchronousEvents: true,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });

  const refused: CallersOptions['refused'] = (code, caller, from) => {
    options.turnedAway(code);
    options.refused(code, caller, from);
  };
  const callers = createCallers({ ...options, refused });
  const begin = createBegin(options);
  const graphql = makeServer<Record<string, unknown>, SocketExtra>({
    schema: options.schema,
    connectionInitWaitTimeout: 10_000,
    onConnect: callers.introduce,
    onClose: callers.leave,
    ...createWsOperations(options),
  });
  const shared: ConnectionParts = {
    ...options,
    begin,
    refused,
    guarding: {
      limits,
      pings: createBeat(limits.pingEveryMs),
      writeShared: createSharedFrames(),
      writeOwn: createOwnFrames(),
      sends: together,
      waiting: options.waiting,
    },
    pingMessages: createBeat(options.pingMessageEveryMs),
    incoming: { ...options.bodies, maxFirstBytes: MAX_INTRODUCTION_BYTES },
  };
  sockets.on('connection', (socket: OwnSocket, stream: Duplex, opener: Opener) => {
    const connection = new WsConnection(socket, stream, opener, shared);
    socket[CONNECTION] = connection;
    connection.closedBy(graphql.opened(connection, connection));
  });

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (isAnswering(stream)) return void stream.destroy();
    if (!asksForWebSocket(request) && !(stream instanceof TLSSocket))
      return ignoreUpgrade(server, request, stream, head);
    stream.on('error', (error) => log.debug({ err: error }, 'an upgrade failed'));
    const { path } = splitTarget(request.url);
    if (path !== options.path) return refuseUpgrade(stream, 404, 'Not Found', `Upgrade at ${options.path}.`);
    const reason = options.refuse(request);
    if (reason) {
      refused('FORBIDDEN', null, request.socket.remoteAddress ?? '');
      return refuseUpgrade(stream, 403, 'Forbidden', reason);
    }
    const opener: Opener = {
      from: request.socket.remoteAddress ?? '',
      authorization: request.headers.authorization,
    };
    sockets.handleUpgrade(request, stream, head, (socket) =>
      sockets.emit('connection', socket, stream, opener),
    );
  };
  server.on('upgrade', upgrade);

  return {
    status() {
      const waiting = [...sockets.clients].map(({ bufferedAmount }) => bufferedAmount);
      return {
        open: waiting.length,
        subscriptions: [...callers.connected].reduce(
          (sum, { subscriptions }) => sum + countOpen(subscriptions),
          0,
        ),
        groups: options.groups.size,
        waitingBytes: waiting.reduce((sum, bytes) => sum + bytes, 0),
        mostWaitingBytes: waiting.reduce((most, bytes) => Math.max(most, bytes), 0),
      };
    },
    async close() {
      server.off('upgrade', upgrade);
      server.on('upgrade', (_request, stream: Duplex) =>
        refuseUpgrade(stream, 503, 'Service Unavailable', 'The server is shutting down.'),
      );
      await Promise.all([...sockets.clients].map((socket) => closeSocket(socket, options.drainMs)));
      sockets.close();
    },
  };
}

/** What waits for its first result, and what has only one, stands there as null. */
const countOpen = (operations: Context['subscriptions']) =>
  Object.values(operations).filter((iterator) => iterator !== null).length;

async function closeSocket(socket: OwnSocket, drainMs: number): Promise<void> {
  const connection = socket[CONNECTION];
  if (!connection) return socket.terminate();
  const settled = connection.operations.settled();
  if (isPromise<void>(settled)) {
    // What it asks for meanwhile stays in the network.
    connection.pause();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, drainMs);
      const over = () => {
        clearTimeout(timer);
        resolve();
      };
      void settled.then(over);
      socket.once('close', over);
    });
  }
  await endSocket(socket, connection);
}

function endSocket(socket: WebSocket, connection: WsConnection): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState === socket.CLOSED) return resolve();
    const timer = setTimeout(() => socket.terminate(), CLOSE_WAIT_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    // A paused socket would never read the peer's answer.
    socket.resume();
    connection.end(SERVICE_RESTART, 'Service restart');
  });
}
