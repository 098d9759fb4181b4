import { createRests } from '../domain/rests.js';

export interface EventTurns {
  /** Runs the task when it is the caller's turn; at once where nobody waits. */
  run<T>(caller: string, task: () => Promise<T>): Promise<T>;
}

export interface EventTurnsOptions {
  /** In ms. */
  now(): number;
  /** Of the event loop's time, in ms, that tasks of one caller may take one after the other. */
  sliceMs: number;
  /** After a slice of more than so many ms a caller waits so many times as long as it took. */
  restAboveMs: number;
  restFactor: number;
}

/**
 * Shares the event loop among those for whom events are made: a slice of it has tasks of one caller alone, between two slices
 * everything else has its turn, and a caller whose events take long rests after each. What it asks for is late, and nothing else.
 */
export function createEventTurns({ now, sliceMs, restAboveMs, restFactor }: EventTurnsOptions): EventTurns {
  /** In the order of the callers' turns. */
  const waiting = new Map<string, (() => Promise<void>)[]>();
  const { rest, rests, until: restsUntil } = createRests(now);
  /** `open`: tasks that go on; `until`: when the last one was done that is. */
  let slice: { caller: string; since: number; open: number; until: number } | null = null;
  let wake: NodeJS.Timeout | null = null;

  const isFull = (caller: string) =>
    slice !== null && (slice.caller !== caller || now() - slice.since > sliceMs);

  function start(caller: string, task: () => Promise<void>): void {
    if (slice === null) {
      slice = { caller, since: now(), open: 0, until: now() };
      setImmediate(endSlice);
    }
    const own = slice;
    own.open++;
    void task().finally(() => {
      own.open--;
      own.until = now();
    });
  }

  function endSlice(): void {
    const { caller, since, open, until } = slice as NonNullable<typeof slice>;
    // What waits for the database has taken what has passed since; of the others nothing else of the loop counts.
    const took = (open > 0 ? now() : until) - since;
    slice = null;
    rest(caller, took > restAboveMs ? took * restFactor : 0);
    startNext();
  }

  function startNext(): void {
    if (wake) clearTimeout(wake);
    wake = null;
    for (const [caller, line] of waiting) {
      if (rests(caller)) continue;
      // Behind the others, with what is left of its line.
      waiting.delete(caller);
      while (line.length > 0 && !isFull(caller)) start(caller, line.shift() as () => Promise<void>);
      if (line.length > 0) waiting.set(caller, line);
      return;
    }
    if (waiting.size === 0) return;
    const first = Math.min(...[...waiting.keys()].map(restsUntil));
    wake = setTimeout(startNext, Math.max(1, first - now()));
  }

  return {
    run(caller, task) {
      return new Promise((resolve, reject) => {
        const begin = () => task().then(resolve, reject);
        if (!waiting.has(caller) && !isFull(caller) && !rests(caller)) return start(caller, begin);
        const line = waiting.get(caller) ?? [];
        line.push(begin);
        waiting.set(caller, line);
        if (slice === null && wake === null) startNext();
      });
    },
  };
}
