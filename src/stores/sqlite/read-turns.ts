import { createCallerLine } from '../../domain/caller-line.js';
import { makerOf } from '../../domain/shares.js';

/** What is not worth to be remembered, in ms: most reads take less. */
const UNCOUNTED_MS = 1;

export interface ReadTurns {
  /** Resolves when this caller may read; null: at once. */
  room(caller: string): Promise<void> | null;
  /** It has read, and taken so many ms of the event loop. */
  took(caller: string, ms: number): void;
}

/**
 * Shares the event loop among what reads on it: in one turn of the loop a caller, with the session tokens that it has made, reads for
 * `sliceMs`, one read at the least, and what is left of it waits: of all callers one read in a turn, the callers one after the other. So
 * whoever comes meanwhile waits for one read, and not for all that an operation asks for.
 */
export function createReadTurns({
  sliceMs,
  nextTurn,
}: {
  sliceMs: number;
  /** Runs something in the next turn of the event loop. */
  nextTurn(run: () => void): void;
}): ReadTurns {
  /** Of this turn, by maker. */
  const taken = new Map<string, number>();
  const waiting = createCallerLine<() => void>();
  let scheduled = false;

  function startTurn(): void {
    scheduled = false;
    taken.clear();
    const next = waiting.next();
    if (!next) return;
    schedule();
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
      if (ms < UNCOUNTED_MS) return;
      const maker = makerOf(caller);
      taken.set(maker, (taken.get(maker) ?? 0) + ms);
      schedule();
    },
  };
}
