import { createLru } from '../../../domain/lru.js';
import type { ReceiptSweep } from './receipt-sweep.js';

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

/**
 * Makes a write that unsets the paths given to it: of receipts that are spent or too old, but for those that it leaves itself. Where
 * it is not made, the next write takes them along.
 */
export async function removingReceipts<T>(
  { spent, sweep }: { spent: SpentReceipts; sweep: ReceiptSweep },
  { sessionId, now }: { sessionId: string; now: Date },
  own: ReadonlySet<string>,
  write: (old: readonly string[]) => Promise<T>,
  isMade: (outcome: T) => boolean,
): Promise<T> {
  const found = [...spent.take(sessionId), ...(await sweep.expired(sessionId, now))];
  const old = found.filter((path) => !own.has(path));
  let made = false;
  try {
    const outcome = await write(old);
    made = isMade(outcome);
    return outcome;
  } finally {
    if (!made) spent.add(sessionId, old);
  }
}
