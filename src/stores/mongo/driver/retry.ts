import { backoff, pause } from '../../../domain/async/pause.js';
import { isWorthRetrying } from './errors.js';

const ATTEMPTS = 5;
const MAX_PAUSE_MS = 1_000;

/**
 * Tries again after a network error or a change of primary. The driver's own retry saves one write for each server and
 * crash; what it throws then may have been stored, so `attempt` must be guarded: run twice, it has one effect.
 */
export async function retrying<T>(attempt: (failures: number) => Promise<T>): Promise<T> {
  const never = new AbortController().signal;
  for (let failures = 0; ; failures++) {
    try {
      return await attempt(failures);
    } catch (error) {
      if (failures + 1 >= ATTEMPTS || !isWorthRetrying(error)) throw error;
      await pause(backoff(failures, MAX_PAUSE_MS, Math.random), never);
    }
  }
}
