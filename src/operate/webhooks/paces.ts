import { createPace, type Pace, type PaceLimits } from './pace.js';

/**
 * How fast an endpoint is sent to, and what of one caller: where its receiver takes what others say, it is not down, and what fails is
 * this caller's, who alone is sent more slowly.
 */
export interface Paces {
  /** Requests that may be under way now; 0 while the endpoint rests. */
  allows(now: number): number;
  /** Whether one more event of this caller may be under way, of whom so many are. */
  mayStart(caller: string, underWay: number, now: number): boolean;
  /** When the rest of the endpoint ends. */
  restsUntil(): number;
  /** When the first of the callers that rest may be sent of again; null: none rests. */
  callerRestsUntil(now: number): number | null;
  /** True where the endpoint had failed before: what waits may be tried at once. */
  taken(caller: string, now: number): boolean;
  failed(caller: string, now: number, retryAfterMs: number | null): void;
  /** It is there, and does not want this event. */
  refused(caller: string, now: number, retryAfterMs: number | null): void;
  /** Whether what was sent of this caller last was not taken, some times in a row. */
  isFailing(caller: string): boolean;
  /** Whether that has gone on after the endpoint was seen to be there: it takes what others say. */
  isRefused(caller: string): boolean;
  /** The endpoint is there: it has taken something that no caller has said. */
  seen(now: number): void;
  delayAfter(attempts: number): number;
}

interface Own {
  pace: Pace;
  failedAt: number;
  /** Since when nothing of it was taken. */
  failingSince: number;
  /** Something has failed after what others say was taken; until nothing has failed for a while. */
  refused: boolean;
}

/** For so long after a failure, in ms, a caller has no more than half of the requests at once. Longer than any rest. */
const CAREFUL_MS = 300_000;
/** Callers of whom something has failed lately. */
const MOST_CALLERS = 1_000;

export function createPaces(limits: PaceLimits, random: () => number): Paces {
  const endpoint = createPace(limits, random);
  const callers = new Map<string, Own>();
  let seenAt = Number.NEGATIVE_INFINITY;

  const isCareful = (own: Own, now: number) => now - own.failedAt < CAREFUL_MS;

  /** Behind all others; the one that has failed longest ago goes. */
  function ownOf(caller: string, now: number): Own {
    const own = callers.get(caller) ?? {
      pace: createPace(limits, random),
      failedAt: now,
      failingSince: now,
      refused: false,
    };
    callers.delete(caller);
    callers.set(caller, own);
    const [oldest] = callers.keys();
    if (callers.size > MOST_CALLERS && oldest !== undefined) callers.delete(oldest);
    return own;
  }

  return {
    allows: endpoint.allows,
    mayStart(caller, underWay, now) {
      const own = callers.get(caller);
      if (!own) return true;
      const most = isCareful(own, now) ? Math.ceil(limits.atOnce / 2) : limits.atOnce;
      return underWay < Math.min(most, own.pace.allows(now));
    },
    restsUntil: endpoint.restsUntil,
    callerRestsUntil(now) {
      let first: number | null = null;
      for (const { pace } of callers.values()) {
        const until = pace.restsUntil();
        if (until > now && until < (first ?? Number.POSITIVE_INFINITY)) first = until;
      }
      return first;
    },
    taken(caller, now) {
      seenAt = now;
      const own = callers.get(caller);
      own?.pace.taken(now);
      if (own && !isCareful(own, now)) callers.delete(caller);
      else if (own) own.failingSince = Number.POSITIVE_INFINITY;
      return endpoint.taken(now);
    },
    failed(caller, now, retryAfterMs) {
      const own = ownOf(caller, now);
      own.failedAt = now;
      own.failingSince = Math.min(own.failingSince, now);
      own.pace.failed(now, null);
      own.refused ||= seenAt > own.failingSince;
      if (own.refused) endpoint.rests(now, retryAfterMs);
      else endpoint.failed(now, retryAfterMs);
    },
    refused(caller, now, retryAfterMs) {
      seenAt = now;
      const own = callers.get(caller);
      own?.pace.refused(now, null);
      if (own) own.failingSince = Number.POSITIVE_INFINITY;
      endpoint.refused(now, retryAfterMs);
    },
    isFailing: (caller) => callers.get(caller)?.pace.isFailing() ?? false,
    isRefused(caller) {
      const own = callers.get(caller);
      return (own?.refused && own.pace.isFailing()) ?? false;
    },
    seen(now) {
      seenAt = now;
      endpoint.taken(now);
    },
    delayAfter: endpoint.delayAfter,
  };
}
