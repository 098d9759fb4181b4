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

/** What `found` gives, or, where that takes longer than `ms` or `signal` aborts, what `late` does. Nothing waits on once it is there. */
export async function orAfter<T>(
  found: Promise<T>,
  ms: number,
  signal: AbortSignal,
  late: () => T | Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  let isThere = false;
  try {
    return await Promise.race([found, pause(ms, over.signal).then(() => (isThere ? found : late()))]);
  } finally {
    isThere = true;
    signal.removeEventListener('abort', end);
    end();
  }
}

/** Exponential and jittered: from about 100 ms to at most `most`, so that instances do not return in step. */
export function backoff(attempt: number, most: number, random: () => number): number {
  return Math.min(100 * 2 ** Math.min(attempt, 16), most) * (0.5 + random() / 2);
}
