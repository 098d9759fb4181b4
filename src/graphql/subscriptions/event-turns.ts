import { type Later, lastly } from '../../domain/async/later.js';
import { createCallerQueue } from '../../domain/fairness/caller-queue.js';
import { createLately } from '../../domain/fairness/lately.js';
import { createOthers } from '../../domain/fairness/others.js';
import { createRests } from '../../domain/fairness/rests.js';
import { makerOf } from '../../domain/fairness/shares.js';

export interface EventTurns {
  /** Runs the task when it is the caller's turn; at once where nobody waits. */
  run<T>(caller: string, task: () => Later<T>): Later<T>;
}

export interface EventTurnsOptions {
  /** In ms. */
  now(): number;
  /** Of the event loop's time, in ms, that tasks of one caller may take one after the other, with what is sent of them. */
  sliceMs: number;
  /** After a slice of more than so many ms a caller waits so many times as long as it took. */
  restAboveMs: number;
  restFactor: number;
  /** Runs something once all that can go on in this turn without waiting has done so. */
  afterThis(run: () => void): void;
}

/** What one caller has had of the loop's time. `open`: tasks that go on, since `since`; `ends`: with this turn. */
interface Slice {
  readonly caller: string;
  took: number;
  since: number;
  open: number;
  ends: boolean;
}

/**
 * Shares the event loop among those for whom events are made: a slice of it has tasks of one caller alone, between two slices
 * everything else has its turn, and a caller whose events take long rests after each. What it asks for is late, and nothing else. Next is
 * who has taken least lately. What counts is the loop's time from the beginning of a task until there is something to wait for: what it
 * gives is sent in it, to however many.
 */
export function createEventTurns({
  now,
  sliceMs,
  restAboveMs,
  restFactor,
  afterThis,
}: EventTurnsOptions): EventTurns {
  const lately = createLately(now);
  const waiting = createCallerQueue<() => Promise<void>>(lately.of);
  const makers = createOthers(now);
  const { rest, rests, until: restsUntil } = createRests(now, makers);
  let slice: Slice | null = null;
  /** When what runs now, as a task or behind one, began. */
  let runs: number | null = null;
  let wake: NodeJS.Timeout | null = null;

  const isFull = (caller: string) =>
    slice !== null && (slice.caller !== caller || slice.took + (runs === null ? 0 : now() - runs) > sliceMs);

  function start<T>(caller: string, task: () => Later<T>): Later<T> {
    slice ??= { caller, took: 0, since: 0, open: 0, ends: false };
    const own = slice;
    if (runs === null) {
      runs = now();
      afterThis(() => settle(own));
    }
    if (own.open === 0) own.since = now();
    own.open++;
    const running = lastly(task, () => {
      own.open--;
    });
    if (own.open > 0) endWithTurn(own);
    return running;
  }

  /** Nothing of it can go on in this turn. What is short leaves the slice open for the next task, in whichever turn. */
  function settle(own: Slice): void {
    own.took += now() - (runs ?? now());
    runs = null;
    if (own.took > sliceMs) endWithTurn(own);
  }

  function endWithTurn(own: Slice): void {
    if (own.ends) return;
    own.ends = true;
    setImmediate(() => endSlice(own));
  }

  function endSlice(own: Slice): void {
    // What waits for the database has taken what has passed since.
    const took = own.open > 0 ? Math.max(own.took, now() - own.since) : own.took;
    slice = null;
    lately.add(makerOf(own.caller), took);
    rest(own.caller, took > restAboveMs ? took * restFactor : 0);
    startNext();
  }

  function startNext(): void {
    if (wake) clearTimeout(wake);
    wake = null;
    if (slice !== null) {
      endWithTurn(slice);
      return;
    }
    const next = waiting.next((caller) => !rests(caller));
    if (next) {
      startWaiting(next.caller, next.item);
      return;
    }
    const resting = waiting.callers().map(restsUntil);
    if (resting.length === 0) return;
    const earliest = resting.reduce((least, one) => Math.min(least, one));
    wake = setTimeout(startNext, Math.max(1, earliest - now()));
  }

  function startWaiting(caller: string, task: () => Promise<void>): void {
    void start(caller, task);
    // What it gives is sent before the next one begins.
    afterThis(() => {
      const more = isFull(caller) ? undefined : waiting.more(caller);
      if (more) startWaiting(caller, more);
    });
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
        if (wake === null || slice !== null) startNext();
      });
    },
  };
}
