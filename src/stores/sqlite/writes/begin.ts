import type { Statements } from '../statements.js';

/** How often the file's lock is asked for, and for how long, in ms. */
const LOOK_MS = 1;
const LIMIT_MS = 5_000;

const asleep = new Int32Array(new SharedArrayBuffer(4));

/**
 * Begins a transaction that writes, as soon as no other process does. By itself SQLite asks for the lock ever more rarely, in the end ten
 * times a second: where another process writes much it would miss the pauses that this one leaves. For a thread, whose connection waits for no lock itself.
 */
export function beginWrite(statements: Statements, now: () => number = () => performance.now()): void {
  const since = now();
  for (;;) {
    try {
      statements.run('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (!String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY') || now() - since > LIMIT_MS)
        throw error;
    }
    Atomics.wait(asleep, 0, 0, LOOK_MS);
  }
}
