import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Of a thread of SQLite, which keeps a few MB. */
const MUCH = 16 * 1024 * 1024;

/** What was left when it was collected last. */
let kept = 0;
let gc: (() => void) | null = null;

/**
 * Collects what large statements have left, once there is much of it. V8 does so by itself only when a thread needs as much again: one
 * that has nothing to do keeps tens of megabytes of texts that nobody reads any more. For a thread: it takes some ms.
 */
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
