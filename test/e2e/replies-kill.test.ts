import { describe, expect, it } from 'vitest';
import { LOCATIONS } from '../support/locations.js';
import { killUnderReplies } from '../support/reply-storm/kill-storm.js';

const KILLS = 6;
const seed = Number(process.env.KILL_STORM_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe.each(Object.entries(LOCATIONS))(
  'kill -9 of one of two servers on %s, while replies are written and read',
  (name, locate) => {
    it('leaves every message as its writer meant it, once, and every reader with its text', {
      timeout: 60_000 + KILLS * 30_000,
    }, async () => {
      console.log(`reply storm on ${name}: KILL_STORM_SEED=${seed}`);
      const { env, remove } = await locate();
      try {
        const { late, ...counts } = await killUnderReplies({
          env,
          kills: KILLS,
          writers: 6,
          readers: 8,
          seed,
        });
        console.log(JSON.stringify({ ...counts, late: late.length }));
        expect(counts.replies).toBeGreaterThan(KILLS);
      } finally {
        await remove();
      }
    });
  },
);
