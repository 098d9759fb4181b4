import { ParleyError } from '../domain/errors.js';
import type { SlowReader, Standing } from '../domain/follow.js';
import type { LiveEvent } from '../domain/live-events.js';

/** One subscription that takes part in a group. */
export interface Member {
  /** Sends the JSON of one result to the subscriber. */
  deliver(payload: string): void;
  reader: SlowReader;
}

/** The feed that a group of equal subscriptions shares. */
export interface SharedFeed {
  /** Opens the live feed; its first `next` is called in the same turn. */
  open(): AsyncGenerator<LiveEvent>;
  /** Executes the operation for one event; the JSON of the result, errors masked. */
  execute(event: LiveEvent): Promise<string>;
}

/**
 * Equal subscriptions (same operation, variables and rights) are executed and serialised once for each event, whatever
 * their number. `join` resolves when the feed completes or `signal` aborts, and rejects with what ends the member.
 */
export interface SubscriptionGroups {
  join(key: string, standing: Standing, feed: SharedFeed, member: Member, signal: AbortSignal): Promise<void>;
  /** Groups that have members now. */
  readonly size: number;
}

interface Seat {
  member: Member;
  /** What the member has seen beyond the group when it joined; null once the group has come as far. */
  ahead: { position: string; counts: Map<string, number> } | null;
  /** Of the last event that the member was given here. */
  cursor: string | null;
  leave(error?: Error): void;
}

interface Group {
  seats: Set<Seat>;
  feed: AsyncGenerator<LiveEvent>;
}

/** Members told in one turn of the event loop. */
const SLICE = 500;

export function createSubscriptionGroups(): SubscriptionGroups {
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
    get size() {
      return groups.size;
    },
    join(key, standing, shared, member, signal) {
      return new Promise((resolve, reject) => {
        let group = groups.get(key);
        if (!group) {
          const feed = shared.open();
          group = { seats: new Set(), feed };
          groups.set(key, group);
          void run(key, group, shared, feed.next());
        }
        const { seats, feed } = group;
        const seat: Seat = {
          member,
          ahead: {
            position: standing.position,
            counts: new Map([...standing.heads].map(([agentId, head]) => [agentId, head.count])),
          },
          cursor: null,
          leave(error) {
            if (!seats.delete(seat)) return;
            leaveReader();
            signal.removeEventListener('abort', end);
            if (seats.size === 0 && groups.get(key)?.feed === feed) {
              groups.delete(key);
              feed.return(undefined).catch(() => {});
            }
            if (error) reject(error);
            else resolve();
          },
        };
        const end = () => seat.leave();
        seats.add(seat);
        signal.addEventListener('abort', end);
        const leaveReader = member.reader.join(() => seat.leave(tooSlow(seat.cursor)));
        if (signal.aborted) end();
      });
    },
  };
}

/** Executes once, and gives the result to every member that has not seen the event. */
async function tell(group: Group, event: LiveEvent, shared: SharedFeed): Promise<void> {
  const told = [...group.seats].filter((seat) => isNew(seat, event));
  if (told.length === 0) return;
  const payload = await shared.execute(event);
  for (let start = 0; start < told.length; start += SLICE) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    for (const seat of told.slice(start, start + SLICE)) {
      if (!group.seats.has(seat)) continue;
      seat.cursor = event.cursor;
      seat.member.deliver(payload);
    }
  }
}

/**
 * A member that joined ahead of the group has seen what the group is still to tell. Messages are compared by their place,
 * because a group that reads them anew from the data gives them under an older position; what the feed says of itself
 * has no position of its own, and is told rather twice than not at all.
 */
function isNew(seat: Seat, event: LiveEvent): boolean {
  const { ahead } = seat;
  if (!ahead) return true;
  if (event.position > ahead.position) {
    seat.ahead = null;
    return true;
  }
  if (event.type === 'Degraded' || event.type === 'Restored' || event.type === 'Resync') return true;
  if (event.type !== 'MessageAdded') return false;
  const { agentId, position } = event.message;
  if (position < (ahead.counts.get(agentId) ?? 0)) return false;
  ahead.counts.set(agentId, position + 1);
  return true;
}

const tooSlow = (cursor: string | null) =>
  new ParleyError('SUBSCRIBER_TOO_SLOW', 'Too much waits to be received. Resume with the cursor.', {
    details: cursor === null ? {} : { cursor },
  });
