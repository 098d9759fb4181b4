import { createLru } from '../../domain/lru.js';

const REMEMBERED = 10_000;
/** Of one session; what lies beyond goes with the sweep. */
const MOST = 1_000;

/**
 * Receipts of writes that only this process could have repeated, and will not: the next write to the session takes them
 * along, so that they never fill its document.
 */
export interface SpentReceipts {
  /** The paths to unset. Who takes them gives back what it did not remove. */
  take(sessionId: string): string[];
  add(sessionId: string, paths: readonly string[]): void;
}

export function createSpentReceipts(): SpentReceipts {
  const spent = createLru<string, string[]>(REMEMBERED);
  return {
    take(sessionId) {
      const paths = spent.get(sessionId) ?? [];
      spent.delete(sessionId);
      return paths;
    },
    add(sessionId, paths) {
      if (paths.length > 0) spent.set(sessionId, [...(spent.get(sessionId) ?? []), ...paths].slice(-MOST));
    },
  };
}
