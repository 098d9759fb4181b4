import DataLoader from 'dataloader';
import { LOOP_SLICES, type Slices } from '../domain/in-slices.js';
import type { Later } from '../domain/later.js';
import { afterThis } from '../domain/next-turn.js';

/** Keys that one command loads. */
const KEYS_AT_ONCE = 500;

/** When what an operation has asked for is loaded: once nothing of it goes on without waiting, and command after command in slices. */
export class LoadTurns {
  private holds = 0;
  private readonly waiting: (() => void)[] = [];
  private isLoading = false;

  constructor(private readonly slices: Slices = LOOP_SLICES) {}

  /** Nothing is loaded until what this gives is called: more will be asked for. */
  hold(): () => void {
    this.holds++;
    let isHeld = true;
    return () => {
      if (isHeld) this.holds--;
      isHeld = false;
      void this.loadWaiting();
    };
  }

  /** Loads once all that can go on in this turn without waiting has done so. */
  soon(load: () => void): void {
    afterThis(() => {
      this.waiting.push(load);
      void this.loadWaiting();
    });
  }

  private async loadWaiting(): Promise<void> {
    if (this.isLoading) return;
    this.isLoading = true;
    while (this.holds === 0 && this.waiting.length > 0) {
      this.waiting.shift()?.();
      if (this.waiting.length > 0 && this.slices.isOver()) await this.slices.next();
    }
    this.isLoading = false;
  }
}

/**
 * Joins loads of one kind: each key is loaded once, those that are asked for in one turn by as few commands as may be. Who waits is told of a
 * command's values at once; what it goes on with is divided where it is executed.
 */
export const joinedLoads = <K, V>(
  loadAll: (keys: readonly K[]) => Later<V[]>,
  nameOf: (key: K) => string,
  turns: LoadTurns,
): DataLoader<K, V, string> =>
  new DataLoader(async (keys) => loadAll(keys), {
    cacheKeyFn: nameOf,
    maxBatchSize: KEYS_AT_ONCE,
    batchScheduleFn: (load) => turns.soon(load),
  });
