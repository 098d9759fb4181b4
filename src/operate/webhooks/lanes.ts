import type { Position } from '../../domain/sessions/session-store.js';
import type { HeldEvent, WebhookEvent } from '../../domain/webhook-store.js';
import type { Ledger } from './ledger.js';

/**
 * What one endpoint is still to be sent, a lane for each session: of a lane the first event alone is under way, and the others wait
 * for it. What has failed is held by the store, with all behind it; the rest is read again where the process ends. Times are in ms.
 */
export interface Lanes {
  /** The next event of the feed. One that is held already, or was given up, is passed over. */
  take(event: WebhookEvent, now: number): void;
  /** The session is gone: nothing that happened to it before can be told. */
  erase(sessionId: string): void;
  /** Held events that are not known yet, as where an operator has let them wait again. */
  restore(held: readonly HeldEvent[]): void;
  /** The first event of a session that is due and not under way; it is under way then. */
  next(now: number): HeldEvent | null;
  /** When the next one is due that is not yet; null: none waits for its time. */
  nextDueAt(): number | null;
  /** Taken, or nothing to tell: the next one of its session is due. */
  done(held: HeldEvent): void;
  /** Not taken: the same one again at `dueAt`. */
  failed(held: HeldEvent, failure: string, dueAt: number): void;
  /** Not taken, and not tried again: the next one of its session is due. */
  giveUp(held: HeldEvent, failure: string, now: number): void;
  /** Was not tried: again at `dueAt`. */
  postpone(held: HeldEvent, dueAt: number): void;
  /** Everything that waits is due. */
  hurry(): void;
  /** Whether more should be read. */
  hasRoom(): boolean;
  /** Events that are not taken yet. */
  waiting(): number;
}

export interface LanesOptions {
  ledger: Ledger;
  /** What is held, by the store. */
  held: readonly HeldEvent[];
  /** Positions of what was given up. */
  dead: readonly Position[];
  limits: LaneLimits;
  /** What is told in the place of many events of a session; its reason is `QUEUE_FULL`. */
  instead(event: WebhookEvent): WebhookEvent;
}

export interface LaneLimits {
  /** Events in memory that the store does not hold. */
  open: number;
  /** Events of all sessions. */
  waiting: number;
  /** Events that wait behind a failed one of their session; what comes then is told by one that stands for all of it. */
  inLane: number;
  /** Events that were never tried which go before one that has failed. */
  freshFirst: number;
  /** A time further ahead was given by a clock that was wrong. */
  longestDelayMs: number;
}

interface Waiting {
  held: HeldEvent;
  /** Whether the store holds it. */
  stored: boolean;
}

interface Lane {
  key: string;
  events: Waiting[];
  busy: boolean;
  dueAt: number;
}

