import { afterThis } from './next-turn.js';

/** Of the event loop's time, in ms, that one slice takes: whatever is small waits for no more than that. */
const SLICE_MS = 2;

const waiting: (() => void)[] = [];

function startNext(): void {
  const start = waiting.shift();
  if (waiting.length > 0) setImmediate(startNext);
  start?.();
}

/** Whoever has a slice to do: between two of them, whosever they are, the event loop does everything else that waits. */
export function nextSlice(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(startNext);
  });
}

/** What may take long, written as steps: it yields wherever it may be held up. */
export type Steps<T> = Generator<void, T>;

/** Carries out the steps in slices of the event loop's time. What takes less than one is done at once. */
export async function inSlices<T>(steps: Steps<T>): Promise<T> {
  for (let until = performance.now() + SLICE_MS; ; ) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() < until) continue;
    await nextSlice();
    until = performance.now() + SLICE_MS;
  }
}

/** Carries them out at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** As `map` of a list, of which each takes steps. */
export function* mapSteps<T, U>(all: readonly T[], steps: (one: T) => Steps<U>): Steps<U[]> {
  const made: U[] = [];
  for (const one of all) {
    made.push(yield* steps(one));
    yield;
  }
  return made;
}

/** As its `flatMap`. */
export function* flatMapSteps<T, U>(all: readonly T[], steps: (one: T) => Steps<readonly U[]>): Steps<U[]> {
  const made: U[] = [];
  for (const one of all) {
    for (const part of yield* steps(one)) made.push(part);
    yield;
  }
  return made;
}

/** How what goes on without a wait is divided, where it is no `Steps`. */
export interface Slices {
  /** The time is looked at once for so many small things. */
  readonly things: number;
  /** Whether what goes on has had its slice. */
  isOver(): boolean;
  /** Resolves where the next one begins. */
  next(): Promise<void>;
}

/** When what goes on was first looked at; null: nothing was, since the event loop did something else. */
let since: number | null = null;

/** Those of the event loop. */
export const LOOP_SLICES: Slices = {
  things: 64,
  isOver() {
    const now = performance.now();
    if (since !== null) return now - since >= SLICE_MS;
    since = now;
    afterThis(forget);
    return false;
  },
  next: nextSlice,
};

function forget(): void {
  since = null;
}
