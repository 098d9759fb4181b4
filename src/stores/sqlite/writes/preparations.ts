import type { Steps } from '../../../domain/async/in-slices.js';
import type { WaitingWrite, WriteLine } from './write-line.js';

/** Of the thread's time, in ms, that one slice of a preparation takes. */
const SLICE_MS = 2;

export interface Preparations<W> {
  readonly size: number;
  /** Holds the write, the head of the line, until it has been prepared. */
  begin(write: W): void;
  /** One slice of the first of them. What it is once it is done: null where it could not be prepared. */
  advance(): { write: W; prepared: unknown } | undefined;
  /** What has been prepared no longer holds. */
  restart(): void;
  /** All go back into the line. */
  release(): void;
}

/**
 * Large writes are prepared before their transaction, in slices between which those of others are made, one after the other. A write
 * keeps its place before the others of its caller and of its session meanwhile.
 */
export function createPreparations<W extends WaitingWrite>(
  line: Pick<WriteLine<W>, 'hold' | 'release' | 'took'>,
  stepsOf: (write: W) => Steps<unknown>,
  now: () => number = () => performance.now(),
): Preparations<W> {
  const waiting: W[] = [];
  let steps: Steps<unknown> | null = null;

  function done(prepared: unknown): { write: W; prepared: unknown } {
    steps = null;
    return { write: waiting.shift() as W, prepared };
  }

  return {
    get size() {
      return waiting.length;
    },
    begin(write) {
      line.hold(write);
      waiting.push(write);
    },
    advance() {
      const [write] = waiting;
      if (!write) return undefined;
      const begin = now();
      try {
        steps ??= stepsOf(write);
        do {
          const step = steps.next();
          if (step.done) return done(step.value);
        } while (now() < begin + SLICE_MS);
        return undefined;
      } catch {
        // The write itself says what is wrong.
        return done(null);
      } finally {
        line.took(write, now() - begin);
      }
    },
    restart() {
      steps = null;
    },
    release() {
      for (const write of waiting.splice(0)) line.release(write);
      steps = null;
    },
  };
}
