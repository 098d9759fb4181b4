import { createCallerLine } from '../domain/caller-line.js';
import { createLately } from '../domain/lately.js';
import { type Later, lastly } from '../domain/later.js';
import { createOthers } from '../domain/others.js';
import { createRests } from '../domain/rests.js';
import { makerOf } from '../domain/shares.js';

/** How long after its last event a caller counts as there, in ms. */
const OTHERS_FOR_MS = 1_000;

export interface EventTurns {
  /** Runs the task when it is the caller's turn; at once where nobody waits. */
  run<T>(caller: string, task: () => Later<T>): Later<T>;
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
 * everything else has its turn, and a caller whose events take long rests after each. What it asks for is late, and nothing else. Next is
 * who has taken least lately.
 */
export function createEventTurns({ now, sliceMs, restAboveMs, restFactor }: EventTurnsOptions): EventTurns {
  const lately = createLately(now, OTHERS_FOR_MS);
  const waiting = createCallerLine<() => Promise<void>>(lately.of);
  const makers = createOthers(now, OTHERS_FOR_MS);
  const { rest, rests, until: restsUntil } = createRests(now, makers);
  /** From `since` to `until` it has had of the loop's time; `open`: tasks that go on; `ends`: with this turn. */
  let slice: { caller: string; since: number; until: number; open: number; ends: boolean } | null = null;
  let wake: NodeJS.Timeout | null = null;

  const tookOf = ({ open, since, until }: NonNullable<typeof slice>) => (open > 0 ? now() : until) - since;
  const isFull = (caller: string) => slice !== null && (slice.caller !== caller || tookOf(slice) > sliceMs);

  function start<T>(caller: string, task: () => Later<T>): Later<T> {
    const at = now();
    slice ??= { caller, since: at, until: at, open: 0, ends: false };
    const own = slice;
    // Between its tasks the loop's time is not its own.
    if (own.open === 0) own.since += at - own.until;
    own.open++;
    const running = lastly(task, () => {
      own.open--;
      own.until = now();
    });
    // What is done at once and short leaves it open for the next, in whichever turn.
    if (own.open > 0 || own.until - own.since > sliceMs) endWithTurn();
    return running;
  }

  function endWithTurn(): void {
    if (slice === null || slice.ends) return;
    slice.ends = true;
    setImmediate(endSlice);
  }

  function endSlice(): void {
    const own = slice as NonNullable<typeof slice>;
    // What waits for the database has taken what has passed since; of the others nothing else of the loop counts.
    const took = tookOf(own);
    slice = null;
    lately.add(makerOf(own.caller), took);
    rest(own.caller, took > restAboveMs ? took * restFactor : 0);
    startNext();
  }

  function startNext(): void {
    if (wake) clearTimeout(wake);
    wake = null;
    const next = waiting.next((caller) => !rests(caller));
    if (next) {
      const { caller } = next;
      let task: typeof next.item | undefined = next.item;
      while (task) {
        void start(caller, task);
        task = isFull(caller) ? undefined : waiting.more(caller);
      }
      return;
    }
    const resting = waiting.callers().map(restsUntil);
    if (resting.length === 0) return;
    const earliest = resting.reduce((least, one) => Math.min(least, one));
    wake = setTimeout(startNext, Math.max(1, earliest - now()));
  }

  return {
    run(caller, task) {
      makers.note(makerOf(caller));
      if (!waiting.has(caller) && !isFull(caller) && !rests(caller)) return start(caller, task);
      return new Promise((resolve, reject) => {
        waiting.add(caller, async () => {
          try {
            resolve(await task());
          } catch (error) {
            reject(error);
          }
        });
        if (slice !== null) endWithTurn();
        else if (wake === null) startNext();
      });
    },
  };
}
