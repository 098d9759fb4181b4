import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import type { LiveEvent } from '../domain/live-events.js';
import type { Caller } from '../domain/policy.js';
import type { RequestContext } from './context.js';
import type { Member, SubscriptionGroups } from './subscription-groups.js';
import { subscriptionKey } from './subscription-key.js';

export interface SubscribeOptions {
  groups: SubscriptionGroups;
  member: Member;
  /** A context, and so loaders, for one event: what one event has loaded may have changed by the next. */
  makeContext(): RequestContext;
  /** The errors of a result as they may be sent. */
  mask(result: ExecutionResult): ExecutionResult;
}

/**
 * A subscription that gives its own results until it has caught up, and then joins those that are equal to it: their
 * results are made once and delivered to `member`. Errors at the start are a result, later ones are thrown by the iterator.
 */
export async function subscribe(
  args: ExecutionArgs,
  { groups, member, makeContext, mask }: SubscribeOptions,
): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
  const started = makeContext();
  const key = subscriptionKey(
    args.document,
    args.operationName ?? null,
    args.variableValues ?? {},
    started.caller.policy,
  );
  // What a group is given is made for its rights, not for the person who happened to open it.
  const nobody: Caller = { ...started.caller, id: '', name: '' };
  const resultOf = async (event: unknown) =>
    mask(await execute({ ...args, rootValue: event, contextValue: { ...makeContext(), caller: nobody } }));
  const contextValue: RequestContext = {
    ...started,
    reader: member.reader,
    handOver: {
      isBehind: (standing) => groups.isBehind(key, standing),
      lacking: (standing) => groups.lacking(key, standing),
      join(standing, live, signal) {
        const execute = async (event: LiveEvent) => JSON.stringify(await resultOf(event));
        const { revision, refreshed } = contextValue.live;
        const feed = { open: live, execute, revision, refreshed };
        return groups.join(key, standing, feed, member, signal);
      },
    },
  };
  const source = await createSourceEventStream({ ...args, contextValue });
  if (!(Symbol.asyncIterator in source)) return mask(source);
  return mapped(source[Symbol.asyncIterator]() as AsyncGenerator<unknown>, resultOf);
}

/** Leaving it leaves the source at once, also while it waits. */
function mapped<T, R>(source: AsyncGenerator<T>, map: (value: T) => Promise<R>): AsyncGenerator<R> {
  const results: AsyncGenerator<R> = {
    async next() {
      const { value, done } = await source.next();
      return done ? { value: undefined, done } : { value: await map(value), done: false };
    },
    async return(value) {
      await source.return(undefined);
      return { value, done: true };
    },
    async throw(error) {
      await source.throw(error);
      return { value: undefined, done: true };
    },
    async [Symbol.asyncDispose]() {
      await source.return(undefined);
    },
    [Symbol.asyncIterator]: () => results,
  };
  return results;
}
