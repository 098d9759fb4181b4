/** How much each name has had lately: since the beginning of this period or of the one before it. */
export interface Lately {
  of(name: string): number;
  add(name: string, more: number): void;
}

/** Two periods are kept. `now`: in ms. */
export function createLately(now: () => number, periodMs: number): Lately {
  let current = new Map<string, number>();
  let before = new Map<string, number>();
  let since = now();

  function turnOver(): void {
    const passed = now() - since;
    if (passed < periodMs) return;
    before = passed < 2 * periodMs ? current : new Map();
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
