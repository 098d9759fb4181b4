import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Caller } from '../../domain/access/policy.js';
import { after, type Later, lastly } from '../../domain/async/later.js';
import { leftAtOnce } from '../../domain/async/left-at-once.js';
import type { HandOver } from '../../domain/live/follow.js';
import type { LiveEvent, LiveEvents } from '../../domain/live/live-events.js';
import { type AnswerText, answerBytes } from '../answer-text.js';
import type { LivePlace, RequestContext } from '../context.js';
import type { Plans } from '../plan/plans.js';
import { createEventResults, type ResultsSource } from './event-results.js';
import { createEventExecution } from './execute-events.js';
import type { Member } from './member.js';
import type { SubscriptionGroups } from './subscription-groups.js';
import { subscriptionKey } from './subscription-key.js';

export interface SubscribeOptions {
  groups: SubscriptionGroups;
  plans: Pick<Plans, 'events'>;
  member: Member;
  caller: Caller;
  /** A context, and so loaders, for events that are executed together: what was loaded may have changed by the next. */
  makeContext(caller: Caller, place?: LivePlace): RequestContext;
  /** The errors of a result as they may be sent. */
  mask(result: ExecutionResult): ExecutionResult;
  /** Runs what is done for one event. */
  traced<T>(event: LiveEvent, run: () => Later<T>): Later<T>;
}

/** In UTF-8. */
const bytesOf = (results: readonly AnswerText[]): Buffer[] => results.map(answerBytes);

/** What is sent at once to a subscriber that catches up, in bytes; more only where one result is larger. */
const SENT_AT_ONCE = 120 * 1024;

/**
 * A subscription whose `member` is sent its own results until it has caught up, and then joins those that are equal to it: their
 * results are made once. The iterator gives nothing, and ends when the subscription does. Errors at the start are a result,
 * later ones are thrown by the iterator.
 */
export async function subscribe(
  args: ExecutionArgs,
  { groups, plans, member, caller, makeContext, mask, traced }: SubscribeOptions,
): Promise<AsyncGenerator<never> | ExecutionResult> {
  const key = subscriptionKey(
    args.document,
    args.operationName ?? null,
    args.variableValues ?? {},
    caller.policy,
  );
  // What a group is given is made for its rights, not for the person who happened to open it.
  const nobody: Caller = { ...caller, id: '', name: '' };
  const plan = plans.events(args.document, args.operationName ?? null);
  const executed = createEventExecution(plan, args.variableValues ?? {}, (run) => {
    const forEvents = makeContext(nobody, { share });
    return lastly(
      () => run(forEvents),
      () => forEvents.end(),
    );
  });
  const execute = (events: readonly LiveEvent[]) => {
    const results = () => after(executed(events), bytesOf);
    const [first] = events;
    const run =
      first && events.length === 1
        ? () => traced(first, results)
        : events.reduceRight((inner, event) => () => traced(event, inner), results);
    return groups.turn(share, run);
  };
  let joined: Promise<string | null> | null = null;
  const handOver: HandOver = {
    isBehind: (standing) => groups.isBehind(key, standing),
    lacking: (standing) => groups.lacking(key, standing),
    lackingReplies: (standing) => groups.lackingReplies(key, standing),
    join(standing, open, signal) {
      joined = groups.join(key, standing, { open, ...source }, member, signal);
      // Thrown where the results are taken, if they still are.
      joined.catch(() => {});
    },
  };
  const contextAt = (goOn: string | null) => makeContext(caller, { reader: member.reader, handOver, goOn });
  const contextValue = contextAt(null);
  const { share } = contextValue;
  const { revision, refreshed } = contextValue.live;
  const source: ResultsSource = { execute, revision, refreshed };
  const stream = await createSourceEventStream({ ...args, contextValue });
  if (!(Symbol.asyncIterator in stream)) return mask(stream);

  /** What comes after the group; null: nothing. */
  async function further(): Promise<LiveEvents | null> {
    const cursor = await joined;
    joined = null;
    if (cursor === null) return null;
    const again = await createSourceEventStream({ ...args, contextValue: contextAt(cursor) });
    if (!(Symbol.asyncIterator in again))
      throw again.errors?.[0] ?? new TypeError('a feed that cannot go on');
    const events = again[Symbol.asyncIterator]() as unknown as LiveEvents;
    // That it is ready was told before.
    await events.next();
    return events;
  }
  const first = stream[Symbol.asyncIterator]() as unknown as LiveEvents;
  return sending(first, source, member, { further, refused: (error) => contextAt(null).refused([error]) });
}

/**
 * Sends the results of all events at the member's pace, and of those that are `further`. Leaving leaves the events at once. `refused` is
 * told what ends it.
 */
function sending(
  first: LiveEvents,
  source: ResultsSource,
  member: Member,
  { further, refused }: { further(): Promise<LiveEvents | null>; refused(error: unknown): void },
): AsyncGenerator<never> {
  let events = first;
  let hasLeft = false;
  /** While something is sent: thousands that wait keep none. */
  let leaving: AbortController | null = null;
  async function leave(): Promise<void> {
    hasLeft = true;
    leaving?.abort();
    await events.return(undefined);
  }
  async function sendAll(): Promise<void> {
    leaving = new AbortController();
    for (let next = await events.next(); !next.done; next = await events.next()) {
      const last = next.value.at(-1);
      if (last) member.holds(last.cursor.length);
      await send(next.value, source, member, leaving.signal);
    }
    leaving = null;
  }
  async function next(): Promise<IteratorResult<never>> {
    try {
      for (;;) {
        await sendAll();
        const more = hasLeft ? null : await further();
        if (!more) return { value: undefined, done: true };
        events = more;
        if (hasLeft) await events.return(undefined);
      }
    } catch (error) {
      if (hasLeft) return { value: undefined, done: true };
      refused(error);
      await leave();
      throw error;
    }
  }
  return leftAtOnce({ next, leave });
}

async function send(
  events: readonly LiveEvent[],
  source: ResultsSource,
  member: Member,
  signal: AbortSignal,
): Promise<void> {
  const results = createEventResults(events, source, signal);
  for (;;) {
    const waiting = await results.current();
    if (waiting.length === 0) return;
    const some = waiting.slice(0, countAtOnce(waiting));
    results.drop(some.length);
    await member.send(some);
  }
}

function countAtOnce(results: readonly Buffer[]): number {
  let bytes = 0;
  const first = results.findIndex(({ length }) => {
    bytes += length;
    return bytes > SENT_AT_ONCE;
  });
  return first === -1 ? results.length : Math.max(1, first);
}
