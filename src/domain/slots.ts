/** Runs at most `count` tasks at once, the others in the order they came. */
export function createSlots(count: number): <T>(task: () => Promise<T>) => Promise<T> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

export interface CallerSlots {
  /** Runs the task when fewer than the most of this caller are running. */
  run<T>(caller: string, task: () => Promise<T>): Promise<T>;
  /** Tasks of the caller that run or wait. */
  size(caller: string): number;
}

/** The same for each caller by itself. */
export function createCallerSlots(count: number): CallerSlots {
  const callers = new Map<string, { slots: ReturnType<typeof createSlots>; users: number }>();
  return {
    async run(caller, task) {
      const own = callers.get(caller) ?? { slots: createSlots(count), users: 0 };
      callers.set(caller, own);
      own.users++;
      try {
        return await own.slots(task);
      } finally {
        if (--own.users === 0) callers.delete(caller);
      }
    },
    size: (caller) => callers.get(caller)?.users ?? 0,
  };
}
