import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
  parse,
} from 'graphql';
import type { Credential } from '../auth/authenticate.js';
import { type ErrorCode, ParleyError } from '../domain/errors.js';
import { jsonWeight } from '../domain/json/json-weight.js';
import { createSlowReader } from '../domain/live/follow.js';
import type { SocketStatus } from '../domain/live/server-status.js';
import { MAX_TOKENS } from '../graphql/checks/limits.js';
import { outcomeOf } from '../graphql/observe-operations.js';
import type { OperationInput, PreparedOperation } from '../graphql/prepare-operation.js';
import { createResultMask } from '../graphql/result-mask.js';
import type { Member } from '../graphql/subscriptions/member.js';
import { createStart, type StartOptions } from '../graphql/subscriptions/start-subscription.js';
import { type Held, heldByOperation, holdPlace } from './bounds/held-memory.js';
import { connectionKey, type LiveCallers, type LiveConnection } from './bounds/live-callers.js';
import { FULL_BYTES, type WaitingBytes } from './bounds/waiting-bytes.js';
import type { CutOff } from './cut-off.js';
import {
  createSharedEvents,
  type EventStream,
  openEventStream,
  type StreamLimits,
  sendOneEvent,
} from './event-stream.js';

export interface StreamsOptions extends StartOptions {
  schema: GraphQLSchema;
  /** Parses, validates and measures an operation, or says what is wrong with it. */
  prepare(input: OperationInput): PreparedOperation;
  mask(error: unknown): GraphQLFormattedError;
  callers: LiveCallers;
  limits: StreamLimits;
  /** What waits for all who are sent anything. */
  waiting: WaitingBytes;
  cutOff: CutOff;
}

/** Subscriptions as server-sent events, an answer for each: graphql-sse's "distinct connections mode". */
export interface EventStreams {
  /**
   * Answers until the subscription ends, its client leaves or the server stops. Rejects, before anything is sent, with
   * RATE_LIMITED where the caller has too many connections open, or holds too much, and with LIVE_UNAVAILABLE at a stop.
   */
  follow(
    req: IncomingMessage,
    res: ServerResponse,
    credential: Credential,
    input: OperationInput,
  ): Promise<void>;
  status(): Omit<SocketStatus, 'groups'>;
  /** Refuses new ones, and ends those that are open without a word, on which clients come back by themselves. */
  close(): void;
}

/** What ends a subscription from outside: an error that its client is told, a stop, or that nobody is there any more. */
type End = ParleyError | 'stop' | 'gone';

interface Following extends LiveConnection {
  stream: EventStream | null;
  results: AsyncGenerator<never> | null;
  ended: End | null;
  end(why: End): void;
}

const CREDENTIAL_ENDED = 'The credential has ended. Show another one, and resume with the last cursor.';
const STOPPING = 'The server is shutting down. Subscribe again, with the last cursor.';

