import type { Worker } from 'node:worker_threads';

const alive = new Set<Worker>();

/** Remembers a thread that runs native code until it has ended. */
export function trackThread(worker: Worker): void {
  alive.add(worker);
  worker.once('exit', () => alive.delete(worker));
}

/**
 * Ends all of them where they stand. False where one has not ended in time: it waits inside the operating system, and the runtime,
 * which waits for its threads, would never exit.
 */
export async function endThreads(limitMs: number): Promise<boolean> {
  if (alive.size === 0) return true;
  const ended = Promise.all([...alive].map((worker) => worker.terminate())).then(() => true);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  return Promise.race([ended, late]).finally(() => clearTimeout(timer));
}