export function createLanes({ ledger, held, dead, limits, instead }: LanesOptions): Lanes {
  const lanes = new Map<string, Lane>();
  /** Those whose first event was never tried, and those whose was. */
  const ready = { fresh: new Set<Lane>(), again: new Set<Lane>() };
  /** Fresh ones that went before those that failed. */
  let before = 0;
  const sleeping = new Set<Lane>();
  /** Positions that the feed may give once more. */
  const known = new Set<Position>(dead);
  let waiting = 0;

  const keyOf = ({ sessionId }: WebhookEvent) => sessionId ?? '';
  const laneOf = (event: WebhookEvent): Lane => {
    const key = keyOf(event);
    const lane = lanes.get(key) ?? { key, events: [], busy: false, dueAt: 0 };
    lanes.set(key, lane);
    return lane;
  };

  function store(one: Waiting, now: HeldEvent): void {
    one.held = now;
    one.stored = true;
    ledger.put(now);
  }

  /** It is to be sent no more. */
  function drop({ held: { event }, stored }: Waiting): void {
    waiting -= 1;
    if (stored) ledger.remove(event.position);
    else ledger.close(event.position);
  }

  /** Puts the lane where it belongs, after a change of what is first in it. */
  function line(lane: Lane, dueAt: number): void {
    ready.fresh.delete(lane);
    ready.again.delete(lane);
    sleeping.delete(lane);
    lane.dueAt = dueAt;
    if (lane.events.length === 0) lanes.delete(lane.key);
    else if (!lane.busy) sleeping.add(lane);
  }

  /**
   * What was never tried goes first, so that sessions whose events the receiver does not take keep no others from it; behind some of
   * them one that has failed.
   */
  function firstInLine(): Lane | undefined {
    const isAgain = ready.fresh.size === 0 || (ready.again.size > 0 && before >= limits.freshFirst);
    const from = isAgain ? ready.again : ready.fresh;
    before = isAgain ? 0 : before + 1;
    const [lane] = from;
    if (lane) from.delete(lane);
    return lane;
  }

  /** The lane of an event that was under way. */
  function returned({ event }: HeldEvent): Lane {
    const lane = lanes.get(keyOf(event)) as Lane;
    lane.busy = false;
    return lane;
  }

  function restore(some: readonly HeldEvent[]): void {
    for (const one of some) {
      const { position } = one.event;
      const lane = laneOf(one.event);
      if (lane.events.some(({ held: { event } }) => event.position === position)) continue;
      known.add(position);
      waiting += 1;
      const later = lane.events.findIndex(({ held: { event } }) => event.position > position);
      // Never before one that is under way.
      const place = Math.max(later === -1 ? lane.events.length : later, lane.busy ? 1 : 0);
      lane.events.splice(place, 0, { held: one, stored: true });
      if (place === 0) line(lane, one.dueAt.getTime());
    }
  }
  restore(held);

  return {
    take(event, now) {
      if (known.delete(event.position)) return;
      const lane = laneOf(event);
      const last = lane.events.at(-1);
      const blocked = last?.stored === true;
      const full = blocked && lane.events.length > limits.inLane;
      // It stands for this one too, unless it is on its way.
      const onItsWay = lane.busy && lane.events.length === 1;
      if (full && last.held.event.reason === 'QUEUE_FULL' && !onItsWay) return;
      const since = new Date(now);
      const told = full ? instead(event) : event;
      const one = {
        held: { event: told, since, attempts: 0, dueAt: since, failure: null, deadAt: null },
        stored: false,
      };
      lane.events.push(one);
      waiting += 1;
      ledger.open(event.position);
      if (blocked) store(one, one.held);
      else if (lane.events.length === 1) line(lane, now);
    },
    erase(sessionId) {
      ledger.erase(sessionId);
      const lane = lanes.get(sessionId);
      if (!lane) return;
      const kept = lane.busy ? lane.events.slice(0, 1) : [];
      for (const one of lane.events.slice(kept.length)) drop(one);
      lane.events = kept;
      line(lane, lane.dueAt);
    },
    restore,
    next(now) {
      for (const lane of sleeping) {
        if (lane.dueAt > now && lane.dueAt <= now + limits.longestDelayMs) continue;
        sleeping.delete(lane);
        ready[lane.events[0]?.held.attempts ? 'again' : 'fresh'].add(lane);
      }
      const lane = firstInLine();
      if (!lane) return null;
      lane.busy = true;
      return lane.events[0]?.held ?? null;
    },
    nextDueAt: () =>
      [...sleeping].reduce<number | null>((first, { dueAt }) => Math.min(first ?? dueAt, dueAt), null),
    done(event) {
      const lane = returned(event);
      drop(lane.events.shift() as Waiting);
      line(lane, 0);
    },
    failed(event, failure, dueAt) {
      const lane = returned(event);
      const [first, ...behind] = lane.events;
      store(first as Waiting, { ...event, attempts: event.attempts + 1, failure, dueAt: new Date(dueAt) });
      for (const one of behind) if (!one.stored) store(one, one.held);
      line(lane, dueAt);
    },
    giveUp(event, failure, now) {
      const lane = returned(event);
      const given = { ...event, attempts: event.attempts + 1, failure, deadAt: new Date(now) };
      store(lane.events.shift() as Waiting, given);
      waiting -= 1;
      line(lane, 0);
    },
    postpone(event, dueAt) {
      line(returned(event), dueAt);
    },
    hurry() {
      for (const lane of sleeping) lane.dueAt = 0;
    },
    hasRoom: () => ledger.count() < limits.open && waiting < limits.waiting,
    waiting: () => waiting,
  };
}
