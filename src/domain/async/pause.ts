/** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

export const pause: Pause = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });

/** Exponential and jittered: from about 100 ms to at most `most`, so that instances do not return in step. */
export function backoff(attempt: number, most: number, random: () => number): number {
  return Math.min(100 * 2 ** Math.min(attempt, 16), most) * (0.5 + random() / 2);
}
