import type { ThreadCall } from './thread-protocol.js';

/** The longest rest between two steps, in ms: one that had waited for another process' lock would rest for seconds. */
const LONGEST_REST_MS = 100;

export interface FurtherStepsParts {
  /** Puts it behind what waits to be written. */
  add(call: ThreadCall): void;
  /** What the file knows to be begun and not ended. */
  left(): ThreadCall[];
  /** Runs something after so many ms; the result ends that. */
  after(ms: number, run: () => void): () => void;
}

/**
 * What a write has left for further transactions. Each begins after a rest as long as the one before took: other processes ask for the
 * file's lock now and then, and between transactions that follow each other at once hardly ever get it.
 */
export interface FurtherSteps {
  later(calls: readonly ThreadCall[], tookMs: number): void;
  /** Nothing rests any more: what waits is added. */
  release(): void;
  /** One could not be made: what is left of it is in the file. */
  failed(): void;
  /** Where one has failed, and nothing of what has begun goes on: it does again. */
  again(): void;
}

export function createFurtherSteps({ add, left, after }: FurtherStepsParts): FurtherSteps {
  const resting = new Map<ThreadCall, () => void>();
  let hasFailed = false;

  function begin(call: ThreadCall): void {
    resting.get(call)?.();
    resting.delete(call);
    add(call);
  }

  return {
    later(calls, tookMs) {
      for (const call of calls) {
        resting.set(
          call,
          after(Math.min(tookMs, LONGEST_REST_MS), () => begin(call)),
        );
      }
    },
    release() {
      for (const call of [...resting.keys()]) begin(call);
    },
    failed() {
      hasFailed = true;
    },
    again() {
      if (!hasFailed || resting.size > 0) return;
      try {
        for (const call of left()) add(call);
        hasFailed = false;
      } catch {
        // The file is still locked, or cannot be read: the next time.
      }
    },
  };
}
