import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import {
  CloseCode,
  type Context,
  handleProtocols,
  MessageType,
  makeServer,
  stringifyMessage,
} from 'graphql-ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ErrorCode, ParleyError } from '../domain/errors.js';
import { attempt } from '../domain/later.js';
import { createSlowReader } from '../domain/live/follow.js';
import type { SocketStatus } from '../domain/live/server-status.js';
import type { Connections } from './connections.js';
import type { CutOff } from './cut-off.js';
import { asksForWebSocket, ignoreUpgrade, isAnswering } from './ignore-upgrade.js';
import { type BodyLimits, LARGE_BODY_BYTES } from './large-bodies.js';
import { connectionKey } from './live-callers.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import { splitTarget } from './target.js';
import type { WaitingBytes } from './waiting-bytes.js';
import { type BeginOptions, createBegin } from './ws-begin.js';
import { type CallersOptions, createCallers, type SocketExtra, TRY_AGAIN_LATER } from './ws-callers.js';
import { createSharedFrames } from './ws-frame.js';
import { createInbox } from './ws-inbox.js';
import { watchIncoming } from './ws-incoming.js';
import { handleMessage, MAX_INTRODUCTION_BYTES, MESSAGE_TOO_BIG } from './ws-messages.js';
import { createOperationIds } from './ws-operation-ids.js';
import { createWsOperations, type WsOperationsOptions } from './ws-operations.js';
import { guardSocket, type SocketLimits } from './ws-socket.js';

export interface WebSocketOptions extends CallersOptions, BeginOptions, WsOperationsOptions {
  plans: BeginOptions['plans'] & WsOperationsOptions['plans'];
  server: Server;
  path: string;
  /** Why an upgrade must be refused, or null. */
  refuse(request: IncomingMessage): string | null;
  /** Told the code of each connection that is refused, beside `refused`. */
  turnedAway(code: string): void;
  limits: SocketLimits;
  bodies: BodyLimits;
  /** Counts sockets until they have said who they are. */
  connections: Pick<Connections, 'leave'>;
  /** How often a socket is sent the protocol's own ping, beside WebSocket's, which many clients never see; 0: never. */
  pingMessageEveryMs: number;
  /** What waits for all who are sent anything. */
  waiting: WaitingBytes;
  cutOff: CutOff;
  log: Logger;
}

export interface WebSocketTransport {
  status(): SocketStatus;
  /** Refuses new sockets and closes the open ones with 1012, on which clients reconnect by themselves. */
  close(): Promise<void>;
}

/** What is known of a socket before it says anything. */
type Opener = Pick<SocketExtra, 'from' | 'authorization'>;

const PING = stringifyMessage({ type: MessageType.Ping });
const SERVICE_RESTART = 1012;
/** RFC 6455 gives a reason 123 bytes. */
const MAX_REASON_BYTES = 120;
/** How long a peer may take to answer the close. */
const CLOSE_WAIT_MS = 2_000;

