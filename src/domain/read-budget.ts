/**
 * How much one operation may read, in bytes as they lie in the database: texts as UTF-8, and some for each row. A store loads nothing
 * larger than 512 KiB (SQLite) or 1 MiB (MongoDB) before it has been let through. What is smaller may come along with its size, and
 * is let through before it is handed on.
 */
export interface ReadBudget {
  /** Whose share of what may scan it is. */
  readonly caller?: string | undefined;
  /** Whether so many more may be read at once. QUERY_TOO_COMPLEX where they never may. */
  takeNow(bytes: number): boolean;
  /** Waits until they may. As `takeNow`, and RATE_LIMITED or TIMEOUT where too many wait. */
  take(bytes: number): Promise<void>;
}

/** What a row takes in memory beside its texts. */
export const ROW_BYTES = 400;

/** For whoever owns the process, such as a program that uses the library: no bound. */
export const unbounded: ReadBudget = { takeNow: () => true, take: async () => {} };
