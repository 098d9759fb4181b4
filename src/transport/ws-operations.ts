import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { MessageType, type ServerOptions } from 'graphql-ws';
import type { Member } from '../graphql/member.js';
import { observed, operationOf, outcomeOf } from '../graphql/observe-operations.js';
import { createResultMask } from '../graphql/result-mask.js';
import { createStart, type StartOptions } from '../graphql/start-subscription.js';
import { holdPlace } from './held-memory.js';
import { FULL_BYTES } from './waiting-bytes.js';
import { callerOf, type SocketExtra } from './ws-callers.js';

export interface WsOperationsOptions extends StartOptions {
  schema: GraphQLSchema;
  mask(error: unknown): GraphQLFormattedError;
}

interface PreparedArgs extends ExecutionArgs {
  member: Member;
  extra: SocketExtra;
}

/** What graphql-ws does with an operation: equal subscriptions share their results, and errors leave masked. */
export function createWsOperations(
  options: WsOperationsOptions,
): Pick<
  Required<ServerOptions<Record<string, unknown>, SocketExtra>>,
  'onSubscribe' | 'execute' | 'subscribe' | 'onError'
> {
  const { schema, mask, observer } = options;
  const maskResult = createResultMask(mask);
  const start = createStart(options, maskResult);

  return {
    onSubscribe({ extra }, own): PreparedArgs | readonly GraphQLError[] {
      const prepared = extra.operations.take(own);
      const { operationName } = prepared;
      if ('errors' in prepared) {
        // The operation is refused before anything of it is executed: the protocol has a message of its own for that.
        const code = outcomeOf(prepared.errors);
        observer.ended({ type: 'unknown', name: operationName, code, seconds: null });
        return prepared.errors;
      }
      const { document, variables } = prepared;
      const member = memberOf(extra, own);
      return {
        schema,
        member,
        extra,
        rootValue: undefined,
        document,
        variableValues: variables,
        operationName,
      };
    },
    execute(args) {
      const { extra } = args as PreparedArgs;
      const contextValue = options.makeContext(callerOf(extra), extra.from);
      return observed(observer, extra.introduction, operationOf(args), async () => {
        try {
          const result = await execute({ ...args, contextValue });
          return maskResult(result, (errors) => contextValue.refused(errors));
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
function memberOf({ reader, socket, operations, share }: SocketExtra, own: string): Member {
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
    holds: holdPlace(
      (held) => share?.hold(held) ?? (() => {}),
      (release) => operations.keep(own, { cost: 0, release }),
    ),
  };
}
