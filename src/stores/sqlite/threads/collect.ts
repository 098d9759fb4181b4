import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Of a thread of SQLite, which keeps a few MB. */
const MUCH = 16 * 1024 * 1024;

/** What was left when it was collected last. */
let kept = 0;
let gc: (() => void) | null = null;

export interface Collector {
  /** The thread has had something to do. */
  worked(): void;
  /** To be called every second: where the thread has had nothing to do since the last time, it collects. */
  look(): void;
}

/**
 * Collects what large statements have left, once there is much of it, and nothing else to do: while a thread works V8 collects by itself. It does so only when as
 * much again is needed, and a thread that has nothing to do keeps tens of megabytes of texts that nobody reads any more.
 */
export function createCollector(collect = collectLarge): Collector {
  let hasWorked = false;
  return {
    worked() {
      hasWorked = true;
    },
    look() {
      if (!hasWorked) collect();
      hasWorked = false;
    },
  };
}

/** Where there is much to collect; it takes some ms. */
export function collectLarge(): void {
  const used = getHeapStatistics().used_heap_size;
  kept = Math.min(kept, used);
  if (used < kept + MUCH) return;
  gc ??= globalThis.gc ?? exposedGc();
  gc();
  kept = getHeapStatistics().used_heap_size;
}

/** Programs have it by a flag alone, which counts for the contexts that are made after it. Does nothing where there is none. */
function exposedGc(): () => void {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('globalThis.gc ?? (() => {})') as () => void;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
