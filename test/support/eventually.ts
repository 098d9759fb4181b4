import { vi } from 'vitest';

/** How long a test waits for what has to come. Only a defect reaches it, however busy the machine is; vitest.config.ts allows twice as much. */
export const PATIENCE_MS = 60_000;

/** Asks again, every `interval` ms, until it no longer throws. */
export const eventually = <T>(check: () => T | Promise<T>, interval = 20): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval });
