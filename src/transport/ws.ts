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
import {
  CloseCode,
  type Context,
  handleProtocols,
  MessageType,
  makeServer,
  type SubscribePayload,
} from 'graphql-ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Credential } from '../auth/authenticate.js';
import { ParleyError } from '../domain/errors.js';
import { createSlowReader, type SlowReader } from '../domain/follow.js';
import type { Caller } from '../domain/policy.js';
import type { SocketStatus } from '../domain/server-status.js';
import { answerTooLarge } from '../graphql/answer-size.js';
import type { MakeContext } from '../graphql/context.js';
import { isDeeperThan, MAX_VARIABLE_DEPTH } from '../graphql/limits.js';
import { subscribe } from '../graphql/subscribe.js';
import type { Member, SubscriptionGroups } from '../graphql/subscription-groups.js';
import type { Trust } from '../graphql/trusted-documents.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import { splitTarget } from './target.js';
import { createSharedFrames } from './ws-frame.js';
import { type GuardedSocket, guardSocket, type SocketLimits } from './ws-socket.js';

export interface WebSocketOptions {
  server: Server;
  path: string;
  schema: GraphQLSchema;
  /** Parses, validates and measures an operation, or says what is wrong with it. */
  prepare(payload: SubscribePayload): { document: DocumentNode } | { errors: readonly GraphQLError[] };
  /** Who opens a socket from this address, by the `authorization` of its introduction. Rejects with UNAUTHENTICATED or RATE_LIMITED. */
  authenticate(authorization: string | undefined, from: string): Promise<Credential>;
  /** Counts one operation of a caller. Rejects with RATE_LIMITED. */
  admit(caller: Caller, from: string): Promise<void>;
  /** Lets the known operations pass alone; null: any. */
  trust: Trust | null;
  /** A context for one operation, or for one event of a subscription. */
  makeContext: MakeContext;
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
  status(): SocketStatus;
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
  gone: boolean;
  /** The address that it comes from. */
  from: string;
  /** Null before the introduction. */
  credential: Credential | null;
  end(code: number, reason: string): void;
}

/** Execution arguments, or the errors for which the operation is not executed. */
type PreparedArgs = ExecutionArgs & { refused?: readonly GraphQLError[]; member: Member; extra: SocketExtra };

/** Stands where a refused operation cannot be parsed. It is never executed. */
const REFUSED = parse('{ __typename }');
const SERVICE_RESTART = 1012;
const TRY_AGAIN_LATER = 1013;
/** How soon a socket ends whose credential has ended; RFC 6455 gives a reason 123 bytes. */
const CHECK_CREDENTIALS_MS = 2_000;
const MAX_REASON_BYTES = 120;
const MAX_SOCKETS_PER_CALLER = 10_000;
/** The largest introduction, which is kept: credentials, which HTTP would take in headers of this size. */
const MAX_INTRODUCTION_BYTES = 16 * 1024;
/** The open operations of a socket are kept as they came: this many of the largest messages at most. */
const HELD_MESSAGES = 2;
/** How long a peer may take to answer the close. */
const CLOSE_WAIT_MS = 2_000;

/** Serves graphql-transport-ws on the HTTP server's `path`. */
export function serveWebSocket(options: WebSocketOptions): WebSocketTransport {
  const { server, schema, mask, log, limits } = options;
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

  /** The operation that a message asks for, or what it is refused for. */
  async function prepare(sent: SubscribePayload, { credential, from }: SocketExtra) {
    try {
      if (credential) await options.admit(credential.caller, from);
      const payload = options.trust?.(sent) ?? sent;
      return { payload, prepared: options.prepare(payload) };
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      const refused = new GraphQLError(error.message, { originalError: error });
      return { payload: sent, prepared: { errors: [refused] } };
    }
  }

  /** Open sockets by who opened them. */
  const socketsOf = new Map<string, number>();
  const connected = new Set<Context<Record<string, unknown>, SocketExtra>>();
  const graphql = makeServer<Record<string, unknown>, SocketExtra>({
    schema,
    connectionInitWaitTimeout: 10_000,
    async onConnect(ctx) {
      const { extra } = ctx;
      extra.introduced = true;
      const given: unknown = ctx.connectionParams?.authorization;
      try {
        extra.credential = await options.authenticate(
          typeof given === 'string' ? given : undefined,
          extra.from,
        );
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error;
        // Why: which credential it was is not repeated.
        extra.end(error.code === 'UNAUTHENTICATED' ? CloseCode.Forbidden : TRY_AGAIN_LATER, error.message);
        return false;
      }
      // It may have gone while it was asked who it is.
      if (extra.gone) return false;
      const caller = callerKey(extra);
      const open = socketsOf.get(caller) ?? 0;
      if (open >= MAX_SOCKETS_PER_CALLER) {
        extra.end(
          CloseCode.TooManyInitialisationRequests,
          `At most ${MAX_SOCKETS_PER_CALLER} sockets at once`,
        );
        return false;
      }
      socketsOf.set(caller, open + 1);
      connected.add(ctx);
      return true;
    },
    onClose: (ctx) => {
      ctx.extra.gone = true;
      if (!connected.delete(ctx)) return;
      const caller = callerKey(ctx.extra);
      const left = (socketsOf.get(caller) ?? 1) - 1;
      if (left > 0) socketsOf.set(caller, left);
      else socketsOf.delete(caller);
    },
    async onSubscribe(ctx, id, sent): Promise<PreparedArgs> {
      const refusal =
        Object.keys(ctx.subscriptions).length > options.maxOperations
          ? `This socket has ${options.maxOperations} operations open, the most that are allowed`
          : ctx.extra.heldBytes > maxHeldBytes
            ? `The operations that this socket has open are larger than the ${maxHeldBytes} bytes that are allowed`
            : null;
      const { payload, prepared } =
        refusal === null
          ? await prepare(sent, ctx.extra)
          : { payload: sent, prepared: { errors: [tooMany(refusal)] } };
      const member = memberOf(ctx.extra, id);
      const contextValue = options.makeContext(callerOf(ctx.extra), ctx.extra.from);
      const common = { schema, member, extra: ctx.extra, rootValue: undefined, contextValue };
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
        caller: callerOf((args as PreparedArgs).extra),
        makeContext: (caller, place) => options.makeContext(caller, (args as PreparedArgs).extra.from, place),
        mask: maskResult,
      }),
    onError: (_ctx, _id, _payload, errors) => errors.map(mask) as readonly GraphQLFormattedError[],
  });

  const writeShared = createSharedFrames();
  sockets.on('connection', (socket: WebSocket, stream: Duplex, from: string) => {
    const guarded = guardSocket(socket, stream, limits, writeShared);
    const extra: SocketExtra = {
      reader: createSlowReader(),
      socket: guarded,
      introduced: false,
      gone: false,
      heldBytes: 0,
      from,
      credential: null,
      end: (code, reason) => socket.close(code, Buffer.from(reason).subarray(0, MAX_REASON_BYTES)),
    };
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

  /** A credential that has ended ends its socket; the client comes back with another one, and its cursor. */
  const checking = setInterval(() => {
    for (const { extra } of connected) {
      extra.credential
        ?.holds()
        .then((holds) => holds || extra.end(CloseCode.Forbidden, 'The credential has ended'))
        .catch((error: unknown) => log.debug({ err: error }, 'a credential could not be checked'));
    }
  }, CHECK_CREDENTIALS_MS).unref();

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', (error) => log.debug({ err: error }, 'an upgrade failed'));
    const { path } = splitTarget(request.url);
    if (path !== options.path) return refuseUpgrade(stream, 404, 'Not Found', `Upgrade at ${options.path}.`);
    const reason = options.refuse(request);
    if (reason) return refuseUpgrade(stream, 403, 'Forbidden', reason);
    const from = request.socket.remoteAddress ?? '';
    sockets.handleUpgrade(request, stream, head, (socket) =>
      sockets.emit('connection', socket, stream, from),
    );
  };
  server.on('upgrade', upgrade);

  return {
    status() {
      const waiting = [...sockets.clients].map(({ bufferedAmount }) => bufferedAmount);
      return {
        open: waiting.length,
        subscriptions: [...connected].reduce((sum, { subscriptions }) => sum + countOpen(subscriptions), 0),
        groups: options.groups.size,
        waitingBytes: waiting.reduce((sum, bytes) => sum + bytes, 0),
        mostWaitingBytes: waiting.reduce((most, bytes) => Math.max(most, bytes), 0),
      };
    },
    async close() {
      clearInterval(checking);
      server.off('upgrade', upgrade);
      server.on('upgrade', (_request, stream: Duplex) =>
        refuseUpgrade(stream, 503, 'Service Unavailable', 'The server is shutting down.'),
      );
      await Promise.all([...sockets.clients].map(closeSocket));
      sockets.close();
    },
  };
}

/** Who has no credential is an address. */
const callerKey = ({ credential, from }: SocketExtra) =>
  credential && credential.caller.kind !== 'anonymous'
    ? `${credential.caller.kind} ${credential.caller.id}`
    : from;

function callerOf({ credential }: SocketExtra): Caller {
  if (!credential) throw new TypeError('an operation before the introduction');
  return credential.caller;
}

/** Sends what its group has made, with its own operation id around it. */
function memberOf({ reader, socket }: SocketExtra, id: string): Member {
  const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"${MessageType.Next}","payload":`);
  return {
    reader,
    deliver(payload) {
      if (!socket.push(head, payload)) reader.overflow();
    },
  };
}

/** What waits for its first result, and what has only one, stands there as null. */
const countOpen = (operations: Context['subscriptions']) =>
  Object.values(operations).filter((iterator) => iterator !== null).length;

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
