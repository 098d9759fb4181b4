import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  parse,
} from 'graphql';
import { CloseCode, handleProtocols, MessageType, makeServer, type SubscribePayload } from 'graphql-ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { ParleyError } from '../domain/errors.js';
import { createSlowReader, type SlowReader } from '../domain/follow.js';
import { answerTooLarge } from '../graphql/answer-size.js';
import type { RequestContext } from '../graphql/context.js';
import { isDeeperThan, MAX_VARIABLE_DEPTH } from '../graphql/limits.js';
import { subscribe } from '../graphql/subscribe.js';
import type { Member, SubscriptionGroups } from '../graphql/subscription-groups.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import { splitTarget } from './target.js';
import { type GuardedSocket, guardSocket, type SocketLimits } from './ws-socket.js';

export interface WebSocketOptions {
  server: Server;
  path: string;
  schema: GraphQLSchema;
  /** Parses, validates and measures an operation, or says what is wrong with it. */
  prepare(payload: SubscribePayload): { document: DocumentNode } | { errors: readonly GraphQLError[] };
  /** A context for one operation, or for one event of a subscription. */
  makeContext(): RequestContext;
  groups: SubscriptionGroups;
  mask(error: unknown): GraphQLFormattedError;
  /** Why an upgrade must be refused, or null. */
  refuse(request: IncomingMessage): string | null;
  /** Largest frame that is read. */
  maxPayloadBytes: number;
  /** Operations that one socket may have open. */
  maxOperations: number;
  limits: SocketLimits;
  log: Logger;
}

export interface WebSocketTransport {
  /** Refuses new sockets and closes the open ones with 1012, on which clients reconnect by themselves. */
  close(): Promise<void>;
}

interface SocketExtra {
  reader: SlowReader;
  socket: GuardedSocket;
  /** Whether its `connection_init` has come. */
  introduced: boolean;
  /** Of the messages that are being handled, a subscription's for as long as it runs. */
  heldBytes: number;
}

/** Execution arguments, or the errors for which the operation is not executed. */
type PreparedArgs = ExecutionArgs & { refused?: readonly GraphQLError[]; member: Member };

/** Stands where a refused operation cannot be parsed. It is never executed. */
const REFUSED = parse('{ __typename }');
const SERVICE_RESTART = 1012;
/** The largest introduction, which is kept: credentials, which HTTP would take in headers of this size. */
const MAX_INTRODUCTION_BYTES = 16 * 1024;
/** The open operations of a socket are kept as they came: this many of the largest messages at most. */
const HELD_MESSAGES = 2;
/** How long a peer may take to answer the close. */
const CLOSE_WAIT_MS = 2_000;

