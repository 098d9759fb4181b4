import { pruneChanges } from './change-log.js';
import { pruneReceipts } from './receipts.js';
import type { Statements } from './statements.js';

/** Once nothing more is too old, writes do not look again for so long. */
const REST_MS = 60_000;

/** Removes what is too old along with the writes, in small steps. */
export interface Pruning {
  /** In the transaction of a write that is made at this time. */
  at(now: Date): void;
}

export function createPruning(statements: Statements): Pruning {
  let rested = 0;
  return {
    at(now) {
      const time = now.getTime();
      // A clock that was set back is as far from the last look as one that went on.
      if (Math.abs(time - rested) < REST_MS) return;
      const receipts = pruneReceipts(statements, now);
      const changes = pruneChanges(statements, now);
      if (!receipts && !changes) rested = time;
    },
  };
}
