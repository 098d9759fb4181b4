import { createCallerLine } from './caller-line.js';
import { createOthers } from './others.js';
import { makerOf } from './shares.js';

export interface CallerTurnsOptions {
  /** In ms. */
  now(): number;
  /** Of one turn of the event loop, in ms, what a caller begins while there are others. */
  sliceMs: number;
  /** How long after what it last began a caller counts as there, in ms. */
  othersForMs: number;
  /** Runs something in the next turn of the event loop. */
  nextTurn(run: () => void): void;
}

/**
 * Shares the turns of the event loop among those who begin something: where several do, each begins what takes a slice of a turn,
 * one thing at the least, and what is left of it waits, of all callers one thing in a turn, caller by caller. Of whom nothing waits
 * begins something in every turn. A caller begins no more with session tokens that it has made: they take turns in what is its own.
 * Resolves when it may begin; null: at once.
 */
export function createCallerTurns({
  now,
  sliceMs,
  othersForMs,
  nextTurn,
}: CallerTurnsOptions): (caller: string) => Promise<void> | null {
  /** When in this turn a maker began the first thing. */
  const begun = new Map<string, number>();
  const waiting = createCallerLine<() => void>();
  let scheduled = false;
  const { note, hasOthers } = createOthers(now, othersForMs);

  function startTurn(): void {
    scheduled = false;
    begun.clear();
    const first = waiting.next();
    if (!first) return;
    start(makerOf(first.caller));
    first.item();
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    nextTurn(startTurn);
  }

  function start(maker: string): void {
    if (!begun.has(maker)) begun.set(maker, now());
    schedule();
  }

  return (caller) => {
    const maker = makerOf(caller);
    note(caller);
    if (!waiting.has(maker)) {
      if (!hasOthers(caller)) return null;
      const since = begun.get(maker);
      if (since === undefined || now() - since < sliceMs) {
        start(maker);
        return null;
      }
    }
    schedule();
    return new Promise((resolve) => waiting.add(caller, resolve));
  };
}
