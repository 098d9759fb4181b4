import { ParleyError } from '../domain/errors.js';
import type { SlowReader, Standing } from '../domain/live/follow.js';
import type { LiveEvent, LiveEvents } from '../domain/live/live-events.js';
import { createEventResults, type ResultsSource } from './event-results.js';
import { createEventTurns } from './event-turns.js';
import {
  type Ahead,
  advance,
  aheadOf,
  compare,
  type GroupProgress,
  isBehind,
  lackingAgents,
  lackingReplies,
  openedAt,
} from './group-progress.js';

/** A subscriber, by itself or in a group. Results are given as their JSON, in UTF-8. */
export interface Member {
  /** Sends results, and waits for nobody. */
  deliver(results: readonly Buffer[]): void;
  /** The same at the subscriber's pace: resolves when they were handed to the network, or it has gone. */
  send(results: readonly Buffer[]): Promise<void>;
  /** Whether so much waits for the subscriber that it had better be sent less, and later. */
  isFull(): boolean;
  reader: SlowReader;
}

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
  /** `goOn`: it is to go on by itself from its cursor. */
  leave(how?: Error | 'goOn'): void;
}

interface Group {
  seats: Set<Seat>;
  feed: LiveEvents;
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
    first: Promise<IteratorResult<readonly LiveEvent[]>>,
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
    taken: Omit<Seat, 'leave'>,
    signal: AbortSignal,
  ): Promise<string | null> {
    return new Promise((resolve, reject) => {
      const { seats, feed, empty } = group;
      const seat: Seat = {
        ...taken,
        leave(how) {
          if (!seats.delete(seat)) return;
          leaveReader();
          signal.removeEventListener('abort', end);
          if (seats.size === 0 && groups.get(key)?.feed === feed) {
            groups.delete(key);
            empty.abort();
            feed.return(undefined).catch(() => {});
          }
          if (how instanceof Error) reject(how);
          else resolve(how === 'goOn' ? seat.cursor : null);
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

/** Together, unless a member has seen some of them already. */
async function tell(group: Group, events: readonly LiveEvent[], shared: SharedFeed): Promise<void> {
  for (let start = 0; start < events.length; ) {
    const isAhead = [...group.seats].some(({ beyond }) => beyond !== null);
    const some = isAhead ? events.slice(start, start + 1) : events.slice(start);
    await tellSome(group, some, shared);
    start += some.length;
  }
}

/**
 * Executes once, and gives the results to every member that has not seen the events. The few that are ahead of the group get theirs
 * with a cursor of their own: the group's would take them back. Where there are any, `events` is one.
 */
async function tellSome(group: Group, events: readonly LiveEvent[], shared: SharedFeed): Promise<void> {
  // Before anything is waited for: who joins from now on is asked to have seen them.
  for (const event of events) advance(group.progress, event);
  const first = events[0] as LiveEvent;
  const told = [...group.seats].flatMap((seat) => {
    const untold = untoldOf(seat, first);
    return untold ? [{ seat, untold }] : [];
  });
  if (told.length === 0) return;
  const last = events.at(-1) as LiveEvent;
  const results = createEventResults(events, shared, group.empty.signal);
  /** Of a piece of a reply in progress, which shows no message that may have changed. */
  const resultOf = async (event: LiveEvent) => Buffer.from((await shared.execute([event]))[0] ?? '');
  for (let start = 0; start < told.length; start += SLICE) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    const all = await results.current();
    if (all.length === 0) return;
    for (const { seat, untold } of told.slice(start, start + SLICE)) {
      const { beyond } = seat;
      const cursor = beyond ? ownCursor(beyond, last) : last.cursor;
      const own =
        untold !== first
          ? await resultOf({ ...untold, cursor })
          : beyond
            ? await results.withCursor(0, cursor)
            : null;
      if (!group.seats.has(seat)) continue;
      if (untold.type === 'ReplyProgress' && seat.member.isFull()) {
        seat.leave('goOn');
        continue;
      }
      seat.cursor = cursor;
      seat.member.deliver(own ? [own] : all);
    }
  }
}

const ownCursor = ({ ahead, standing }: NonNullable<Seat['beyond']>, event: LiveEvent): string =>
  standing.ownCursor(event.cursor, ahead.counts.keys(), ahead.replies.keys());

/** What of the event the member is to be told; null: it has seen it. */
function untoldOf(seat: Seat, event: LiveEvent): LiveEvent | null {
  if (!seat.beyond) return event;
  const { standing } = seat.beyond;
  const { untold, ahead } = compare(seat.beyond.ahead, event);
  seat.beyond = ahead && { ahead, standing };
  return untold;
}

const tooSlow = (cursor: string) =>
  new ParleyError('SUBSCRIBER_TOO_SLOW', 'Too much waits to be received. Resume with the cursor.', {
    details: { cursor },
  });
