import { createCallerQueue } from './caller-queue.js';
import { hasRoom, makerOf } from './shares.js';
import { createTally } from './tally.js';

/** What one of many takes of the room that all share, until it is over. */
export interface Place {
  /** Null: it has its place at once. */
  readonly ready: Promise<void> | null;
  /** Its place is free, or it waits for none any more. */
  end(): void;
}

/** `size`: of one thing. */
export type Room = (caller: string, size: number) => Place;

/** What does not wait for a place holds none. */
export const NO_PLACE: Place = { ready: null, end() {} };

/**
 * A semaphore that counts sizes, fair among callers: each has as much as all others leave, alone half of it, and one thing at the least.
 * What is beyond that waits, the callers one after the other. `largest`: what one takes at the most.
 */
export function createRoom(limit: number, largest: number): Room {
  /** Of each maker, and of each of its session tokens. */
  const held = createTally();
  const line = createCallerQueue<() => void>();
  let all = 0;

  function mayHave(caller: string, size: number): boolean {
    const ofMaker = held.of(makerOf(caller));
    return (
      ofMaker === 0 || hasRoom(caller, { own: held.of(caller), ofMaker, more: size, limit: limit - all })
    );
  }

  function count(caller: string, size: number): void {
    const maker = makerOf(caller);
    all += size;
    held.add(maker, size);
    if (maker !== caller) held.add(caller, size);
  }

  function startNext(): void {
    const fits = (caller: string) => mayHave(caller, largest);
    for (let next = line.next(fits); next; next = line.next(fits)) next.item();
  }

  return (caller, size) => {
    let has = false;
    let leave: (() => void) | null = null;
    const start = () => {
      has = true;
      count(caller, size);
    };
    const end = () => {
      leave?.();
      leave = null;
      if (!has) return;
      has = false;
      count(caller, -size);
      startNext();
    };
    if (line.count(caller).own === 0 && mayHave(caller, size)) {
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
