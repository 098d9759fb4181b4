import { after, isPromise, type Later } from '../../domain/async/later.js';
import { nextTurn } from '../../domain/async/next-turn.js';
import type { Standing } from '../../domain/live/follow.js';
import type { LiveEvent, LiveEvents } from '../../domain/live/live-events.js';
import { createEventResults, type EventResults, type ResultsSource } from './event-results.js';
import { type Ahead, advance, compare, type GroupProgress } from './group-progress.js';
import type { Member } from './member.js';

export interface Seat {
  member: Member;
  /** What it has seen beyond the group, and where it stood when it joined; null once the group has come as far. */
  beyond: { ahead: Ahead; standing: Standing } | null;
  /** To resume from: of the last event that the member was given. */
  cursor: string;
  /** `goOn`: it is to go on by itself from its cursor. `error`: what it ends with, which may be anything, as a hook may throw anything. */
  leave(how?: { error: unknown } | 'goOn'): void;
}

export interface Group {
  seats: Set<Seat>;
  feed: LiveEvents;
  /** Aborts when the last member leaves. */
  empty: AbortController;
  progress: GroupProgress;
}

/** Members told in one turn of the event loop. */
const SLICE = 500;

/** Together, unless a member has seen some of them already. */
export function tell(group: Group, events: readonly LiveEvent[], shared: ResultsSource): Later<void> {
  if (events.length === 1 || !isAhead(group)) return tellSome(group, events, shared);
  return tellInTurn(group, events, shared);
}

async function tellInTurn(group: Group, events: readonly LiveEvent[], shared: ResultsSource): Promise<void> {
  for (let start = 0; start < events.length; ) {
    const some = isAhead(group) ? events.slice(start, start + 1) : events.slice(start);
    await tellSome(group, some, shared);
    start += some.length;
  }
}

const isAhead = ({ seats }: Group) => [...seats].some(({ beyond }) => beyond !== null);

/**
 * Executes once, and gives the results to every member that has not seen the events. The few that are ahead of the group get theirs
 * with a cursor of their own: the group's would take them back. Where there are any, `events` is one.
 */
function tellSome(group: Group, events: readonly LiveEvent[], shared: ResultsSource): Later<void> {
  // Before anything is waited for: who joins from now on is asked to have seen them.
  for (const event of events) advance(group.progress, event);
  const first = events[0] as LiveEvent;
  const alike: Seat[] = [];
  const apart: Apart[] = [];
  for (const seat of group.seats) {
    const untold = untoldOf(seat, first);
    if (untold === first && !seat.beyond) alike.push(seat);
    else if (untold) apart.push({ seat, untold });
  }
  const since = shared.revision();
  const telling = alike.length > 0 ? tellAlike(group, alike, events, shared) : undefined;
  return apart.length > 0 ? after(telling, () => tellApart(group, apart, shared, since)) : telling;
}

function tellAlike(
  group: Group,
  seats: readonly Seat[],
  events: readonly LiveEvent[],
  shared: ResultsSource,
): Later<void> {
  const last = events.at(-1) as LiveEvent;
  return tellFrom(0, { group, seats, last, results: createEventResults(events, shared, group.empty.signal) });
}

interface Telling {
  group: Group;
  seats: readonly Seat[];
  last: LiveEvent;
  results: EventResults;
}

/** In slices of the event loop's time. */
function tellFrom(start: number, telling: Telling): Later<void> {
  const made = telling.results.current();
  return isPromise(made)
    ? made.then((later) => giveFrom(start, telling, later))
    : giveFrom(start, telling, made);
}

function giveFrom(start: number, telling: Telling, made: readonly Buffer[]): Later<void> {
  const { group, seats, last } = telling;
  if (made.length === 0) return;
  const end = Math.min(start + SLICE, seats.length);
  for (let at = start; at < end; at++) give(group, seats[at] as Seat, last, made);
  return end < seats.length ? nextTurn().then(() => tellFrom(end, telling)) : undefined;
}

/** A member that is ahead of its group, or was until now, and what of the event it is to be told. */
interface Apart {
  seat: Seat;
  untold: LiveEvent;
}

/** Each gets results of its own, which are made again as those of the others are. `since`: the revision when the event came. */
async function tellApart(
  group: Group,
  members: readonly Apart[],
  shared: ResultsSource,
  since: number,
): Promise<void> {
  for (const [index, { seat, untold }] of members.entries()) {
    if (index > 0 && index % SLICE === 0) await nextTurn();
    const own = seat.beyond ? { ...untold, cursor: ownCursor(seat.beyond, untold) } : untold;
    const results = await createEventResults([own], shared, group.empty.signal, since).current();
    if (results.length > 0) give(group, seat, own, results);
  }
}

/** `event`: the last of those whose results these are. */
function give({ seats }: Group, seat: Seat, event: LiveEvent, results: readonly Buffer[]): void {
  if (!seats.has(seat)) return;
  if (event.type === 'ReplyProgress' && seat.member.isFull()) {
    seat.leave('goOn');
    return;
  }
  seat.cursor = event.cursor;
  try {
    seat.member.holds(event.cursor.length);
  } catch (error) {
    seat.leave({ error });
    return;
  }
  seat.member.deliver(results);
}

const ownCursor = ({ ahead, standing }: NonNullable<Seat['beyond']>, event: LiveEvent): string =>
  standing.ownCursor(event.cursor, ahead.heads.keys(), ahead.replies.keys());

/** What of the event the member is to be told; null: it has seen it. */
function untoldOf(seat: Seat, event: LiveEvent): LiveEvent | null {
  if (!seat.beyond) return event;
  const { standing } = seat.beyond;
  const { untold, ahead } = compare(seat.beyond.ahead, event);
  seat.beyond = ahead && { ahead, standing };
  if (untold !== 'goOn') return untold;
  seat.leave('goOn');
  return null;
}
