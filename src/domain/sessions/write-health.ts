import { around } from '../around.js';
import type { Later } from '../async/later.js';
import type { Pause } from '../async/pause.js';
import { ParleyError } from '../errors.js';
import type { SessionStore } from './session-store.js';

/** Whether writes work: by what became of the last ones, and by a try where nothing is written. */
export interface WriteHealth {
  /** Null where they work, else why not. Takes half a second at most. */
  check(): Promise<string | null>;
}

export interface WatchOptions {
  /** In milliseconds; only differences matter. */
  now(): number;
  pause: Pause;
  /** Called when writes begin to fail (with the reason), and when they work again (null). */
  onChange(reason: string | null): void;
}

/** How long an outcome is believed. A refused write is believed for longer: a try is small, and may find room where others do not. */
const BELIEVED_MS = 1_000;
const REFUSAL_BELIEVED_MS = 10_000;
/** How long an asker waits for a try, and after how long a try without an answer means that nothing is written. */
const TRY_WAIT_MS = 500;
const STUCK_AFTER_MS = 2_000;

const UNKNOWN = 'The database failed; the log says why.';

/** What changes sessions. */
export const WRITES = [
  'createSession',
  'deleteSession',
  'expireSession',
  'upsertAgent',
  'appendMessages',
  'recordMetrics',
  'redactMessage',
  'recordGuardrailEvent',
  'changeMetadata',
  'addFeedback',
] as const satisfies readonly (keyof SessionStore)[];

const NAMES_OF_WRITES: ReadonlySet<string> = new Set(WRITES);

/** Whether a command of the store is one of them. */
export const isWrite = (command: string): boolean => NAMES_OF_WRITES.has(command);

/** The store with its writes watched. */
export function watchWrites(
  store: SessionStore,
  { now, pause, onChange }: WatchOptions,
): { store: SessionStore; writes: WriteHealth } {
  let last: { reason: string | null; until: number } | null = null;
  let trying: { since: number; ended: Promise<void> } | null = null;

  function note(reason: string | null, believedMs: number): void {
    const was = last?.reason ?? null;
    last = { reason, until: now() + believedMs };
    if ((was === null) !== (reason === null)) onChange(reason);
  }

  /** An error that is the caller's own says nothing of the database. */
  async function watched<T>(write: () => Later<T>): Promise<T> {
    try {
      const result = await write();
      note(null, BELIEVED_MS);
      return result;
    } catch (error) {
      if (error instanceof ParleyError && error.code === 'STORE_UNAVAILABLE')
        note(error.message, REFUSAL_BELIEVED_MS);
      throw error;
    }
  }

  /** Whatever a try fails with is no caller's fault. */
  function startTry(): { since: number; ended: Promise<void> } {
    const ended = store
      .tryWrite()
      .then(
        () => note(null, BELIEVED_MS),
        (error: unknown) => note(error instanceof ParleyError ? error.message : UNKNOWN, BELIEVED_MS),
      )
      .finally(() => {
        trying = null;
      });
    return { since: now(), ended };
  }

  return {
    store: around(store, (call, name) =>
      isWrite(name) ? (...input) => watched(() => call(...input)) : call,
    ),
    writes: {
      async check() {
        if (last && now() < last.until) return last.reason;
        trying ??= startTry();
        const { since, ended } = trying;
        const waiting = new AbortController();
        await Promise.race([ended, pause(TRY_WAIT_MS, waiting.signal)]);
        waiting.abort();
        const waitedMs = now() - since;
        if (trying?.since === since && waitedMs >= STUCK_AFTER_MS) {
          return `The database has not taken a write for ${Math.floor(waitedMs / 1000)} s.`;
        }
        return last?.reason ?? null;
      },
    },
  };
}
