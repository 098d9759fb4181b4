import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { MessageType, type ServerOptions } from 'graphql-ws';
import { either, type Later } from '../domain/async/later.js';
import type { SlowReader } from '../domain/live/follow.js';
import { observed, operationOf, outcomeOf } from '../graphql/observe-operations.js';
import { createResultMask } from '../graphql/result-mask.js';
import type { Member } from '../graphql/subscriptions/member.js';
import { createStart, type StartOptions } from '../graphql/subscriptions/start-subscription.js';
import { holdPlace, SHORT_CURSOR } from './bounds/held-memory.js';
import { FULL_BYTES } from './bounds/waiting-bytes.js';
import { callerOf, type SocketExtra, stillGoodOf } from './ws-callers.js';
import type { Operation } from './ws-operation-ids.js';

export interface WsOperationsOptions extends StartOptions {
  schema: GraphQLSchema;
  mask(error: unknown): GraphQLFormattedError;
}

interface PreparedArgs extends ExecutionArgs {
  member: Member;
  extra: SocketExtra;
  cost: number;
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
      const { operation, prepared } = extra.operations.take(own);
      const { operationName } = prepared;
      if ('errors' in prepared) {
        // The operation is refused before anything of it is executed: the protocol has a message of its own for that.
        const code = outcomeOf(prepared.errors);
        observer.ended({ type: 'unknown', name: operationName, code, seconds: null });
        return prepared.errors;
      }
      const { document, variables, cost } = prepared;
      const member = new SocketMember(extra, operation);
      return {
        schema,
        member,
        extra,
        cost,
        rootValue: undefined,
        document,
        variableValues: variables,
        operationName,
      };
    },
    execute(args) {
      const { extra, cost } = args as PreparedArgs;
      const contextValue = options.makeContext(callerOf(extra), extra.from, {
        stillGood: stillGoodOf(extra),
      });
      return observed(observer, extra.introduction, operationOf(args), async () => {
        try {
          const refused = await refusalOf(() => contextValue.begin(cost));
          const result = refused ?? (await execute({ ...args, contextValue }));
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

/** What an operation that could not begin is answered with. */
const refusalOf = (begin: () => Later<void>): Later<ExecutionResult | null> =>
  either(
    begin,
    () => null,
    (error) => {
      const originalError = error as Error;
      return { errors: [new GraphQLError(originalError.message, { originalError })] };
    },
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

/** Sends what was made for it or its group, with its own operation id around it. A class: thousands of subscriptions keep one each. */
class SocketMember implements Member {
  /** Kept from the first live result on: most wait for theirs. */
  private head: Buffer | null = null;
  /** Made with the first long cursor. */
  private place: ReturnType<typeof holdPlace> | null = null;

  constructor(
    private readonly extra: SocketExtra,
    private readonly operation: Operation,
  ) {}

  get reader(): SlowReader {
    return this.extra.reader;
  }

  deliver(results: readonly Buffer[]): void {
    if (!this.isAwaited()) return;
    const { socket, reader } = this.extra;
    this.head ??= this.headOfFrame();
    if (!socket.push(this.head, results)) reader.overflow();
  }

  async send(results: readonly Buffer[]): Promise<void> {
    if (this.isAwaited()) await this.extra.socket.hand(this.head ?? this.headOfFrame(), results);
  }

  isFull(): boolean {
    return this.extra.socket.waitingBytes() > FULL_BYTES;
  }

  holds(characters: number): void {
    if (characters <= SHORT_CURSOR) return;
    const { share, operations } = this.extra;
    this.place ??= holdPlace(
      (held) => share?.hold(held) ?? (() => {}),
      (release) => operations.keep(this.operation, { cost: 0, release }),
    );
    this.place(characters);
  }

  private isAwaited(): boolean {
    return this.operation.awaited;
  }

  private headOfFrame(): Buffer {
    const id = JSON.stringify(this.operation.id);
    return Buffer.from(`{"id":${id},"type":"${MessageType.Next}","payload":`);
  }
}
