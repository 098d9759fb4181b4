export interface Rests {
  /** The caller rests for so many ms from now on, whatever it rested before; 0: not at all. */
  rest(caller: string, ms: number): void;
  rests(caller: string): boolean;
  /** When its rest ends; 0 where none is known. */
  until(caller: string): number;
}

/** Callers that wait for a while. One that does not come back is forgotten as others rest. `now`: in ms. */
export function createRests(now: () => number): Rests {
  const ends = new Map<string, number>();
  const until = (caller: string) => ends.get(caller) ?? 0;
  return {
    rest(caller, ms) {
      const since = now();
      for (const [other, end] of ends) if (end <= since) ends.delete(other);
      if (ms > 0) ends.set(caller, since + ms);
      else ends.delete(caller);
    },
    rests: (caller) => until(caller) > now(),
    until,
  };
}
