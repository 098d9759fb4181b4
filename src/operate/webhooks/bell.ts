import type { Pause } from '../../domain/async/pause.js';

/** Wakes the one who waits. A ring that nobody has waited for ends the next wait. */
export interface Bell {
  ring(): void;
  /** Resolves at a ring, or after `ms`. */
  wait(ms: number): Promise<void>;
}

export function createBell(pause: Pause): Bell {
  let rung = false;
  let waiting: AbortController | null = null;
  return {
    ring() {
      rung = true;
      waiting?.abort();
    },
    async wait(ms) {
      if (!rung) {
        waiting = new AbortController();
        await pause(ms, waiting.signal);
        waiting = null;
      }
      rung = false;
    },
  };
}
