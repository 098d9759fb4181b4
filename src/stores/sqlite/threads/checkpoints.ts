import { Worker } from 'node:worker_threads';
import type { Database } from 'better-sqlite3';
import { withoutWaiting } from '../file/without-waiting.js';
import { threadFile } from './thread-file.js';
import { startOptions } from './thread-options.js';
import type { CheckpointerData } from './thread-protocol.js';

/** SQLite's own measure, 4 MiB of pages. */
const LARGE_PAGES = 1_000;
/** So much of it is copied at once where others wait for it to be empty: what a few large writes have added meanwhile. */
export const HASTY_PAGES = 4_000;
/** And so long emptying it waits for readers then. */
export const HASTY_WAIT_MS = 5;
/** What was written while the other thread copied: so little of it takes the thread that writes no longer than a commit. */
const FEW_PAGES = 250;
/** Where readers have kept some of it, or the disk was full, the pause before it is tried again. */
const RETRY_MS = 100;
/** The thread has next to nothing of its own. */
const RESOURCES = { maxYoungGenerationSizeMb: 2 };

export interface Checkpoints {
  /** To be called after each commit. */
  committed(): void;
  /**
   * Whether the log is empty now; waits so many ms for readers. A reader in the middle of a statement keeps it, and a large one is copied by
   * the other thread first: then it is to be tried again. `large`: in pages. Throws what emptying it, or copying it last, failed with.
   */
  empty(waitMs?: number, large?: number): boolean;
  /** Ends the other thread: before the database is closed. */
  end(): Promise<void>;
}

/**
 * What is written goes into the write-ahead log, and from there into the file once the log is large. That takes up to a second of a slow
 * disk: SQLite would have a write do it, and all behind it wait. Here another thread does, beside the writes. The log begins anew only
 * when all of it is in the file, and a log that grows makes each commit slower: what was written meanwhile is copied at once, too.
 */
export function createCheckpoints(
  db: Database,
  data: CheckpointerData,
  onDeath: (error: unknown) => void,
  startThread = () =>
    new Worker(threadFile('checkpoint-thread'), {
      workerData: data,
      resourceLimits: RESOURCES,
      ...startOptions(),
    }),
): Checkpoints {
  const frames = db.prepare('PRAGMA wal_checkpoint(NOOP)');
  let thread: Worker | null = null;
  let dead = false;
  let copying = false;
  /** What was to be copied when the thread was asked last. */
  let asked = 0;
  /** What copying it last failed with: a full disk, for one. */
  let failure: unknown = null;
  let restsUntil = 0;
  db.pragma('wal_autocheckpoint = 0');

  /** Pages of the log that are not in the file. */
  function left(): number {
    const { log, checkpointed } = frames.get() as { log: number; checkpointed: number };
    return log - checkpointed;
  }

  const isLarge = (large = LARGE_PAGES) => !dead && left() >= large;

  function start(): Worker {
    const started = startThread();
    started.on('message', (failedWith: unknown) => {
      copying = false;
      failure = failedWith;
      if (failure === null) goOn(left());
      if (!copying && left() > 0) restsUntil = performance.now() + RETRY_MS;
    });
    started.on('error', (error) => {
      dead = true;
      db.pragma(`wal_autocheckpoint = ${LARGE_PAGES}`);
      onDeath(error);
    });
    return started;
  }

  /** Where nothing could be copied, readers keep it. */
  function goOn(rest: number): void {
    if (rest === 0) return;
    if (rest > FEW_PAGES) {
      if (rest < asked) copy();
      return;
    }
    try {
      db.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      failure = error;
    }
  }

  function copy(): void {
    if (copying || performance.now() < restsUntil) return;
    copying = true;
    asked = left();
    thread ??= start();
    thread.postMessage('copy');
  }

  return {
    committed() {
      if (!copying && isLarge()) copy();
    },
    empty(waitMs = 0, large = LARGE_PAGES) {
      if (isLarge(large)) {
        copy();
        if (failure) throw failure;
        return false;
      }
      const truncate = () => db.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
      const [{ busy }] = withoutWaiting(db, truncate, waitMs);
      return busy === 0;
    },
    async end() {
      const ending = thread;
      if (!ending || dead) return;
      const exited = new Promise((resolve) => ending.once('exit', resolve));
      ending.postMessage('close');
      await exited;
    },
  };
}
