import type { Pause } from '../../domain/async/pause.js';
import type { Leases } from '../../domain/leases.js';

/** A lease that is prolonged for as long as it is held. */
export interface HeldLease {
  /** Whether nobody else can have it yet. Asked before each thing that only its holder does: a process may have stood still. */
  mayGoOn(): boolean;
  /** Aborts when it can no longer be relied on. */
  readonly lost: AbortSignal;
  /** Others may have it at once. */
  release(): Promise<void>;
}

export interface HoldOptions {
  leases: Leases;
  name: string;
  holder: string;
  times: LeaseTimes;
  pause: Pause;
  /** In ms, of a clock that nobody sets. */
  elapsed(): number;
}

/** In ms. `margin`: so much before its end it is not relied on. */
export interface LeaseTimes {
  lease: number;
  prolongAfter: number;
  margin: number;
}

/** Null where another holds it. STORE_UNAVAILABLE. */
export async function holdLease(options: HoldOptions): Promise<HeldLease | null> {
  const { leases, name, holder, times, pause, elapsed } = options;
  const done = new AbortController();
  const losing = new AbortController();
  let until = 0;
  let timer: NodeJS.Timeout | undefined;

  /** Counted from before it was asked for: the database's own time of it is no earlier. */
  async function take(): Promise<boolean> {
    const asked = elapsed();
    if (!(await leases.take({ name, holder, ms: times.lease }))) return false;
    until = asked + times.lease - times.margin;
    clearTimeout(timer);
    timer = setTimeout(() => losing.abort(), until - elapsed());
    return true;
  }

  async function prolong(): Promise<void> {
    while (!done.signal.aborted && !losing.signal.aborted) {
      await pause(times.prolongAfter, done.signal);
      if (done.signal.aborted) return;
      try {
        if (!(await take())) losing.abort();
      } catch {
        // The database is away: asked again for as long as the lease lasts.
      }
    }
  }

  if (!(await take())) return null;
  const prolonging = prolong();
  return {
    mayGoOn: () => !losing.signal.aborted && elapsed() < until,
    lost: losing.signal,
    async release() {
      done.abort();
      await prolonging;
      clearTimeout(timer);
      // Where the database is away, it ends by itself.
      await leases.release({ name, holder }).catch(() => {});
    },
  };
}
