import {
  type DocumentNode,
  type ExecutionArgs,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  parse,
} from 'graphql';
import { MessageType, type ServerOptions, type SubscribePayload } from 'graphql-ws';
import { ParleyError } from '../domain/errors.js';
import type { Caller } from '../domain/policy.js';
import { lossyNumberError } from '../domain/written-numbers.js';
import type { MakeContext, RequestContext } from '../graphql/context.js';
import { createResultMask } from '../graphql/result-mask.js';
import { type SubscribeOptions, subscribe } from '../graphql/subscribe.js';
import type { Member, SubscriptionGroups } from '../graphql/subscription-groups.js';
import type { Trust } from '../graphql/trusted-documents.js';
import { callerOf, type SocketExtra } from './ws-callers.js';

export interface WsOperationsOptions {
  schema: GraphQLSchema;
  /** Parses, validates and measures an operation, or says what is wrong with it. */
  prepare(payload: SubscribePayload): { document: DocumentNode } | { errors: readonly GraphQLError[] };
  /** Counts one operation of a caller. Rejects with RATE_LIMITED. */
  admit(caller: Caller, from: string): Promise<void>;
  /** Lets the known operations pass alone; null: any. */
  trust: Trust | null;
  /** A context for one operation, or for one event of a subscription. */
  makeContext: MakeContext;
  groups: SubscriptionGroups;
  mask(error: unknown): GraphQLFormattedError;
  /** Runs what is done for one event. */
  traced: SubscribeOptions['traced'];
  /** Largest frame that is read. */
  maxPayloadBytes: number;
  /** Operations that one socket may have open. */
  maxOperations: number;
}

/** Execution arguments, or the errors for which the operation is not executed. */
type PreparedArgs = ExecutionArgs & {
  refused?: readonly GraphQLError[];
  member: Member;
  extra: SocketExtra;
  contextValue: RequestContext;
};

/** Stands where a refused operation cannot be parsed. It is never executed. */
const REFUSED = parse('{ __typename }');
/** The open operations of a socket are kept as they came: this many of the largest messages at most. */
const HELD_MESSAGES = 2;

/** What graphql-ws does with an operation: equal subscriptions share their results, and errors leave masked. */
export function createWsOperations(
  options: WsOperationsOptions,
): Pick<
  Required<ServerOptions<Record<string, unknown>, SocketExtra>>,
  'onSubscribe' | 'execute' | 'subscribe' | 'onError'
> {
  const { schema, mask } = options;
  const maxHeldBytes = HELD_MESSAGES * options.maxPayloadBytes;

  const maskResult = createResultMask(mask);

  /** The operation that a message asks for, or what it is refused for. */
  async function prepare(sent: SubscribePayload, { credential, from, lossy }: SocketExtra) {
    try {
      if (credential) await options.admit(credential.caller, from);
      // The path begins with the message's own `payload`.
      if (lossy) throw lossyNumberError({ ...lossy, path: lossy.path.slice(1) });
      const payload = options.trust?.(sent) ?? sent;
      return { payload, prepared: options.prepare(payload) };
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      const refused = new GraphQLError(error.message, { originalError: error });
      return { payload: sent, prepared: { errors: [refused] } };
    }
  }

  return {
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
      const { refused, contextValue } = args as PreparedArgs;
      if (refused) return maskResult({ errors: refused });
      try {
        return maskResult(await execute(args));
      } finally {
        contextValue.end();
      }
    },
    subscribe: (args) =>
      subscribe(args, {
        groups: options.groups,
        member: (args as PreparedArgs).member,
        caller: callerOf((args as PreparedArgs).extra),
        makeContext: (caller, place) => options.makeContext(caller, (args as PreparedArgs).extra.from, place),
        mask: maskResult,
        traced: options.traced,
      }),
    onError: (_ctx, _id, _payload, errors) => errors.map(mask) as readonly GraphQLFormattedError[],
  };
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

function tooMany(what: string): GraphQLError {
  const message = `${what}. Complete some, or open another socket.`;
  return new GraphQLError(message, { originalError: new ParleyError('RATE_LIMITED', message) });
}
