/** How long ago lately is, in ms: who has done nothing since is not there, and what was taken before no longer counts. */
export const LATELY_MS = 1_000;

/** How much each name has had lately: since the beginning of this period or of the one before it. */
export interface Lately {
  of(name: string): number;
  add(name: string, more: number): void;
}

/** A sliding window in two periods. `now`: in ms. */
export function createLately(now: () => number): Lately {
  let current = new Map<string, number>();
  let before = new Map<string, number>();
  let since = now();

  function turnOver(): void {
    const passed = now() - since;
    if (passed < LATELY_MS) return;
    before = passed < 2 * LATELY_MS ? current : new Map();
    current = new Map();
    since = now();
  }

  return {
    of(name) {
      turnOver();
      return (current.get(name) ?? 0) + (before.get(name) ?? 0);
    },
    add(name, more) {
      turnOver();
      current.set(name, (current.get(name) ?? 0) + more);
    },
  };
}
