import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { callerKey } from '../domain/access/caller-key.js';
import type { Caller } from '../domain/access/policy.js';
import { ParleyError } from '../domain/errors.js';
import { makerOf } from '../domain/fairness/shares.js';

/** Counts one operation of a caller; RATE_LIMITED with `retryAfter` in seconds past the limit. */
export type RateLimit = (caller: Caller, from: string) => Promise<void>;

/** A burst of so many seconds is let through at once. */
const BURST_S = 5;

/** Of what its maker may do, what one session token may: the others of the maker have something left. */
const OF_TOKEN = 0.5;

/**
 * Null where there is no limit. A caller without a credential is its address; one that makes session tokens may do no more with
 * all of them than without.
 */
export function createRateLimit(perSecond: number): RateLimit | null {
  if (perSecond === 0) return null;
  const points = perSecond * BURST_S;
  const ofMaker = new RateLimiterMemory({ points, duration: BURST_S });
  const ofToken = new RateLimiterMemory({ points: Math.ceil(points * OF_TOKEN), duration: BURST_S });
  return async (caller, from) => {
    const key = callerKey(caller, from);
    const maker = makerOf(key);
    try {
      if (key !== maker) await ofToken.consume(key);
      await ofMaker.consume(maker);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const retryAfter = Math.max(1, Math.ceil(error.msBeforeNext / 1_000));
      throw new ParleyError(
        'RATE_LIMITED',
        `More than ${perSecond} operations a second, with those of all session tokens of one maker. Try again in ${retryAfter} seconds.`,
        {
          details: { retryAfter },
        },
      );
    }
  };
}
