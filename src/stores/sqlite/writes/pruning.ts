import { LEAP, lastPosition, pruneChanges } from '../change-log.js';
import type { Statements } from '../statements.js';
import { pruneReceipts } from './receipts.js';

/** Once nothing more is too old, writes do not look again for so long. */
const REST_MS = 60_000;
/** Rows that one commit removes: pruning never holds a write up. */
const STEP = { receipts: 100, changes: 200 };
/** And of what a commit has brought so many times as much, where that is more: else it would never be done with. */
const TIMES_THE_BROUGHT = 2;

/** Removes what is too old along with the writes, in small steps. */
export interface Pruning {
  /** In the transaction of so many writes, the last of them made at this time. */
  at(now: Date, writes: number): void;
}

export function createPruning(statements: Statements): Pruning {
  let rested = 0;
  /** Of the latest change at the last commit; null where writes did not look then. */
  let position: number | null = Number(lastPosition(statements));

  /** Changes since the last commit, of whichever process; none where that is not known. */
  function brought(): number {
    const now = Number(lastPosition(statements));
    const before = position ?? now;
    position = now;
    return now - before < LEAP ? now - before : 0;
  }

  return {
    at(now, writes) {
      const time = now.getTime();
      // A clock that was set back is as far from the last look as one that went on.
      if (Math.abs(time - rested) < REST_MS) {
        position = null;
        return;
      }
      const changes = brought();
      const moreReceipts = pruneReceipts(
        statements,
        now,
        Math.max(STEP.receipts, TIMES_THE_BROUGHT * writes),
      );
      const moreChanges = pruneChanges(statements, now, Math.max(STEP.changes, TIMES_THE_BROUGHT * changes));
      if (!moreReceipts && !moreChanges) rested = time;
    },
  };
}
