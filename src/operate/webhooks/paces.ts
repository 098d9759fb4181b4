import { createOthers } from '../../domain/fairness/others.js';
import { createLru } from '../../domain/lru.js';
import { createPace, type Pace, type PaceLimits } from './pace.js';

/**
 * How fast an endpoint is sent to, and what of one caller: where its receiver takes what others say, it is not down, and what fails is
 * this caller's, who alone is sent more slowly.
 */
export interface Paces {
  /** Requests that may be under way now; 0 while the endpoint rests. */
  allows(now: number): number;
  /** Whether one more event of this caller may be under way, of whom so many are, and so many of others. */
  mayStart(caller: string, underWay: { own: number; others: number }, now: number): boolean;
  /** An event of this caller is under way from now on, of whom so many were before. */
  started(caller: string, before: number, now: number): void;
  /** Whether nothing of this caller was taken for a while, of whom something is under way. */
  isStalled(caller: string, now: number): boolean;
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
  /** The endpoint is there: it has taken something that no caller has said. Whose events have failed are tried soon, which tells why. */
  seen(now: number): void;
  /** Whether something was not taken since then. */
  hasFailedSince(then: number): boolean;
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

/**
 * For so long after a failure, in ms, a caller has no more than half of the requests at once, and where there were others in that time
 * half of what those leave: what hangs is known only when its time is over. Longer than any rest.
 */
const CAREFUL_MS = 300_000;
/** A receiver that takes nothing of a caller for so long, in ms, may not answer at all: its events are not what others wait behind. */
const STALLED_MS = 1_000;
/** No caller is called so. */
const NOBODY = ' ';
/** Callers of whom something has failed lately. */
const MOST_CALLERS = 1_000;

/** `begins`: now, in ms, where nobody knows who had events before that: there may have been others. */
export function createPaces(
  limits: PaceLimits,
  random: () => number,
  begins = Number.NEGATIVE_INFINITY,
): Paces {
  const endpoint = createPace(limits, random);
  const callers = new Map<string, Own>();
  let seenAt = Number.NEGATIVE_INFINITY;
  let failedAt = Number.NEGATIVE_INFINITY;
  let time = begins;
  /** When the events of a caller began to be sent, or one was taken. */
  const goingOnAt = createLru<string, number>(MOST_CALLERS);
  const lately = createOthers(() => time, CAREFUL_MS);
  lately.note(NOBODY);

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
    mayStart(caller, { own: underWay, others }, now) {
      time = now;
      const own = callers.get(caller);
      const hasOthers = lately.hasOthers(caller);
      const left = limits.atOnce - (hasOthers ? others : 0);
      const most = hasOthers || (own && isCareful(own, now)) ? Math.ceil(left / 2) : left;
      return underWay < Math.min(Math.max(1, most), own?.pace.allows(now) ?? limits.atOnce);
    },
    started(caller, before, now) {
      time = now;
      lately.note(caller);
      if (before === 0) goingOnAt.set(caller, now);
    },
    isStalled: (caller, now) => now - (goingOnAt.get(caller) ?? now) >= STALLED_MS,
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
      goingOnAt.set(caller, now);
      const own = callers.get(caller);
      own?.pace.taken(now);
      if (own && !isCareful(own, now)) callers.delete(caller);
      else if (own) own.failingSince = Number.POSITIVE_INFINITY;
      return endpoint.taken(now);
    },
    failed(caller, now, retryAfterMs) {
      const own = ownOf(caller, now);
      failedAt = now;
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
      for (const { pace, refused } of callers.values()) if (!refused) pace.hurry(now);
    },
    hasFailedSince: (then) => failedAt > then,
    delayAfter: endpoint.delayAfter,
  };
}