export function createEventStreams(options: StreamsOptions): EventStreams {
  const { callers, limits, waiting, mask, observer } = options;
  const maskResult = createResultMask(mask);
  const start = createStart(options, maskResult);
  const eventsOf = createSharedEvents();
  const open = new Set<Following>();
  let stopping = false;

  /** Counts it, and the bytes that it holds, until its response closes; and so what the result is called with. */
  function enter(following: Following, res: ServerResponse, held: readonly Held[]): Member['holds'] {
    if (stopping) throw new ParleyError('LIVE_UNAVAILABLE', STOPPING);
    const share = callers.enter(following);
    if (!share) {
      const message = `A caller may have ${callers.maxPerCaller} sockets and event streams open, fewer where others take much memory. Close some.`;
      throw new ParleyError('RATE_LIMITED', message);
    }
    const releases: (() => void)[] = [];
    open.add(following);
    const leave = () => {
      open.delete(following);
      for (const release of releases.splice(0)) release();
      callers.leave(following);
      following.end('gone');
    };
    try {
      releases.push(share.hold(held));
    } catch (error) {
      leave();
      throw error;
    }
    if (res.closed) leave();
    else res.once('close', leave);
    return holdPlace(share.hold, (release) =>
      open.has(following) ? void releases.push(release) : release(),
    );
  }

  /** Tells everything to its end, and why it has come. */
  async function tell(stream: EventStream, results: AsyncGenerator<never>, following: Following) {
    let failure: unknown = null;
    try {
      await results.next();
    } catch (error) {
      failure = error;
    }
    const { ended } = following;
    if (ended === 'gone') return;
    if (ended === 'stop') return stream.cut();
    const error = ended ?? failure;
    if (ended !== null) options.cutOff(ended.code, following.credential?.caller ?? null, following.from);
    if (error !== null) void stream.next([Buffer.from(JSON.stringify({ errors: [mask(error)] }))]);
    stream.complete();
  }

  return {
    async follow(req, res, credential, input) {
      const prepared = options.prepare(input);
      if ('errors' in prepared) {
        const name = input.operationName ?? null;
        options.makeContext(credential.caller, req.socket.remoteAddress ?? '').refused(prepared.errors);
        observer.ended({ type: 'subscription', name, code: outcomeOf(prepared.errors), seconds: null });
        return sendOneEvent(res, maskResult({ errors: prepared.errors }));
      }
      const following = createFollowing(credential, req.socket.remoteAddress ?? '');
      const caller = connectionKey(following);
      const { document, variables } = prepared;
      // All that was sent: the request is kept for as long as its answer goes on.
      const sent = JSON.stringify(input.variables ?? {});
      const size = { bytes: input.query.length + sent.length, weight: jsonWeight(sent) };
      const holds = enter(following, res, heldByOperation(document, size));
      const reader = createSlowReader();
      const member: Member = {
        reader,
        deliver(results) {
          if (following.stream?.push(results) === false) reader.overflow();
        },
        send: async (results) => following.stream?.next(results),
        isFull: () => (following.stream?.waitingBytes() ?? 0) > FULL_BYTES,
        holds,
      };
      const started = await start(
        {
          schema: options.schema,
          document,
          variableValues: variables,
          operationName: input.operationName ?? null,
        },
        { member, caller: credential.caller, from: following.from },
      );
      if (!(Symbol.asyncIterator in started)) return sendOneEvent(res, started);
      following.results = started;
      if (following.ended) await started.return(undefined);
      const cutOff = (code: ErrorCode) => options.cutOff(code, credential.caller, following.from);
      following.stream = openEventStream(res, limits, eventsOf, { caller: () => caller, waiting, cutOff });
      await tell(following.stream, started, following);
    },
    status() {
      const waiting = [...open].map(({ stream }) => stream?.waitingBytes() ?? 0);
      return {
        open: open.size,
        subscriptions: [...open].filter(({ stream }) => stream !== null).length,
        waitingBytes: waiting.reduce((sum, bytes) => sum + bytes, 0),
        mostWaitingBytes: waiting.reduce((most, bytes) => Math.max(most, bytes), 0),
      };
    },
    close() {
      stopping = true;
      for (const following of open) following.end('stop');
    },
  };
}

function createFollowing(credential: Credential, from: string): Following {
  const following: Following = {
    credential,
    from,
    stream: null,
    results: null,
    ended: null,
    credentialEnded: () => following.end(new ParleyError('UNAUTHENTICATED', CREDENTIAL_ENDED)),
    end(why) {
      if (following.ended) return;
      following.ended = why;
      // What it throws as it is left, nobody waits for.
      following.results?.return(undefined).catch(() => {});
    },
  };
  return following;
}

/** Whether the operation is a subscription. What cannot be parsed is none. */
export function isSubscription({ query, operationName }: OperationInput): boolean {
  if (!query.includes('subscription')) return false;
  try {
    const document = parse(query, { maxTokens: MAX_TOKENS, noLocation: true });
    return getOperationAST(document, operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
  } catch {
    return false;
  }
}
