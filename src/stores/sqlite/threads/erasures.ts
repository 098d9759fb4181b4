/** How long a checkpoint waits for readers, and how soon it is tried again; where it failed, a full disk for one, later. */
const WAIT_MS = 5;
const RETRY_MS = 100;
const RETRY_FAILED_MS = 1_000;
/** While writes wait the next one rests so many times as long as the last one took, and this many ms at most. */
const REST = { factor: 9, mostMs: 1_000 };

export interface Erasures {
  /** Something was erased: the log is emptied at once, where no write waits for that. */
  erased(): void;
  /** Calls back when what was erased before lies in the log no more. */
  afterAll(done: () => void): void;
  /** For how many ms what was erased first has lain in the log; 0 where nothing does. */
  waitsForMs(): number;
  /** Before the file is closed: what was put off is tried now, and not again. */
  end(): void;
}

export interface ErasuresParts {
  /** Whether the log is empty now; waits so many ms for readers. */
  emptyLog(waitMs: number): boolean;
  /** Whether writes wait. */
  busy(): boolean;
  /** Emptying the log has failed; told once until it works again. */
  onFailure(error: unknown): void;
}

/**
 * Empties the write-ahead log, in which what was erased still lies. A reader in the middle of a statement, and a large log, can hold
 * that up for a moment, a full disk for longer: it is tried on.
 */
export function createErasures({ emptyLog, busy, onFailure }: ErasuresParts): Erasures {
  let next: NodeJS.Timeout | null = null;
  let restsUntil = 0;
  let since: number | null = null;
  let failed = false;
  const awaiting: (() => void)[] = [];

  function erase(): void {
    if (next) clearTimeout(next);
    next = null;
    const begin = performance.now();
    const again = attempt();
    const now = performance.now();
    restsUntil = now + Math.min(REST.factor * (now - begin), REST.mostMs);
    if (again === null) answer();
    else next = setTimeout(erase, again).unref();
  }

  /** In how many ms it is to be tried again; null: it is empty. */
  function attempt(): number | null {
    try {
      if (!emptyLog(WAIT_MS)) return RETRY_MS;
      failed = false;
      return null;
    } catch (error) {
      if (!failed) onFailure(error);
      failed = true;
      return RETRY_FAILED_MS;
    }
  }

  function answer(): void {
    since = null;
    for (const done of awaiting.splice(0)) done();
  }

  return {
    erased() {
      since ??= performance.now();
      const inMs = busy() ? restsUntil - performance.now() : 0;
      if (inMs <= 0) erase();
      else next ??= setTimeout(erase, inMs).unref();
    },
    afterAll(done) {
      awaiting.push(done);
      if (next === null) answer();
    },
    waitsForMs: () => (since === null ? 0 : performance.now() - since),
    end() {
      if (next === null) return;
      clearTimeout(next);
      next = null;
      if (attempt() === null) answer();
    },
  };
}
