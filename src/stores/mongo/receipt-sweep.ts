import { createLru } from '../../domain/lru.js';
import { READ_LIMIT_MS, type Sessions } from './collection.js';
import { expiredPaths } from './receipt-document.js';

const LOOK_EVERY_MS = 60 * 60 * 1000;
const REMEMBERED = 10_000;

/** Finds the receipts that a write may remove on its way, looking at a session's at most once an hour. */
export interface ReceiptSweep {
  /** Paths to unset. A failure to look is no failure of the write. */
  expired(sessionId: string, now: Date): Promise<string[]>;
  /** Nothing to find in a session that was just made. */
  fresh(sessionId: string, now: Date): void;
}

export function createReceiptSweep(sessions: Sessions): ReceiptSweep {
  const looked = createLru<string, number>(REMEMBERED);
  return {
    async expired(sessionId, now) {
      const last = looked.get(sessionId);
      if (last !== undefined && Math.abs(now.getTime() - last) < LOOK_EVERY_MS) return [];
      looked.set(sessionId, now.getTime());
      const doc = await sessions
        .findOne({ _id: sessionId }, { projection: { parley_receipts: 1 }, maxTimeMS: READ_LIMIT_MS })
        .catch(() => null);
      return expiredPaths(doc?.parley_receipts, now);
    },
    fresh(sessionId, now) {
      looked.set(sessionId, now.getTime());
    },
  };
}
