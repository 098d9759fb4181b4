import { createCallerQueue } from '../../../domain/fairness/caller-queue.js';
import { createLately } from '../../../domain/fairness/lately.js';
import { makerOf } from '../../../domain/fairness/shares.js';

/** What is not worth to be remembered, in ms: most reads take less. Those of one caller, one after the other, count together. */
const UNCOUNTED_MS = 1;

export interface ReadTurns {
  /** Resolves when this caller may read; null: at once. */
  room(caller: string): Promise<void> | null;
  /** It has read, and taken so many ms of the event loop. */
  took(caller: string, ms: number): void;
}

export interface ReadTurnsOptions {
  /** In ms. */
  sliceMs: number;
  now(): number;
  /** Runs something in the next turn of the event loop. */
  nextTurn(run: () => void): void;
  /** Runs something once all that can go on in this turn without waiting has done so. */
  afterThis(run: () => void): void;
}

/**
 * Shares the event loop among what reads on it: in one turn of the loop a caller, with the session tokens that it has made, reads for
 * `sliceMs`, one read at the least, and what is left of it waits. Of what waits, of all callers, a turn has as much: one read after the
 * other of the caller who has read least lately. So whoever comes meanwhile waits for that, and not for all that an operation asks for;
 * and many short reads that wait need no turn each, of which there are few where turns are long.
 */
export function createReadTurns({ sliceMs, now, nextTurn, afterThis }: ReadTurnsOptions): ReadTurns {
  /** Of this turn, by maker; and of all. */
  const taken = new Map<string, number>();
  let together = 0;
  const lately = createLately(now);
  const waiting = createCallerQueue<() => void>(lately.of);
  let scheduled = false;
  /** Who has read last, and what of that is not counted yet. */
  let last = '';
  let uncounted = 0;

  function startTurn(): void {
    scheduled = false;
    taken.clear();
    together = 0;
    startNext();
  }

  function startNext(): void {
    const next = waiting.next();
    if (!next) return;
    schedule();
    afterThis(() => {
      if (together < sliceMs) startNext();
    });
    next.item();
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    nextTurn(startTurn);
  }

  return {
    room(caller) {
      if (!scheduled) return null;
      const maker = makerOf(caller);
      if ((taken.get(maker) ?? 0) < sliceMs && !waiting.has(caller)) return null;
      return new Promise((resolve) => waiting.add(caller, resolve));
    },
    took(caller, ms) {
      together += ms;
      uncounted = caller === last ? uncounted + ms : ms;
      last = caller;
      if (uncounted < UNCOUNTED_MS) return;
      const maker = makerOf(caller);
      lately.add(maker, uncounted);
      taken.set(maker, (taken.get(maker) ?? 0) + uncounted);
      uncounted = 0;
      schedule();
    },
  };
}
