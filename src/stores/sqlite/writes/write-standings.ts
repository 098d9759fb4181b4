/** Where one stands among those who share the thread's time. */
export interface Standing {
  /** What it has taken, on a clock that runs by what the writes of all take. */
  place: number;
  /** Its writes that wait. */
  size: number;
}

/** Those who are known: next is who stands first. */
export interface Known<S> {
  by: Map<string, S>;
  /** The place of the last one whose write was taken. */
  reached: number;
}

/** What a write takes at the least, in ms, beside what is measured of it. */
const LEAST_MS = 0.02;
/** Callers that are remembered while none of their writes waits. */
const KNOWN_CALLERS = 1_000;

export const none = <S extends Standing>(): Known<S> => ({ by: new Map(), reached: 0 });

/** First those who would begin anew at the place that they have. */
function forgetIdle({ by, reached }: Known<Standing>): void {
  for (const hasCredit of [false, true]) {
    for (const [name, { size, place }] of by) {
      if (size === 0 && (hasCredit || place <= reached)) by.delete(name);
    }
    if (by.size < KNOWN_CALLERS) return;
  }
}

/** One more of its writes waits. Who has not written for a while has no credit of it. */
export function enter<S extends Standing>(known: Known<S>, name: string, make: (place: number) => S): S {
  let one = known.by.get(name);
  if (!one) {
    if (known.by.size >= KNOWN_CALLERS) forgetIdle(known);
    one = make(known.reached);
    known.by.set(name, one);
  }
  if (one.size === 0) one.place = Math.max(one.place, known.reached);
  one.size++;
  return one;
}

/** One of its writes was taken. */
export function leave<S extends Standing>(known: Known<S>, one: S): void {
  one.size--;
  known.reached = Math.max(known.reached, one.place);
  one.place += LEAST_MS;
}
