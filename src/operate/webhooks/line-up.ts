/** Who may be next, caller by caller, so that one with very many keeps no other waiting. */
export interface LineUp<T> {
  /** `fresh`: it was never tried. */
  add(one: T, caller: string, fresh: boolean): void;
  delete(one: T, caller: string): void;
  /**
   * Takes out the next one of the caller whose turn it is. What was never tried goes first, so that what is not taken keeps nothing else
   * of its caller from it; behind some of that one that has failed.
   */
  next(mayStart: (caller: string) => boolean): T | undefined;
}

interface OfCaller<T> {
  fresh: Set<T>;
  again: Set<T>;
  /** Fresh ones that went before those that failed. */
  before: number;
}

/** `freshFirst`: those that were never tried which go before one that has failed. */
export function createLineUp<T>(freshFirst: number): LineUp<T> {
  const callers = new Map<string, OfCaller<T>>();

  function nextOf(own: OfCaller<T>): T | undefined {
    const isAgain = own.fresh.size === 0 || (own.again.size > 0 && own.before >= freshFirst);
    const from = isAgain ? own.again : own.fresh;
    own.before = isAgain ? 0 : own.before + 1;
    const [one] = from;
    if (one !== undefined) from.delete(one);
    return one;
  }

  return {
    add(one, caller, fresh) {
      const own = callers.get(caller) ?? { fresh: new Set(), again: new Set(), before: 0 };
      callers.set(caller, own);
      (fresh ? own.fresh : own.again).add(one);
    },
    delete(one, caller) {
      const own = callers.get(caller);
      own?.fresh.delete(one);
      own?.again.delete(one);
      if (own && own.fresh.size + own.again.size === 0) callers.delete(caller);
    },
    next(mayStart) {
      for (const [caller, own] of callers) {
        if (!mayStart(caller)) continue;
        const one = nextOf(own);
        // Behind all others.
        callers.delete(caller);
        if (own.fresh.size + own.again.size > 0) callers.set(caller, own);
        return one;
      }
      return undefined;
    },
  };
}
