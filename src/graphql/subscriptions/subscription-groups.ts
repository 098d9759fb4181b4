import type { Later } from '../../domain/async/later.js';
import { afterThis } from '../../domain/async/next-turn.js';
import { ParleyError } from '../../domain/errors.js';
import type { Standing } from '../../domain/live/follow.js';
import type { LiveEvent, LiveEvents } from '../../domain/live/live-events.js';
import type { ResultsSource } from './event-results.js';
import { createEventTurns } from './event-turns.js';
import { aheadOf, isBehind, lackingAgents, lackingReplies, openedAt } from './group-progress.js';
import type { Member } from './member.js';
import { type Group, type Seat, tell } from './tell-group.js';

/** The feed that a group of equal subscriptions shares. */
export interface SharedFeed extends ResultsSource {
  /** Opens the live feed; its first `next` is called in the same turn. */
  open(): LiveEvents;
}

/**
 * Equal subscriptions (same operation, variables and rights) are executed and serialised once for each event, whatever
 * their number. `join` resolves when the feed completes or `signal` aborts, and rejects with what ends the member. It resolves with a
 * cursor where the member is to go on by itself from there: it is full, and a reply in progress grows, of which it is then given more at once.
 */
export interface SubscriptionGroups {
  /** As in `HandOver`. */
  isBehind(key: string, standing: Standing): boolean;
  lacking(key: string, standing: Standing): string[];
  lackingReplies(key: string, standing: Standing): string[];
  join(
    key: string,
    standing: Standing,
    feed: SharedFeed,
    member: Member,
    signal: AbortSignal,
  ): Promise<string | null>;
  /** Runs what is done for one event of one of this caller's subscriptions, in its turn. */
  turn<T>(caller: string, run: () => Later<T>): Later<T>;
  /** Groups that have members now. */
  readonly size: number;
}

/** Of the event loop's time for the events of one caller, and how much longer it rests where they took more: a quarter is its own. */
const TURNS = { now: () => performance.now(), sliceMs: 5, restAboveMs: 25, restFactor: 3, afterThis };

export function createSubscriptionGroups(): SubscriptionGroups {
  const turns = createEventTurns(TURNS);
  const groups = new Map<string, Group>();

  async function run(
    key: string,
    group: Group,
    shared: SharedFeed,
    first: Promise<IteratorResult<readonly LiveEvent[]>>,
  ) {
    let failure: { error: unknown } | undefined;
    try {
      for (let next = await first; !next.done; next = await group.feed.next()) {
        const telling = tell(group, next.value, shared);
        if (telling) await telling;
        if (group.seats.size === 0) break;
      }
    } catch (error) {
      failure = { error };
    }
    if (groups.get(key) === group) groups.delete(key);
    for (const seat of group.seats) {
      const error = failure && seat.beyond ? withOwnCursor(failure.error, seat.cursor) : failure?.error;
      seat.leave(failure && { error });
    }
  }

  return {
    turn: turns.run,
    get size() {
      return groups.size;
    },
    isBehind(key, standing) {
      const group = groups.get(key);
      return group !== undefined && isBehind(group.progress, standing);
    },
    lacking(key, standing) {
      const group = groups.get(key);
      return group ? lackingAgents(group.progress, standing) : [];
    },
    lackingReplies(key, standing) {
      const group = groups.get(key);
      return group ? lackingReplies(group.progress, standing) : [];
    },
    join(key, standing, shared, member, signal) {
      let group = groups.get(key);
      if (!group) {
        const feed = shared.open();
        group = { seats: new Set(), feed, empty: new AbortController(), progress: openedAt(standing) };
        groups.set(key, group);
        void run(key, group, shared, feed.next());
      }
      const ahead = aheadOf(group.progress, standing);
      const beyond = ahead && { ahead, standing };
      return sit(key, group, { member, beyond, cursor: standing.cursor() }, signal);
    },
  };

  /** Keeps nothing of where the member stood: there are many, and most wait for long. */
  function sit(
    key: string,
    group: Group,
    { member, beyond, cursor }: Omit<Seat, 'leave'>,
    signal: AbortSignal,
  ): Promise<string | null> {
    return new Promise((resolve, reject) => {
      const { seats, feed, empty } = group;
      const seat: Seat = {
        member,
        beyond,
        cursor,
        leave(how) {
          if (!seats.delete(seat)) return;
          leaveReader();
          signal.removeEventListener('abort', end);
          if (seats.size === 0 && groups.get(key)?.feed === feed) {
            groups.delete(key);
            empty.abort();
            feed.return(undefined).catch(() => {});
          }
          if (how === 'goOn') resolve(seat.cursor);
          else if (how) reject(how.error);
          else resolve(null);
        },
      };
      const end = () => seat.leave();
      seats.add(seat);
      signal.addEventListener('abort', end);
      const leaveReader = member.reader.join(() => seat.leave({ error: tooSlow(seat.cursor) }));
      if (signal.aborted) end();
    });
  }
}

/** With the group's cursor a member would forget what it has seen beyond it: replies that it was told of would end as if they were none. */
const withOwnCursor = (error: unknown, cursor: string): unknown =>
  error instanceof ParleyError && error.details.cursor !== undefined
    ? new ParleyError(error.code, error.message, { details: { ...error.details, cursor } })
    : error;

const tooSlow = (cursor: string) =>
  new ParleyError('SUBSCRIBER_TOO_SLOW', 'Too much waits to be received. Resume with the cursor.', {
    details: { cursor },
  });
