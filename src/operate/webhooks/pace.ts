/** How fast one endpoint is sent to: all that is due while it takes what it is sent, and little while it does not. */
export interface Pace {
  /** Requests that may be under way now; 0 while it rests. */
  allows(now: number): number;
  /** When its rest ends. */
  restsUntil(): number;
  /** True where it had failed before: what waits may be tried at once. */
  taken(now: number): boolean;
  failed(now: number, retryAfterMs: number | null): void;
  /** It has failed for what is no reason to send it others more slowly, unless it says so. */
  rests(now: number, retryAfterMs: number | null): void;
  /** It may be there: it rests no longer than after its first failures, unless it has asked for that. */
  hurry(now: number): void;
  /** Whether it has failed so many times in a row that nothing else counts as the cause. */
  isFailing(): boolean;
  /** It is there, and does not want this event: no reason to send it others more slowly, unless it says so. */
  refused(now: number, retryAfterMs: number | null): void;
  /** How long an event waits after so many attempts, in ms. */
  delayAfter(attempts: number): number;
}

/** What is said of one event, and not of the endpoint: it is malformed for the receiver, too large, or in conflict with what that has. */
const OF_EVENT = new Set([400, 406, 409, 413, 415, 422].map((status) => `HTTP ${status}`));
export const isOfEvent = (failure: string): boolean => OF_EVENT.has(failure);

export interface PaceLimits {
  atOnce: number;
  /** Failures one after the other after which an endpoint, and no event, counts as the cause. */
  failing: number;
  /**
   * Between two requests to an endpoint that fails, growing by 2 each time, but where it has taken something up to this part of the time
   * since then: what fails may be what some sessions say, and nobody else's events are to wait for that.
   */
  rest: { first: number; most: number; ofTimeSinceTaken: number };
  /** Between two attempts at one event, likewise. */
  delay: { first: number; most: number };
}

/** Jittered by a quarter in either direction, so that what failed together does not come back together. */
export function createPace({ atOnce, failing, rest, delay }: PaceLimits, random: () => number): Pace {
  let failures = 0;
  let until = 0;
  /** As the receiver has asked. */
  let askedUntil = 0;
  let takenAt = Number.NEGATIVE_INFINITY;
  const grown = ({ first, most }: { first: number; most: number }, times: number) =>
    Math.min(first * 2 ** Math.min(times, 30), most) * (0.75 + random() / 2);
  const rests = (now: number, ms: number | null) => {
    askedUntil = Math.max(askedUntil, now + (ms ?? 0));
  };
  return {
    allows: (now) => (now < Math.max(until, askedUntil) ? 0 : failures < failing ? atOnce : 1),
    restsUntil: () => Math.max(until, askedUntil),
    taken(now) {
      const failed = failures >= failing;
      failures = 0;
      until = 0;
      takenAt = now;
      return failed;
    },
    failed(now, retryAfterMs) {
      rests(now, retryAfterMs);
      // What fails while it rests was under way with what has failed before, and says nothing more.
      if (failures >= failing && now < until) return;
      failures += 1;
      const { first, most } = rest;
      const longest = Math.min(most, Math.max(first, (now - takenAt) * rest.ofTimeSinceTaken));
      const own = failures < failing ? 0 : grown({ first, most: longest }, failures - failing);
      until = Math.max(until, now + own);
    },
    rests,
    hurry(now) {
      until = Math.min(until, now + rest.first);
    },
    isFailing: () => failures >= failing,
    refused(now, retryAfterMs) {
      failures = 0;
      rests(now, retryAfterMs);
    },
    delayAfter: (attempts) => grown(delay, attempts - 1),
  };
}
