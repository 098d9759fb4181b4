import { LATELY_MS } from './lately.js';

export interface Others {
  /** The caller has asked for something now. */
  note(caller: string): void;
  /** Whether another one has lately. */
  hasOthers(caller: string): boolean;
}

/** Knows whether a caller is alone: whether another has asked for anything lately. `now`, `latelyMs`: in ms. */
export function createOthers(now: () => number, latelyMs = LATELY_MS): Others {
  /** Who has asked last, and who of the others before. */
  let latest = { caller: '', at: Number.NEGATIVE_INFINITY };
  let before = latest;
  return {
    note(caller) {
      if (caller !== latest.caller) before = latest;
      latest = { caller, at: now() };
    },
    hasOthers(caller) {
      const other = latest.caller === caller ? before : latest;
      return now() - other.at < latelyMs;
    },
  };
}
