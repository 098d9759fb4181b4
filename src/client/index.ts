import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { ParleyError } from '../domain/errors.js';
import { isJsonObject, type JsonObject } from '../domain/json/json-value.js';
import { checkOptions } from './check-options.js';
import { type Authorization, credentialOf } from './credential.js';
import type { CursorEvent } from './follow.js';
import { type Operation, type ReadOperation, readOperation } from './operation.js';
import { openReply, type Reply, type ReplyOptions } from './reply.js';
import { send } from './request.js';
import { subscriptionEvents } from './subscription-events.js';

export { type ErrorCode, ParleyError } from '../domain/errors.js';
export type { JsonObject, JsonValue } from '../domain/json/json-value.js';
export type { ReplyPiece } from '../domain/replies/reply-piece.js';
export type { Authorization } from './credential.js';
export type { CursorEvent } from './follow.js';
export type { Operation } from './operation.js';
export type { FinishedMessage, Reply, ReplyOptions } from './reply.js';

export interface ClientOptions {
  /** The GraphQL endpoint, http or https: `http://127.0.0.1:4000/graphql`. */
  url: string;
  /** An API key or a token, as `Bearer …`, or what gives one; absent: none. */
  authorization?: Authorization;
  /** How long one attempt may take, in milliseconds; 30,000 where absent. */
  timeout?: number;
  /** How often a request is tried again; 5 where absent. Subscriptions are tried for ever. */
  retries?: number;
  /** A subscription's connection was lost, came back, or cannot be had for this reason. */
  onConnection?(state: 'connected' | 'lost' | 'unreachable', reason?: string): void;
}

export interface RequestOptions {
  signal?: AbortSignal;
}

/**
 * A server of Parley, from another machine. What fails is a ParleyError with the server's code: STORE_UNAVAILABLE where no
 * connection can be had, TIMEOUT where no answer comes. An aborted `signal` is thrown as it is.
 */
export interface ParleyClient extends AsyncDisposable {
  /** Tried again until it is answered. */
  query<T = JsonObject, V = JsonObject>(
    document: Operation<T, V>,
    variables: V,
    options?: RequestOptions,
  ): Promise<T>;
  /**
   * Carried out once, however often it is sent: a variable that is given as `input` gets an `idempotencyKey` where it has none
   * (`writeSnapshot` and `deleteSnapshot` take none, and are the same when they are made once more). What else takes none (`deleteSession`,
   * `eraseSessions`, `createSessionToken`, an input that is written out) is not sent again once the server may have carried it out.
   */
  mutate<T = JsonObject, V = JsonObject>(
    document: Operation<T, V>,
    variables: V,
    options?: RequestOptions,
  ): Promise<T>;
  /**
   * The events of the one root field, which selects `__typename` and `cursor` and takes `$after`. Goes on after the last event when
   * the connection is lost, the server starts again or the credential ends; completes as the feed does, and where `signal` aborts.
   */
  subscribe<E extends CursorEvent, V = JsonObject>(
    document: Operation<unknown, V>,
    variables: V,
    options?: RequestOptions,
  ): AsyncGenerator<E, void, undefined>;
  /**
   * Begins a reply that grows, or goes on with one: everybody who follows the session reads along, and in the end it is one message.
   * Needs the scope reply.
   */
  startReply(options: ReplyOptions): Promise<Reply>;
  /** Ends all that is open; what waits for an answer is rejected. */
  close(): Promise<void>;
}

/** Inputs without an idempotencyKey. */
const UNKEYED = new Set([
  'DeleteSessionInput',
  'EraseSessionsInput',
  'CreateSessionTokenInput',
  'ContinueReplyInput',
  'FinishReplyInput',
  'AbortReplyInput',
]);

/** They take no key either, and may be sent again: made once more, they are the same. */
const REPEATABLE = new Set(['WriteSnapshotInput', 'DeleteSnapshotInput']);

/** Opens nothing until it is asked. BAD_USER_INPUT for a `url` that is none of http, or names a user. */
export function createClient(options: ClientOptions): ParleyClient {
  checkOptions(options ?? {});
  const { url } = options;
  const credential = credentialOf(options.authorization ?? null);
  const target = { url, credential, timeout: options.timeout ?? 30_000, retries: options.retries ?? 5 };
  const closed = new AbortController();
  setMaxListeners(0, closed.signal);
  const until = (signal?: AbortSignal) => (signal ? AbortSignal.any([signal, closed.signal]) : closed.signal);
  const close = async () => closed.abort(new ParleyError('STORE_UNAVAILABLE', 'The client was closed.'));

  const client: ParleyClient = {
    async query<T, V>(document: Operation<T, V>, variables: V, { signal }: RequestOptions = {}) {
      const { text } = readOperation(document, 'query');
      const request = { query: text, variables: (variables ?? {}) as JsonObject, repeatable: true };
      return (await send(target, request, until(signal))) as T;
    },
    async mutate<T, V>(document: Operation<T, V>, variables: V, { signal }: RequestOptions = {}) {
      const operation = readOperation(document, 'mutation');
      const given = (variables ?? {}) as JsonObject;
      const keyed = withKeys(given, operation);
      const request = {
        query: operation.text,
        variables: keyed ?? given,
        repeatable: keyed !== null,
      };
      return (await send(target, request, until(signal))) as T;
    },
    subscribe<E extends CursorEvent, V>(
      document: Operation<unknown, V>,
      variables: V,
      { signal }: RequestOptions = {},
    ) {
      const { text, variables: declared } = readOperation(document, 'subscription');
      if (!declared.has('after')) {
        throw new ParleyError(
          'BAD_USER_INPUT',
          'The subscription must declare $after: String and give it as the argument after: it goes on from there.',
        );
      }
      return subscriptionEvents<E>(
        {
          url,
          credential,
          query: text,
          variables: variables as JsonObject,
          onState: (state) => options.onConnection?.(state),
          onUnreachable: (reason) => options.onConnection?.('unreachable', reason),
        },
        until(signal),
      );
    },
    startReply: (reply) =>
      openReply((document, variables) => client.mutate(document, variables), reply, closed.signal),
    close,
    [Symbol.asyncDispose]: close,
  };
  return client;
}

/** The variables with a key in each input that has none; null where an input cannot be given one. */
function withKeys(variables: JsonObject, { variables: types, inputs }: ReadOperation): JsonObject | null {
  const keyed = { ...variables };
  for (const name of inputs ?? []) {
    const input = variables[name];
    const type = types.get(name) ?? '';
    if (UNKEYED.has(type) || !isJsonObject(input)) return null;
    if (!REPEATABLE.has(type))
      keyed[name] = { ...input, idempotencyKey: input.idempotencyKey ?? randomUUID() };
  }
  return inputs && keyed;
}
