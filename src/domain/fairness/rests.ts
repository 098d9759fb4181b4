import type { Others } from './others.js';
import { makerOf } from './shares.js';

export interface Rests {
  /**
   * The caller rests for so many ms from now on, whatever it rested before; 0: not at all. With it rests who had it made, and what
   * else that one has had made, while there is anyone else.
   */
  rest(caller: string, ms: number): void;
  rests(caller: string): boolean;
  /** When its rest ends; 0 where none is known. */
  until(caller: string): number;
}

/** Callers that wait for a while. One that does not come back is forgotten as others rest. `now`: in ms; `makers`: who has come lately. */
export function createRests(now: () => number, makers: Pick<Others, 'hasOthers'>): Rests {
  const ends = new Map<string, number>();

  function set(name: string, until: number, since: number): void {
    if (until > since) ends.set(name, until);
    else ends.delete(name);
  }

  function until(caller: string): number {
    return Math.max(ends.get(caller) ?? 0, ends.get(makerOf(caller)) ?? 0);
  }

  return {
    rest(caller, ms) {
      const since = now();
      for (const [other, end] of ends) if (end <= since) ends.delete(other);
      const maker = makerOf(caller);
      if (maker !== caller) set(maker, makers.hasOthers(maker) ? since + ms : 0, since);
      set(caller, since + ms, since);
    },
    rests: (caller) => until(caller) > now(),
    until,
  };
}
