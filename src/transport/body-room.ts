import { createCallerLine } from '../domain/caller-line.js';
import { hasRoom, makerOf } from '../domain/shares.js';
import { createTally } from '../domain/tally.js';

/** What one body takes of the room that all share, from before it is read until it is answered. */
export interface BodyPlace {
  /** Null: it has its place at once. */
  readonly ready: Promise<void> | null;
  /** Its place is free, or it waits for none any more. */
  end(): void;
}

/** What does not wait for a place holds none. */
export const NO_PLACE: BodyPlace = { ready: null, end() {} };

/**
 * Shares so many bytes among callers: each has as much as all others leave, alone half of it, and one body at the least. What is beyond
 * that waits, the callers one after the other. `largest`: of one body.
 */
export function createBodyRoom(limit: number, largest: number): (caller: string, bytes: number) => BodyPlace {
  /** Of each maker, and of each of its session tokens. */
  const held = createTally();
  const line = createCallerLine<() => void>();
  let all = 0;

  function mayHave(caller: string, bytes: number): boolean {
    const ofMaker = held.of(makerOf(caller));
    return (
      ofMaker === 0 || hasRoom(caller, { own: held.of(caller), ofMaker, more: bytes, limit: limit - all })
    );
  }

  function count(caller: string, bytes: number): void {
    const maker = makerOf(caller);
    all += bytes;
    held.add(maker, bytes);
    if (maker !== caller) held.add(caller, bytes);
  }

  function startNext(): void {
    const fits = (caller: string) => mayHave(caller, largest);
    for (let next = line.next(fits); next; next = line.next(fits)) next.item();
  }

  return (caller, bytes) => {
    let has = false;
    let leave: (() => void) | null = null;
    const start = () => {
      has = true;
      count(caller, bytes);
    };
    const end = () => {
      leave?.();
      leave = null;
      if (!has) return;
      has = false;
      count(caller, -bytes);
      startNext();
    };
    if (line.count(caller).own === 0 && mayHave(caller, bytes)) {
      start();
      return { ready: null, end };
    }
    const ready = new Promise<void>((resolve) => {
      leave = line.add(caller, () => {
        leave = null;
        start();
        resolve();
      });
    });
    return { ready, end };
  };
}
