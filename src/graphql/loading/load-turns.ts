import DataLoader from 'dataloader';
import { LOOP_SLICES, type Slices } from '../../domain/async/in-slices.js';
import type { Later } from '../../domain/async/later.js';
import { afterThis } from '../../domain/async/next-turn.js';

/** Keys that one command loads. */
const KEYS_AT_ONCE = 500;
/** Who waits for what was loaded, and is told of it at once. */
const TOLD_AT_ONCE = 500;

/** When what an operation has asked for is loaded: once nothing of it goes on without waiting, and command after command in slices. */
export class LoadTurns {
  private holds = 0;
  private readonly waiting: (() => void)[] = [];
  private isLoading = false;
  /** Values that were asked for, and by groups of these when each goes on. */
  private asked = 0;
  private readonly groups: Promise<void>[] = [];

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

  /** Of very many who wait for one command each group goes on in a slice of its own. */
  told<V>(value: Promise<V>): Promise<V> {
    const group = Math.floor(this.asked++ / TOLD_AT_ONCE);
    return group === 0 ? value : value.then((loaded) => this.turnOf(group).then(() => loaded));
  }

  private turnOf(group: number): Promise<void> {
    if (group === 0) return Promise.resolve();
    const known = this.groups[group];
    if (known) return known;
    const turn = this.turnOf(group - 1).then(() => (this.slices.isOver() ? this.slices.next() : undefined));
    this.groups[group] = turn;
    return turn;
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
 * Joins loads of one kind: each key is loaded once, those that are asked for in one turn by as few commands as may be.
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
