/**
 * The port by which one process at a time does a piece of work: who holds a lease does it. Times are those of the database, so that
 * the processes' own clocks do not matter. Each method rejects with STORE_UNAVAILABLE. Every adapter passes
 * test/stores/contract/leases.ts.
 */
export interface Leases {
  /**
   * Takes the lease of this name, or prolongs it for its holder, for `ms` from now on (at most a day). The database's time; null
   * where another holds it. One whose end lies further ahead than a day was given by a clock that was wrong, and counts as ended.
   */
  take(lease: { name: string; holder: string; ms: number }): Promise<Date | null>;
  /** Ends the lease of this holder; nothing happens where it has none. */
  release(lease: { name: string; holder: string }): Promise<void>;
}

export const LONGEST_LEASE_MS = 86_400_000;
