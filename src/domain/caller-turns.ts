import { createOthers } from './others.js';

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
 * begins something in every turn. Resolves when it may begin; null: at once.
 */
export function createCallerTurns({
  now,
  sliceMs,
  othersForMs,
  nextTurn,
}: CallerTurnsOptions): (caller: string) => Promise<void> | null {
  /** When in this turn a caller began the first thing. */
  const begun = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();
  let scheduled = false;
  const { note, hasOthers } = createOthers(now, othersForMs);

  function startTurn(): void {
    scheduled = false;
    begun.clear();
    const [first] = waiting;
    if (!first) return;
    const [caller, line] = first;
    const begin = line.shift();
    // Behind the others, with what is left of its line.
    waiting.delete(caller);
    if (line.length > 0) waiting.set(caller, line);
    start(caller);
    begin?.();
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    nextTurn(startTurn);
  }

  function start(caller: string): void {
    if (!begun.has(caller)) begun.set(caller, now());
    schedule();
  }

  return (caller) => {
    note(caller);
    const line = waiting.get(caller) ?? [];
    if (line.length === 0) {
      if (!hasOthers(caller)) return null;
      const since = begun.get(caller);
      if (since === undefined || now() - since < sliceMs) {
        start(caller);
        return null;
      }
    }
    waiting.set(caller, line);
    schedule();
    return new Promise((resolve) => line.push(resolve));
  };
}
