import { createLru } from '../../../domain/lru.js';
import { expiredReceipts } from '../documents/receipt-document.js';
import { READING, type Sessions } from '../driver/collection.js';

const LOOK_EVERY_MS = 60 * 60 * 1000;
const LOOK_EVERY_WRITES = 1_000;
const REMEMBERED = 10_000;
/** How many a session keeps, about a megabyte; of more the oldest go, however young they are. */
const MOST_RECEIPTS = 10_000;
/** How many one write takes along; the next one takes the rest. */
const MOST_REMOVED = 2_000;
/** With the database's own time. */
const LOOK = { $project: { receipts: '$parley_receipts', now: '$$NOW' } };

/**
 * Finds the receipts that a write may remove on its way. It looks at a session's at most once an hour, or once in a
 * thousand writes, so that they outgrow the bound by no more than a thousand for each process.
 */
export interface ReceiptSweep {
  /** Paths to unset, asked for by each write that leaves a receipt. A failure to look is no failure of the write. */
  expired(sessionId: string, now: Date): Promise<string[]>;
  /** Nothing to find in a session that was just made. */
  fresh(sessionId: string, now: Date): void;
}

export function createReceiptSweep(sessions: Sessions): ReceiptSweep {
  const looked = createLru<string, { at: number; writes: number }>(REMEMBERED);
  return {
    async expired(sessionId, now) {
      const last = looked.get(sessionId);
      if (last !== undefined && Math.abs(now.getTime() - last.at) < LOOK_EVERY_MS) {
        last.writes += 1;
        if (last.writes < LOOK_EVERY_WRITES) return [];
      }
      looked.set(sessionId, { at: now.getTime(), writes: 0 });
      const [doc] = await sessions
        .aggregate([{ $match: { _id: sessionId } }, LOOK], READING)
        .toArray()
        .catch(() => []);
      // A clock that runs ahead would let go of what others have just left.
      const time = doc?.now instanceof Date && doc.now < now ? doc.now : now;
      const paths = expiredReceipts(doc?.receipts, time, MOST_RECEIPTS);
      if (paths.length > MOST_REMOVED) looked.delete(sessionId);
      return paths.slice(0, MOST_REMOVED);
    },
    fresh(sessionId, now) {
      looked.set(sessionId, { at: now.getTime(), writes: 0 });
    },
  };
}
