import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { MessageType, type ServerOptions, type SubscribePayload } from 'graphql-ws';
import type { Caller } from '../domain/access/policy.js';
import { ParleyError } from '../domain/errors.js';
import { lossyNumberError } from '../domain/sessions/written-numbers.js';
import { MAX_EVENT_COST } from '../graphql/limits.js';
import { observed, operationOf, outcomeOf } from '../graphql/observe-operations.js';
import type { PreparedOperation } from '../graphql/prepare-operation.js';
import { createResultMask } from '../graphql/result-mask.js';
import { createStart, type StartOptions } from '../graphql/start-subscription.js';
import type { Member } from '../graphql/subscription-groups.js';
import type { Trust } from '../graphql/trusted-documents.js';
import { heldByOperation } from './held-memory.js';
import { FULL_BYTES } from './waiting-bytes.js';
import { callerOf, type SocketExtra } from './ws-callers.js';
import type { Asked } from './ws-operation-ids.js';

export interface WsOperationsOptions extends StartOptions {
  schema: GraphQLSchema;
  /** Parses, validates and measures an operation, or says what is wrong with it. */
  prepare(payload: SubscribePayload): PreparedOperation;
  /** Counts one operation of a caller. Rejects with RATE_LIMITED. */
  admit(caller: Caller, from: string): Promise<void>;
  /** Told the code of everything that is refused before it becomes an operation. */
  refused(code: string, caller: Caller | null, from: string): void;
  /** Lets the known operations pass alone; null: any. */
  trust: Trust | null;
  mask(error: unknown): GraphQLFormattedError;
  /** Largest frame that is read. */
  maxPayloadBytes: number;
  /** Operations that one socket may have open. */
  maxOperations: number;
}

interface PreparedArgs extends ExecutionArgs {
  member: Member;
  extra: SocketExtra;
  /** With what the socket was opened: a `traceparent` may be in it. */
  introduction: Readonly<Record<string, unknown>>;
}

/** Objects that the subscriptions of one socket may ask for with each event, ten of the largest together. */
const MAX_EVENT_COST_OF_SOCKET = 10 * MAX_EVENT_COST;
/** What the open operations of a socket hold: this many of the largest messages at most. */
const HELD_MESSAGES = 2;

/** What graphql-ws does with an operation: equal subscriptions share their results, and errors leave masked. */
export function createWsOperations(
  options: WsOperationsOptions,
): Pick<
  Required<ServerOptions<Record<string, unknown>, SocketExtra>>,
  'onSubscribe' | 'execute' | 'subscribe' | 'onError'
> {
  const { schema, mask, observer } = options;
  const maxHeldBytes = HELD_MESSAGES * options.maxPayloadBytes;
  const maskResult = createResultMask(mask);
  const start = createStart(options, createResultMask(mask, { measured: false }));

  /** Why no further operation can be taken. This one is counted already. */
  function tooMany({ operations }: SocketExtra): ParleyError | null {
    const what =
      operations.size > options.maxOperations
        ? `This socket has ${options.maxOperations} operations open, the most that are allowed`
        : operations.heldBytes > maxHeldBytes
          ? `The operations that this socket has open are larger than the ${maxHeldBytes} bytes that are allowed`
          : null;
    return what === null
      ? null
      : new ParleyError('RATE_LIMITED', `${what}. Complete some, or open another socket.`);
  }

  /** The operation that a message asks for, or what it is refused for. */
  async function prepare({ payload: sent, lossy, ...size }: Asked, own: string, extra: SocketExtra) {
    const { credential, from, operations, share } = extra;
    try {
      const refusal = tooMany(extra);
      if (refusal) throw refusal;
      if (credential) await options.admit(credential.caller, from);
      // The path begins with the message's own `payload`.
      if (lossy) throw lossyNumberError({ ...lossy, path: lossy.path.slice(1) });
      const payload = options.trust?.(sent) ?? sent;
      const prepared = options.prepare(payload);
      if ('document' in prepared) {
        const { document, eventCost } = prepared;
        if (operations.cost + eventCost > MAX_EVENT_COST_OF_SOCKET) throw tooMuchForEach(eventCost);
        const release = share?.hold(heldByOperation(document, size));
        if (release) operations.keep(own, { cost: eventCost, release });
      }
      return { operationName: payload.operationName ?? null, ...prepared };
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      options.refused(error.code, credential?.caller ?? null, from);
      return { errors: [codedError(error)] };
    }
  }

  function refuse({ payload }: Asked, errors: readonly GraphQLError[]): readonly GraphQLError[] {
    const name = payload.operationName ?? null;
    observer.ended({ type: 'unknown', name, code: outcomeOf(errors), seconds: null });
    return errors;
  }

  return {
    async onSubscribe({ extra, connectionParams }, own): Promise<PreparedArgs | readonly GraphQLError[]> {
      const { operations } = extra;
      const asked = operations.take(own);
      const prepared = await prepare(asked, own, extra);
      // The operation is refused before anything of it is executed: the protocol has a message of its own for that.
      if ('errors' in prepared) return refuse(asked, prepared.errors);
      const { document, variables, operationName } = prepared;
      return {
        schema,
        member: memberOf(extra, own),
        extra,
        introduction: connectionParams ?? {},
        rootValue: undefined,
        document,
        variableValues: variables,
        operationName,
      };
    },
    execute(args) {
      const { introduction, extra } = args as PreparedArgs;
      const contextValue = options.makeContext(callerOf(extra), extra.from);
      return observed(observer, introduction, operationOf(args), async () => {
        try {
          return maskResult(await execute({ ...args, contextValue }));
        } finally {
          contextValue.end();
        }
      });
    },
    async subscribe(args) {
      const { member, extra } = args as PreparedArgs;
      const started = await start(args, { member, caller: callerOf(extra), from: extra.from });
      return Symbol.asyncIterator in started ? started : refusing(started.errors);
    },
    onError: (_ctx, _id, _payload, errors) =>
      errors.flatMap((error): readonly GraphQLFormattedError[] =>
        error.originalError instanceof NotStarted ? error.originalError.errors : [mask(error)],
      ),
  };
}

const tooMuchForEach = (cost: number) =>
  new ParleyError(
    'RATE_LIMITED',
    `The subscriptions of this socket would ask for more than ${MAX_EVENT_COST_OF_SOCKET} objects with each event, this one for ${cost}. Complete some, or ask for smaller pages.`,
  );

/** A subscription that could not start: graphql-ws makes the protocol's `error` only of what its results throw. */
class NotStarted extends Error {
  override readonly name = 'NotStarted';
  constructor(readonly errors: readonly GraphQLFormattedError[]) {
    super('the subscription could not start');
  }
}

// biome-ignore lint/correctness/useYield: it has no results.
async function* refusing(errors: readonly GraphQLError[] = []): AsyncGenerator<ExecutionResult> {
  throw new NotStarted(errors as readonly GraphQLFormattedError[]);
}

/** Sends what was made for it or its group, with its own operation id around it. */
function memberOf({ reader, socket, operations }: SocketExtra, own: string): Member {
  const id = JSON.stringify(operations.idOf(own));
  const head = Buffer.from(`{"id":${id},"type":"${MessageType.Next}","payload":`);
  return {
    reader,
    deliver(results) {
      if (!operations.isAwaited(own)) return;
      if (!socket.push(head, results)) reader.overflow();
    },
    send: async (results) => {
      if (operations.isAwaited(own)) await socket.hand(head, results);
    },
    isFull: () => socket.waitingBytes() > FULL_BYTES,
  };
}

const codedError = (error: ParleyError) => new GraphQLError(error.message, { originalError: error });
