import { describe, expect, it } from 'vitest';
import { report } from '../support/chaos/report.js';
import { chaosSeed } from '../support/chaos/seed.js';
import { LOCATIONS } from '../support/locations.js';
import { killUnderReplies } from '../support/reply-storm/kill-storm.js';

const KILLS = 100;
/** How long after a writer's time everybody has to be told, in ms; but for those that wait while the system leaves a process standing. */
const TOLD_WITHIN = 2_000;
const TOLD_IN_TIME = 0.9;

console.log(`chaos: CHAOS_SEED=${chaosSeed}`);

describe.each(Object.entries(LOCATIONS))(
  'kill -9 of one of two servers on %s, 100 times, under 20 writers and 40 readers of replies',
  (name, locate) => {
    it('leaves every message as its writer meant it, once, every reader with its text, and nobody untold', {
      timeout: 3_600_000,
    }, async () => {
      const { env, remove } = await locate();
      try {
        const options = { env, kills: KILLS, writers: 20, readers: 40, seed: chaosSeed };
        const { late, told, ...counts } = await killUnderReplies(options);
        const inTime = late.filter((ms) => ms <= TOLD_WITHIN).length / late.length;
        report(`replies on ${name}`, { ...counts, abandonedTold: late.length });
        console.log(
          `one reader was told ${JSON.stringify(told)}; of abandoned replies ${inTime} in time, the last ${Math.max(...late)} ms late`,
        );
        expect(inTime).toBeGreaterThan(TOLD_IN_TIME);
      } finally {
        await remove();
      }
    });
  },
);
