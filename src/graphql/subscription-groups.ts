import { ParleyError } from '../domain/errors.js';
import type { SlowReader, Standing } from '../domain/live/follow.js';
import type { LiveEvent } from '../domain/live/live-events.js';
import { createEventTurns } from './event-turns.js';
import {
  type Ahead,
  advance,
  aheadOf,
  compare,
  type GroupProgress,
  isBehind,
  lackingAgents,
  openedAt,
} from './group-progress.js';

/** One subscription that takes part in a group. */
export interface Member {
  /** Sends the JSON of one result, in UTF-8, to the subscriber. */
  deliver(payload: Buffer): void;
  reader: SlowReader;
}

/** The feed that a group of equal subscriptions shares. */
export interface SharedFeed {
  /** Opens the live feed; its first `next` is called in the same turn. */
  open(): AsyncGenerator<LiveEvent>;
  /** Executes the operation for one event; the JSON of the result, errors masked. */
  execute(event: LiveEvent): Promise<string>;
  /** Rises when any message was changed: a result that was made before may show what was redacted since. */
  revision(): number;
  /** The event as it is now; null where what it tells of is gone. Rejects once `signal` aborts. */
  refreshed(event: LiveEvent, signal: AbortSignal): Promise<LiveEvent | null>;
}

/**
 * Equal subscriptions (same operation, variables and rights) are executed and serialised once for each event, whatever
 * their number. `join` resolves when the feed completes or `signal` aborts, and rejects with what ends the member.
 */
export interface SubscriptionGroups {
  /** As in `HandOver`. */
  isBehind(key: string, standing: Standing): boolean;
  lacking(key: string, standing: Standing): string[];
  join(key: string, standing: Standing, feed: SharedFeed, member: Member, signal: AbortSignal): Promise<void>;
  /** Runs what is done for one event of one of this caller's subscriptions, in its turn. */
  turn<T>(caller: string, run: () => Promise<T>): Promise<T>;
  /** Groups that have members now. */
  readonly size: number;
}

interface Seat {
  member: Member;
  /** What it has seen beyond the group, and where it stood when it joined; null once the group has come as far. */
  beyond: { ahead: Ahead; standing: Standing } | null;
  /** To resume from: of the last event that the member was given. */
  cursor: string;
  leave(error?: Error): void;
}

interface Group {
  seats: Set<Seat>;
  feed: AsyncGenerator<LiveEvent>;
  /** Aborts when the last member leaves. */
  empty: AbortController;
  progress: GroupProgress;
}

/** Members told in one turn of the event loop. */
const SLICE = 500;

/** Of the event loop's time for the events of one caller, and how much longer it rests where they took more: a quarter is its own. */
const TURNS = { now: () => performance.now(), sliceMs: 5, restAboveMs: 25, restFactor: 3 };

export function createSubscriptionGroups(): SubscriptionGroups {
  const turns = createEventTurns(TURNS);
  const groups = new Map<string, Group>();

  async function run(
    key: string,
    group: Group,
    shared: SharedFeed,
    first: Promise<IteratorResult<LiveEvent>>,
  ) {
    let failure: Error | undefined;
    try {
      for (let next = await first; !next.done; next = await group.feed.next()) {
        await tell(group, next.value, shared);
        if (group.seats.size === 0) break;
      }
    } catch (error) {
      failure = error as Error;
    }
    if (groups.get(key) === group) groups.delete(key);
    for (const seat of group.seats) seat.leave(failure);
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
  function sit(key: string, group: Group, taken: Omit<Seat, 'leave'>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const { seats, feed, empty } = group;
      const seat: Seat = {
        ...taken,
        leave(error) {
          if (!seats.delete(seat)) return;
          leaveReader();
          signal.removeEventListener('abort', end);
          if (seats.size === 0 && groups.get(key)?.feed === feed) {
            groups.delete(key);
            empty.abort();
            feed.return(undefined).catch(() => {});
          }
          if (error) reject(error);
          else resolve();
        },
      };
      const end = () => seat.leave();
      seats.add(seat);
      signal.addEventListener('abort', end);
      const leaveReader = seat.member.reader.join(() => seat.leave(tooSlow(seat.cursor)));
      if (signal.aborted) end();
    });
  }
}

/**
 * Executes once, and gives the result to every member that has not seen the event. The few that are ahead of the group get it
 * with a cursor of their own: the group's would take them back.
 */
async function tell(group: Group, event: LiveEvent, shared: SharedFeed): Promise<void> {
  // Before anything is waited for: who joins from now on is asked to have seen it.
  advance(group.progress, event);
  const told = [...group.seats].filter((seat) => isNew(seat, event));
  if (told.length === 0) return;
  let revision = shared.revision();
  let current = event;
  let payload = Buffer.from(await shared.execute(event));
  for (let start = 0; start < told.length; start += SLICE) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    if (shared.revision() !== revision) {
      revision = shared.revision();
      const now = await shared.refreshed(event, group.empty.signal);
      if (!now) return;
      current = now;
      payload = Buffer.from(await shared.execute(now));
    }
    for (const seat of told.slice(start, start + SLICE)) {
      const { beyond } = seat;
      const cursor = beyond
        ? beyond.standing.ownCursor(event.cursor, beyond.ahead.counts.keys())
        : event.cursor;
      const own = beyond ? Buffer.from(await shared.execute({ ...current, cursor })) : payload;
      if (!group.seats.has(seat)) continue;
      seat.cursor = cursor;
      seat.member.deliver(own);
    }
  }
}

function isNew(seat: Seat, event: LiveEvent): boolean {
  if (!seat.beyond) return true;
  const { standing } = seat.beyond;
  const { isNew, ahead } = compare(seat.beyond.ahead, event);
  seat.beyond = ahead && { ahead, standing };
  return isNew;
}

const tooSlow = (cursor: string) =>
  new ParleyError('SUBSCRIBER_TOO_SLOW', 'Too much waits to be received. Resume with the cursor.', {
    details: { cursor },
  });
