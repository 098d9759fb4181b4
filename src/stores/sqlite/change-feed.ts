import { nextTurn } from '../../domain/async/next-turn.js';
import type { ParleyError } from '../../domain/errors.js';
import type { LiveBatch, Position } from '../../domain/sessions/session-store.js';
import { HistoryLost } from '../../domain/sessions/session-store.js';
import { BATCH, checkReach, lastPosition, readChanges } from './change-log.js';
import { toParleyError } from './sqlite-error.js';
import type { Statements } from './statements.js';

/** Wakes those who wait for changes: at commits of this process at once, at those of others by polling, and every second. */
export interface ChangeBell {
  ring(): void;
  /** Resolves at the next ring, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void>;
  close(): void;
}

const SIGN_OF_LIFE_MS = 1_000;

/** `PRAGMA data_version` changes with every commit of another connection, and costs microseconds. */
export function createChangeBell({ db }: Statements, pollMs: number): ChangeBell {
  const version = () => db.pragma('data_version', { simple: true }) as number;
  /** A feed that reads on without waiting has one wait at a time, not one more with each batch. */
  let waiting = new Map<AbortSignal, { wake: () => void; rung: Promise<void> }>();
  let seen = version();
  let quietMs = 0;
  const ring = () => {
    const woken = waiting;
    waiting = new Map();
    quietMs = 0;
    for (const { wake } of woken.values()) wake();
  };
  const poll = setInterval(() => {
    if (waiting.size === 0) return;
    try {
      const now = version();
      quietMs += pollMs;
      if (now === seen && quietMs < SIGN_OF_LIFE_MS) return;
      seen = now;
    } catch {
      // Whoever is woken reads, and finds out what is wrong.
    }
    ring();
  }, pollMs).unref();

  return {
    ring,
    wait(signal) {
      if (signal.aborted) return Promise.resolve();
      const known = waiting.get(signal);
      if (known) return known.rung;
      let wake = () => {};
      const rung = new Promise<void>((resolve) => {
        wake = () => {
          signal.removeEventListener('abort', wake);
          if (waiting.get(signal)?.wake === wake) waiting.delete(signal);
          resolve();
        };
      });
      waiting.set(signal, { wake, rung });
      signal.addEventListener('abort', wake);
      return rung;
    },
    close() {
      clearInterval(poll);
      ring();
    },
  };
}

/**
 * The changes after `after`, then those to come, as they are committed by any process. `lost`: why the file is read that nobody writes
 * any more, while others may write the one in its place.
 */
export async function* followChanges(
  { statements, bell, lost }: { statements: Statements; bell: ChangeBell; lost: () => ParleyError | null },
  after: Position | null,
  signal: AbortSignal,
): AsyncGenerator<LiveBatch> {
  const read = <T>(query: () => T): T => {
    try {
      return query();
    } catch (error) {
      throw error instanceof HistoryLost ? error : toParleyError(error);
    }
  };
  if (after !== null) read(() => checkReach(statements, after));
  let position = after ?? read(() => lastPosition(statements));
  while (!signal.aborted) {
    // Before the read: what is committed after it rings again.
    const rung = bell.wait(signal);
    const batch = read(() => {
      const gone = lost();
      if (gone) throw gone;
      return readChanges(statements, position);
    });
    position = batch.position;
    yield batch;
    if (batch.changes.length === 0) await rung;
    // Of very many that were committed at once, a batch in a turn of the event loop.
    else if (batch.changes.length === BATCH) await nextTurn();
  }
}
