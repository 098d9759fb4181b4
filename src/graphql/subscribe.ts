import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import type { Caller } from '../domain/access/policy.js';
import type { LiveEvent } from '../domain/live/live-events.js';
import { mapped } from '../domain/mapped.js';
import type { LivePlace, RequestContext } from './context.js';
import type { Member, SubscriptionGroups } from './subscription-groups.js';
import { subscriptionKey } from './subscription-key.js';

export interface SubscribeOptions {
  groups: SubscriptionGroups;
  member: Member;
  caller: Caller;
  /** A context, and so loaders, for one event: what one event has loaded may have changed by the next. */
  makeContext(caller: Caller, place?: LivePlace): RequestContext;
  /** The errors of a result as they may be sent. */
  mask(result: ExecutionResult): ExecutionResult;
  /** Runs what is done for one event. */
  traced<T>(event: LiveEvent, run: () => Promise<T>): Promise<T>;
}

/**
 * A subscription that gives its own results until it has caught up, and then joins those that are equal to it: their
 * results are made once and delivered to `member`. Errors at the start are a result, later ones are thrown by the iterator.
 */
export async function subscribe(
  args: ExecutionArgs,
  { groups, member, caller, makeContext, mask, traced }: SubscribeOptions,
): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
  const key = subscriptionKey(
    args.document,
    args.operationName ?? null,
    args.variableValues ?? {},
    caller.policy,
  );
  // What a group is given is made for its rights, not for the person who happened to open it.
  const nobody: Caller = { ...caller, id: '', name: '' };
  const resultOf = (event: unknown) =>
    traced(event as LiveEvent, async () => {
      const forEvent = makeContext(nobody, { share: contextValue.share });
      try {
        return mask(await execute({ ...args, rootValue: event, contextValue: forEvent }));
      } finally {
        forEvent.end();
      }
    });
  const inTurn = <T>(task: () => Promise<T>) => groups.turn(contextValue.share, task);
  let joined: Promise<void> | null = null;
  const contextValue = makeContext(caller, {
    reader: member.reader,
    handOver: {
      isBehind: (standing) => groups.isBehind(key, standing),
      lacking: (standing) => groups.lacking(key, standing),
      join(standing, live, signal) {
        const execute = (event: LiveEvent) => inTurn(async () => JSON.stringify(await resultOf(event)));
        const { revision, refreshed } = contextValue.live;
        const feed = { open: live, execute, revision, refreshed };
        joined = groups.join(key, standing, feed, member, signal);
        // Thrown where the results are taken, if they still are.
        joined.catch(() => {});
      },
    },
  });
  const source = await createSourceEventStream({ ...args, contextValue });
  if (!(Symbol.asyncIterator in source)) return mask(source);
  return mapped(
    source[Symbol.asyncIterator]() as AsyncGenerator<unknown>,
    (event) => inTurn(() => resultOf(event)),
    () => joined,
  );
}
