import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { callerKey } from '../domain/access/caller-key.js';
import type { Caller } from '../domain/access/policy.js';
import { ParleyError } from '../domain/errors.js';

/** Counts one operation of a caller; RATE_LIMITED with `retryAfter` in seconds past the limit. */
export type RateLimit = (caller: Caller, from: string) => Promise<void>;

/** A burst of so many seconds is let through at once. */
const BURST_S = 5;

/** Null where there is no limit. A caller without a credential is its address. */
export function createRateLimit(perSecond: number): RateLimit | null {
  if (perSecond === 0) return null;
  const limiter = new RateLimiterMemory({ points: perSecond * BURST_S, duration: BURST_S });
  return async (caller, from) => {
    try {
      await limiter.consume(callerKey(caller, from));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const retryAfter = Math.max(1, Math.ceil(error.msBeforeNext / 1_000));
      throw new ParleyError(
        'RATE_LIMITED',
        `More than ${perSecond} operations a second. Try again in ${retryAfter} seconds.`,
        {
          details: { retryAfter },
        },
      );
    }
  };
}
