import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clock of one server, which can be moved while it runs. */
export interface MovableClock {
  /** To start the server with. */
  readonly env: Record<string, string>;
  readonly nodeArgs: string[];
  /** By so many ms from the right time, forward or back. */
  move(ms: number): void;
}

const MODULE = fileURLToPath(new URL('./shifted-clock.mjs', import.meta.url));

export function createClock(folder: string, name: string): MovableClock {
  const path = join(folder, `clock-${name}`);
  return {
    env: { CHAOS_CLOCK_FILE: path },
    nodeArgs: ['--import', MODULE],
    move: (ms) => writeFileSync(path, String(ms)),
  };
}
