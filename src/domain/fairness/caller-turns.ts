import { createCallerQueue } from './caller-queue.js';
import { createLately } from './lately.js';
import { createOthers } from './others.js';
import { makerOf } from './shares.js';

export interface CallerTurnsOptions {
  /** In ms. */
  now(): number;
  /** Of one turn of the event loop, in ms, what a caller takes with what it begins while there are others. */
  sliceMs: number;
  /** The same while there are none: further ones may come while it goes on. */
  aloneMs: number;
  /** Runs something in the next turn of the event loop. */
  nextTurn(run: () => void): void;
  /** Runs something once all that can go on in this turn without waiting has done so. */
  afterThis(run: () => void): void;
}

export interface CallerTurns {
  /** Resolves when the caller may begin something; null: at once. */
  turn(caller: string): Promise<void> | null;
  /** Whether anyone else has asked for a turn lately. */
  hasOthers(caller: string): boolean;
}

/**
 * Shares the turns of the event loop among those who begin something: where several do, each begins what takes a slice of a turn,
 * one thing at the least, and what is left of it waits, of all callers one thing in a turn: of the one who has taken least lately,
 * so that who asks for little waits for nobody's many. Of whom nothing waits begins something in every turn. What counts is the
 * loop's time from the beginning until there is something to wait for. Who is alone begins what takes a longer slice of each turn:
 * whoever comes meanwhile is not seen before its end. A caller begins no more with session tokens that it has made: they take turns in
 * what is its own.
 */
export function createCallerTurns({
  now,
  sliceMs,
  aloneMs,
  nextTurn,
  afterThis,
}: CallerTurnsOptions): CallerTurns {
  /** What each maker has taken of this turn, of those who began something in it. */
  const begun = new Map<string, number>();
  const lately = createLately(now);
  const waiting = createCallerQueue<() => void>(lately.of);
  /** What was begun last, and goes on. */
  let running: { maker: string; since: number } | null = null;
  let scheduled = false;
  /** When the first thing of this turn was begun. */
  let turnSince: number | null = null;
  const { note, hasOthers } = createOthers(now);

  function startTurn(): void {
    scheduled = false;
    begun.clear();
    turnSince = null;
    startNext();
  }

  function startNext(): void {
    const next = waiting.next();
    if (!next) return;
    turnSince ??= now();
    start(makerOf(next.caller), () => {
      if (!hasOthers(next.caller) && isWithinTurn()) startNext();
    });
    next.item();
  }

  /** Whether one who is alone may begin something in this turn: the first thing always. */
  function isWithinTurn(): boolean {
    if (turnSince !== null) return now() - turnSince < aloneMs;
    turnSince = now();
    return true;
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    nextTurn(startTurn);
  }

  function start(maker: string, over: () => void = () => {}): void {
    settle();
    begun.set(maker, begun.get(maker) ?? 0);
    const own = { maker, since: now() };
    running = own;
    afterThis(() => {
      if (running === own) settle();
      over();
    });
    schedule();
  }

  function settle(): void {
    if (!running) return;
    const { maker, since } = running;
    running = null;
    const took = now() - since;
    begun.set(maker, (begun.get(maker) ?? 0) + took);
    lately.add(maker, took);
  }

  function turn(caller: string): Promise<void> | null {
    const maker = makerOf(caller);
    note(caller);
    if (!waiting.has(maker)) {
      if (hasOthers(caller)) {
        settle();
        const taken = begun.get(maker);
        if (taken === undefined || taken < sliceMs) {
          start(maker);
          return null;
        }
      } else if (isWithinTurn()) {
        schedule();
        return null;
      }
    }
    schedule();
    return new Promise((resolve) => waiting.add(caller, resolve));
  }

  return { turn, hasOthers };
}
