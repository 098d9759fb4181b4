/** What something is done for, again and again. */
export interface Beating {
  beat(): void;
}

/** Calls each of many as a timer of its own would, by one timer for all. */
export interface Beat {
  /** From now on every `everyMs`, the first time up to a twenty-fourth of that sooner. */
  join(one: Beating): void;
  leave(one: Beating): void;
}

/** Who has come at about the same time: of thousands not all are called in one turn of the event loop. */
const SLOTS = 24;

/** 0 ms: never. */
export function createBeat(everyMs: number): Beat {
  const slots = Array.from({ length: SLOTS }, () => new Set<Beating>());
  let at = 0;
  let size = 0;
  let timer: NodeJS.Timeout | undefined;

  function callNext(): void {
    at = (at + 1) % SLOTS;
    for (const one of slots[at] as Set<Beating>) one.beat();
  }

  return {
    join(one) {
      if (everyMs === 0) return;
      (slots[at] as Set<Beating>).add(one);
      if (size++ === 0) timer = setInterval(callNext, everyMs / SLOTS);
    },
    leave(one) {
      if (slots.some((slot) => slot.delete(one)) && --size === 0) clearInterval(timer);
    },
  };
}
