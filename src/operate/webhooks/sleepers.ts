/** What waits for its time, in ms since 1970. */
export interface Sleepers<T extends { dueAt: number }> {
  add(one: T): void;
  delete(one: T): void;
  has(one: T): boolean;
  /** Takes out those that are due, and those whose time is further ahead than any: a clock that was wrong has given it. */
  wake(now: number): readonly T[];
  /** All are looked at the next time, whenever they are due. */
  doubt(): void;
  /** All are due. */
  hurry(): void;
  /** Null where none waits. */
  nextDueAt(): number | null;
}

export function createSleepers<T extends { dueAt: number }>(longestDelayMs: number): Sleepers<T> {
  const all = new Set<T>();
  /** None of them is due before that, as far as the clock goes on and is that of this process. */
  let soonest = Number.POSITIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    add(one) {
      all.add(one);
      soonest = Math.min(soonest, one.dueAt);
    },
    delete(one) {
      all.delete(one);
    },
    has: (one) => all.has(one),
    wake(now) {
      if (now < soonest && now >= lookedAt) return [];
      lookedAt = now;
      soonest = Number.POSITIVE_INFINITY;
      const awake: T[] = [];
      for (const one of all) {
        if (one.dueAt > now && one.dueAt <= now + longestDelayMs) {
          soonest = Math.min(soonest, one.dueAt);
          continue;
        }
        all.delete(one);
        awake.push(one);
      }
      return awake;
    },
    doubt() {
      soonest = 0;
    },
    hurry() {
      for (const one of all) one.dueAt = 0;
      soonest = 0;
    },
    nextDueAt: () => (all.size > 0 ? soonest : null),
  };
}