/** Serves graphql-transport-ws on the HTTP server's `path`. */
export function serveWebSocket(options: WebSocketOptions): WebSocketTransport {
  const { server, log, limits } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: options.maxPayloadBytes,
    perMessageDeflate: false,
    // One message in a turn: a socket that sends thousands at once waits for the others in between.
    allowSynchronousEvents: false,
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
  const writeShared = createSharedFrames();
  sockets.on('connection', (socket: WebSocket, stream: Duplex, { from, authorization }: Opener) => {
    const cut = (code: ErrorCode) => {
      cutOffHere(code);
      socket.terminate();
    };
    const guarded = guardSocket(socket, stream, limits, writeShared, {
      caller: () => connectionKey(extra),
      waiting: options.waiting,
      cut,
    });
    const extra: SocketExtra = {
      reader: createSlowReader(),
      socket: guarded,
      introduced: false,
      introduction: {},
      gone: false,
      operations: createOperationIds(),
      share: null,
      from,
      authorization,
      credential: null,
      entered: () => options.connections.leave(stream as Socket),
      end: (code, reason) => {
        if (code === MESSAGE_TOO_BIG) refusedHere('PAYLOAD_TOO_LARGE');
        socket.close(code, shortened(reason));
      },
      credentialEnded: () => {
        cutOffHere('UNAUTHENTICATED');
        extra.end(CloseCode.Forbidden, 'The credential has ended');
      },
    };
    /** Of whoever has opened it, as far as that is known. */
    const refusedHere = (code: string) => refused(code, extra.credential?.caller ?? null, extra.from);
    const cutOffHere = (code: ErrorCode) =>
      options.cutOff(code, extra.credential?.caller ?? null, extra.from);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') refusedHere('PAYLOAD_TOO_LARGE');
      log.debug({ err: error }, 'a WebSocket failed');
    });
    watchIncoming(stream, {
      caller: () => connectionKey(extra),
      maxFirstBytes: MAX_INTRODUCTION_BYTES,
      ...options.bodies,
      pause: guarded.pause,
      end: extra.end,
      tooLate: () => cutOffHere('TIMEOUT'),
      cut: () => cut('RATE_LIMITED'),
      drop: () => socket.terminate(),
    });
    const pings = repeated(options.pingMessageEveryMs, () => {
      if (extra.share && socket.bufferedAmount === 0) void guarded.send(PING);
    });
    const closed = graphql.opened(
      {
        protocol: socket.protocol,
        async send(message) {
          const outgoing = extra.operations.outgoing(message);
          if (outgoing !== null) await guarded.send(outgoing);
        },
        close: (code, reason) => extra.end(code ?? CloseCode.InternalServerError, reason ?? ''),
        onMessage(handle) {
          const failed = (error: unknown) => {
            log.error({ err: error }, 'a WebSocket message could not be handled');
            extra.end(CloseCode.InternalServerError, 'Internal server error');
          };
          const take = createInbox({
            handle(data) {
              // What came before the end may be read after it: nobody would end it.
              if (extra.gone) return;
              const taken = () => handleMessage(String(data), { extra, bytes: data.length, begin, handle });
              void attempt(taken, failed);
            },
            turn: () => turnOf(extra, options),
            pause: guarded.pause,
            failed(error) {
              if (!(error instanceof ParleyError)) return failed(error);
              refusedHere(error.code);
              extra.end(TRY_AGAIN_LATER, error.message);
            },
          });
          socket.on('message', (data, isBinary) => {
            if (isBinary) return socket.close(CloseCode.BadRequest, 'Send text frames, not binary ones');
            take(data as Buffer);
          });
        },
      },
      extra,
    );
    socket.on('close', (code, reason) => {
      extra.gone = true;
      clearInterval(pings);
      Promise.resolve(closed(code, String(reason))).catch((error: unknown) =>
        log.error({ err: error }, 'a closed WebSocket could not be cleaned up'),
      );
    });
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
      await Promise.all([...sockets.clients].map(closeSocket));
      sockets.close();
    },
  };
}

/** When it is the turn of what its caller has sent; before that is known, and so in the introduction, nothing is large. */
async function turnOf(extra: SocketExtra, { makeContext }: WebSocketOptions): Promise<() => void> {
  if (!extra.credential) return () => {};
  const context = makeContext(extra.credential.caller, extra.from);
  await context.hold(LARGE_BODY_BYTES + 1);
  return () => context.end();
}

const repeated = (everyMs: number, act: () => void): NodeJS.Timeout | undefined =>
  everyMs > 0 ? setInterval(act, everyMs) : undefined;

/** Whole characters of it: a peer may take half a one for a fault. */
function shortened(reason: string): string {
  let short = reason.slice(0, MAX_REASON_BYTES);
  while (Buffer.byteLength(short) > MAX_REASON_BYTES) short = short.slice(0, -1);
  return short.toWellFormed();
}

/** What waits for its first result, and what has only one, stands there as null. */
const countOpen = (operations: Context['subscriptions']) =>
  Object.values(operations).filter((iterator) => iterator !== null).length;

function closeSocket(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState === socket.CLOSED) return resolve();
    const timer = setTimeout(() => socket.terminate(), CLOSE_WAIT_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    // A paused socket would never read the peer's answer.
    socket.resume();
    socket.close(SERVICE_RESTART, 'Service restart');
  });
}
