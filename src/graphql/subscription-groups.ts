import { ParleyError } from '../domain/errors.js';
import type { SlowReader, Standing } from '../domain/follow.js';
import type { LiveEvent } from '../domain/live-events.js';

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
  /** Agents of which the group has told more than `standing`: it may read messages from the data ahead of their changes. */
  lacking(key: string, standing: Standing): string[];
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
  /** Aborts when the last member leaves. */
  empty: AbortController;
  /** How many messages of each agent it has told of, or passed by. */
  told: Map<string, number>;
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
    lacking(key, { heads }) {
      const told = groups.get(key)?.told ?? new Map<string, number>();
      return [...told].flatMap(([agentId, count]) =>
        (heads.get(agentId)?.count ?? 0) < count ? [agentId] : [],
      );
    },
    join(key, standing, shared, member, signal) {
      return new Promise((resolve, reject) => {
        let group = groups.get(key);
        if (!group) {
          const feed = shared.open();
          group = { seats: new Set(), feed, empty: new AbortController(), told: new Map() };
          groups.set(key, group);
          void run(key, group, shared, feed.next());
        }
        const { seats, feed, empty } = group;
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
        const leaveReader = member.reader.join(() => seat.leave(tooSlow(seat.cursor)));
        if (signal.aborted) end();
      });
    },
  };
}

/** Executes once, and gives the result to every member that has not seen the event. */
async function tell(group: Group, event: LiveEvent, shared: SharedFeed): Promise<void> {
  // Before anything is waited for: who joins from now on is asked to have seen it.
  keepCount(group.told, event);
  const told = [...group.seats].filter((seat) => isNew(seat, event));
  if (told.length === 0) return;
  let revision = shared.revision();
  let payload = Buffer.from(await shared.execute(event));
  for (let start = 0; start < told.length; start += SLICE) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    if (shared.revision() !== revision) {
      revision = shared.revision();
      const now = await shared.refreshed(event, group.empty.signal);
      if (!now) return;
      payload = Buffer.from(await shared.execute(now));
    }
    for (const seat of told.slice(start, start + SLICE)) {
      if (!group.seats.has(seat)) continue;
      seat.cursor = event.cursor;
      seat.member.deliver(payload);
    }
  }
}

function keepCount(told: Map<string, number>, event: LiveEvent): void {
  if (event.type === 'MessageAdded') told.set(event.message.agentId, event.message.position + 1);
  else if (event.type === 'Resync' && event.agentId !== null) told.delete(event.agentId);
  else if (event.type === 'Resync' && event.reason === 'SESSION_RECREATED') told.clear();
}

/**
 * A member that joined ahead of the group has seen what the group is still to tell. Messages are compared by their place,
 * because either may have read them from the data before their change came by; what the feed says of itself has no
 * position of its own, and is told rather twice than not at all.
 */
function isNew(seat: Seat, event: LiveEvent): boolean {
  const { ahead } = seat;
  if (!ahead) return true;
  const later = event.position > ahead.position;
  if (later && ahead.counts.size === 0) seat.ahead = null;
  if (event.type === 'MessageAdded') {
    const { agentId, position } = event.message;
    if (position < (ahead.counts.get(agentId) ?? 0)) return false;
    // From here on the group is as far as the member was, in this agent.
    ahead.counts.delete(agentId);
    return true;
  }
  if (event.type === 'Resync') {
    if (event.agentId !== null) ahead.counts.delete(event.agentId);
    else if (event.reason === 'SESSION_RECREATED') ahead.counts.clear();
  }
  return later || event.type === 'Degraded' || event.type === 'Restored' || event.type === 'Resync';
}

const tooSlow = (cursor: string | null) =>
  new ParleyError('SUBSCRIBER_TOO_SLOW', 'Too much waits to be received. Resume with the cursor.', {
    details: cursor === null ? {} : { cursor },
  });
