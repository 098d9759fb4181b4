/** Counts what happens. */
export interface Counter {
  readonly count: number;
  add(): void;
  /** Resolves when it has happened so many times more. */
  more(times: number): Promise<void>;
}

export function createCounter(): Counter {
  const waiting = new Set<{ at: number; resolve: () => void }>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    add() {
      count++;
      for (const waiter of waiting) {
        if (count < waiter.at) continue;
        waiting.delete(waiter);
        waiter.resolve();
      }
    },
    more: (times) => new Promise((resolve) => waiting.add({ at: count + times, resolve })),
  };
}