/** Serves graphql-transport-ws on the HTTP server's `path`. */
export function serveWebSocket(options: WebSocketOptions): WebSocketTransport {
  const { server, schema, makeContext, mask, log, limits } = options;
  const maxHeldBytes = HELD_MESSAGES * options.maxPayloadBytes;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: options.maxPayloadBytes,
    perMessageDeflate: false,
    // One message in a turn: a socket that sends thousands at once waits for the others in between.
    allowSynchronousEvents: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });

  /** As it may be sent, or why not; graphql-ws asks each error for its `toJSON`. */
  const maskResult = (result: ExecutionResult): ExecutionResult => {
    const tooLarge = answerTooLarge(result.data);
    if (tooLarge) return { data: null, errors: [sendable(mask(tooLarge))] };
    return result.errors
      ? { ...result, errors: result.errors.map((error) => sendable(mask(error))) }
      : result;
  };

  const graphql = makeServer<Record<string, unknown>, SocketExtra>({
    schema,
    connectionInitWaitTimeout: 10_000,
    onConnect({ extra }) {
      extra.introduced = true;
    },
    onSubscribe(ctx, id, payload): PreparedArgs {
      const refusal =
        Object.keys(ctx.subscriptions).length > options.maxOperations
          ? `This socket has ${options.maxOperations} operations open, the most that are allowed`
          : ctx.extra.heldBytes > maxHeldBytes
            ? `The operations that this socket has open are larger than the ${maxHeldBytes} bytes that are allowed`
            : null;
      const prepared = refusal === null ? options.prepare(payload) : { errors: [tooMany(refusal)] };
      const member = memberOf(ctx.extra, id);
      const common = { schema, member, rootValue: undefined, contextValue: makeContext() };
      if ('errors' in prepared) return { ...common, document: REFUSED, refused: prepared.errors };
      return {
        ...common,
        document: prepared.document,
        variableValues: payload.variables ?? null,
        operationName: payload.operationName ?? null,
      };
    },
    execute: async (args) => {
      const { refused } = args as PreparedArgs;
      return maskResult(refused ? { errors: refused } : await execute(args));
    },
    subscribe: (args) =>
      subscribe(args, {
        groups: options.groups,
        member: (args as PreparedArgs).member,
        makeContext,
        mask: maskResult,
      }),
    onError: (_ctx, _id, _payload, errors) => errors.map(mask) as readonly GraphQLFormattedError[],
  });

  sockets.on('connection', (socket: WebSocket) => {
    const guarded = guardSocket(socket, limits);
    const extra = { reader: createSlowReader(), socket: guarded, introduced: false, heldBytes: 0 };
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'));
    const closed = graphql.opened(
      {
        protocol: socket.protocol,
        send: guarded.send,
        close: (code, reason) => socket.close(code, reason),
        onMessage(handle) {
          socket.on('message', (data, isBinary) => {
            if (isBinary) return socket.close(CloseCode.BadRequest, 'Send text frames, not binary ones');
            const { length } = data as Buffer;
            if (!extra.introduced && length > MAX_INTRODUCTION_BYTES) {
              return socket.close(CloseCode.BadRequest, 'The introduction is too large');
            }
            extra.heldBytes += length;
            handle(String(data))
              .catch((error: unknown) => {
                log.error({ err: error }, 'a WebSocket message could not be handled');
                socket.close(CloseCode.InternalServerError, 'Internal server error');
              })
              .finally(() => {
                extra.heldBytes -= length;
              });
          });
        },
        onPing(payload) {
          if (isDeeperThan(payload, MAX_VARIABLE_DEPTH)) {
            return socket.close(CloseCode.BadRequest, 'The ping is nested too deeply');
          }
          return guarded.send(JSON.stringify({ type: MessageType.Pong, ...(payload ? { payload } : {}) }));
        },
      },
      extra,
    );
    socket.on('close', (code, reason) => {
      Promise.resolve(closed(code, String(reason))).catch((error: unknown) =>
        log.error({ err: error }, 'a closed WebSocket could not be cleaned up'),
      );
    });
  });

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', (error) => log.debug({ err: error }, 'an upgrade failed'));
    const { path } = splitTarget(request.url);
    if (path !== options.path) return refuseUpgrade(stream, 404, 'Not Found', `Upgrade at ${options.path}.`);
    const reason = options.refuse(request);
    if (reason) return refuseUpgrade(stream, 403, 'Forbidden', reason);
    sockets.handleUpgrade(request, stream, head, (socket) => sockets.emit('connection', socket, request));
  };
  server.on('upgrade', upgrade);

  return {
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

/** Sends what its group has made, with its own operation id around it. */
function memberOf({ reader, socket }: SocketExtra, id: string): Member {
  const head = `{"id":${JSON.stringify(id)},"type":"${MessageType.Next}","payload":`;
  return {
    reader,
    deliver(payload) {
      void socket.send(`${head}${payload}}`);
      if (socket.full) reader.overflow();
    },
  };
}

const sendable = (error: GraphQLFormattedError) =>
  ({ ...error, toJSON: () => error }) as unknown as GraphQLError;

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

function tooMany(what: string): GraphQLError {
  const message = `${what}. Complete some, or open another socket.`;
  return new GraphQLError(message, { originalError: new ParleyError('RATE_LIMITED', message) });
}
