import { LOOP_SLICES, type Slices } from '../domain/in-slices.js';
import type { Later } from '../domain/later.js';
import { afterThis } from '../domain/next-turn.js';

/** Keys that one command loads. */
const KEYS_AT_ONCE = 500;
/** Of those that wait for what was loaded, so many are told before it is looked at the time. */
const TOLD_AT_ONCE = 64;

/** When what an operation has asked for is loaded: once nothing of it goes on without waiting, and command after command in slices. */
export class LoadTurns {
  private holds = 0;
  private readonly waiting: (() => void)[] = [];
  private isLoading = false;

  constructor(readonly slices: Slices = LOOP_SLICES) {}

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

type Outcome<V> = { value: V } | { error: unknown };

/** A key that was asked for, and who waits for what is loaded of it. */
interface Asked<K, V> {
  readonly key: K;
  readonly waiting: ((outcome: Outcome<V>) => void)[];
  outcome: Outcome<V> | null;
}

/** Joins loads of one kind: each key is loaded once, those that are asked for in one turn by as few commands as may be. */
export class JoinedLoads<K, V> {
  private readonly known = new Map<string, Asked<K, V>>();
  private batch: Asked<K, V>[] = [];

  constructor(
    private readonly loadAll: (keys: readonly K[]) => Later<V[]>,
    private readonly nameOf: (key: K) => string,
    private readonly turns: LoadTurns,
  ) {}

  load(key: K): Promise<V> {
    const name = this.nameOf(key);
    const asked = this.known.get(name) ?? this.add(name, key);
    return new Promise((resolve, reject) => {
      const tell = (outcome: Outcome<V>) =>
        'value' in outcome ? resolve(outcome.value) : reject(outcome.error);
      if (asked.outcome) tell(asked.outcome);
      else asked.waiting.push(tell);
    });
  }

  /** Whoever asks from now on gets what is loaded from now on. */
  clearAll(): void {
    this.known.clear();
  }

  private add(name: string, key: K): Asked<K, V> {
    const asked: Asked<K, V> = { key, waiting: [], outcome: null };
    this.known.set(name, asked);
    if (this.batch.length === 0 || this.batch.length === KEYS_AT_ONCE) {
      const batch: Asked<K, V>[] = [];
      this.batch = batch;
      this.turns.soon(() => void this.loadBatch(batch));
    }
    this.batch.push(asked);
    return asked;
  }

  private async loadBatch(batch: readonly Asked<K, V>[]): Promise<void> {
    if (this.batch === batch) this.batch = [];
    const outcomes = await this.outcomesOf(batch);
    const { slices } = this.turns;
    let told = 0;
    for (const [at, asked] of batch.entries()) {
      asked.outcome = outcomes(at);
      for (const tell of asked.waiting) {
        tell(asked.outcome);
        if (++told % TOLD_AT_ONCE !== 0) continue;
        // What was told goes on before it is looked at the time.
        await null;
        if (slices.isOver()) await slices.next();
      }
    }
  }

  private async outcomesOf(batch: readonly Asked<K, V>[]): Promise<(at: number) => Outcome<V>> {
    try {
      const values = await this.loadAll(batch.map(({ key }) => key));
      return (at) => ({ value: values[at] as V });
    } catch (error) {
      return () => ({ error });
    }
  }
}
