import type { Position } from '../../domain/sessions/session-store.js';
import type { HeldEvent, WebhookEvent } from '../../domain/webhook-store.js';
import type { Lanes, LanesOptions } from './lanes-port.js';
import { createLineUp } from './line-up.js';
import { createSleepers } from './sleepers.js';

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
  caller: string;
}

export function createLanes({ ledger, held, dead, limits, instead, writerOf }: LanesOptions): Lanes {
  const lanes = new Map<string, Lane>();
  const ready = createLineUp<Lane>(limits.freshFirst);
  /** Of each caller. */
  const underWay = new Map<string, number>();
  const sleeping = createSleepers<Lane>(limits.longestDelayMs);
  /** Positions that the feed may give once more. */
  const known = new Set<Position>(dead);
  let waiting = 0;
  let goneToldAt = Number.NEGATIVE_INFINITY;

  const keyOf = ({ sessionId }: WebhookEvent) => sessionId ?? '';
  const laneOf = (event: WebhookEvent): Lane => {
    const key = keyOf(event);
    const lane = lanes.get(key) ?? { key, events: [], busy: false, dueAt: 0, caller: '' };
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
    ready.delete(lane, lane.caller);
    sleeping.delete(lane);
    lane.dueAt = dueAt;
    if (lane.events.length === 0) lanes.delete(lane.key);
    else if (!lane.busy) sleeping.add(lane);
  }

  function lineUp(lane: Lane): void {
    lane.caller = callerOf(lane);
    ready.add(lane, lane.caller, !lane.events[0]?.held.attempts);
  }

  function counted(caller: string, more: number): void {
    const count = (underWay.get(caller) ?? 0) + more;
    if (count > 0) underWay.set(caller, count);
    else underWay.delete(caller);
  }

  /** The lane of an event that was under way. */
  function returned({ event }: HeldEvent): Lane {
    const lane = lanes.get(keyOf(event)) as Lane;
    lane.busy = false;
    counted(lane.caller, -1);
    return lane;
  }

  const isFailing = ({ events }: Lane) => (events[0]?.held.attempts ?? 0) > 0;
  const callerOf = ({ key }: Lane) => writerOf(key || null);
  /** What of it is not under way. */
  const waitingIn = ({ events, busy }: Lane) => (busy ? events.slice(1) : events);

  /** In the place of the last of what is gone. One that waits stands for what goes later, too. */
  function tellGone(event: WebhookEvent, now: number): void {
    const told = instead(event, 'all');
    const lane = laneOf(told);
    if (waitingIn(lane).some(({ held: { event: known } }) => known.reason === 'QUEUE_FULL')) return;
    const dueAt = Math.max(now, goneToldAt + limits.goneEveryMs);
    goneToldAt = dueAt;
    const one = {
      held: {
        event: told,
        since: new Date(now),
        attempts: 0,
        dueAt: new Date(dueAt),
        failure: null,
        deadAt: null,
      },
      stored: true,
    };
    lane.events.push(one);
    waiting += 1;
    ledger.put(one.held);
    if (lane.events.length === 1) line(lane, dueAt);
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
    sleeping.doubt();
  }
  restore(held);

  return {
    take(event, now) {
      if (known.delete(event.position)) return;
      const lane = laneOf(event);
      const last = lane.events.at(-1);
      const blocked = last?.stored === true;
      // What waits behind one that was never refused is told one by one, however slowly it is taken.
      const full = blocked && isFailing(lane) && lane.events.length > limits.inLane;
      // It stands for this one too, unless it is on its way.
      const onItsWay = lane.busy && lane.events.length === 1;
      if (full && last.held.event.reason === 'QUEUE_FULL' && !onItsWay) return;
      const since = new Date(now);
      const told = full ? instead(event, 'session') : event;
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
    next(now, mayStart = () => true) {
      for (const lane of sleeping.wake(now)) lineUp(lane);
      const lane = ready.next((caller) => mayStart(caller, underWay.get(caller) ?? 0));
      if (!lane) return null;
      lane.busy = true;
      counted(lane.caller, 1);
      return lane.events[0]?.held ?? null;
    },
    writtenBy(sessionId) {
      const lane = lanes.get(sessionId);
      if (!lane || lane.busy || sleeping.has(lane)) return;
      ready.delete(lane, lane.caller);
      lineUp(lane);
    },
    callerOf: ({ event }) => writerOf(event.sessionId),
    nextDueAt: sleeping.nextDueAt,
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
    hurry: sleeping.hurry,
    hasRoom: () => ledger.count() < limits.open && waiting < limits.waiting,
    isFull: () => waiting >= limits.waiting,
    setAside(of) {
      let any = false;
      for (const lane of lanes.values()) {
        const caller = callerOf(lane);
        if (!of(caller, underWay.get(caller) ?? 0)) continue;
        for (const one of waitingIn(lane)) {
          if (one.stored) continue;
          store(one, one.held);
          any = true;
        }
      }
      return any;
    },
    giveWay(isRefused, most, now) {
      let [dead, gone] = [0, 0];
      let last: WebhookEvent | null = null;
      for (const lane of lanes.values()) {
        if (waiting <= (limits.waiting * 3) / 4) break;
        const [first] = waitingIn(lane);
        if (lane.key === '' || lane.busy || !first || !isRefused(first.held)) continue;
        for (const one of lane.events.splice(0)) {
          if (dead < most) {
            const { failure } = one.held;
            store(one, { ...one.held, failure: failure ?? 'too much waits', deadAt: new Date(now) });
            waiting -= 1;
            dead += 1;
          } else {
            drop(one);
            last = one.held.event;
            gone += 1;
          }
        }
        line(lane, 0);
      }
      if (last) tellGone(last, now);
      return { dead, gone };
    },
    waiting: () => waiting,
  };
}
