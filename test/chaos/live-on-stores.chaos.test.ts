import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/stores/open-store.js';
import { chaosSeed } from '../support/chaos/seed.js';
import { runOnStores } from '../support/live-on-stores/run.js';
import { LOCATIONS } from '../support/locations.js';

const RUNS = Number(process.env.RUNS ?? 15);
const STEPS = 400;

console.log(`chaos: CHAOS_SEED=${chaosSeed}`);

describe.each(Object.entries(LOCATIONS))('on %s', (_name, locate) => {
  it(`readers show what the store has, with calls that fail, feeds that are cut and instances that are killed, ${RUNS} times`, {
    timeout: 3_600_000,
  }, async () => {
    let told = 0;
    for (let seed = chaosSeed; seed < chaosSeed + RUNS; seed++) {
      const { env, remove } = await locate();
      const options = env.MONGODB_URI
        ? {
            mongodb: {
              uri: env.MONGODB_URI,
              database: env.MONGODB_DATABASE ?? 'parley',
              collection: 'sessions',
              indexes: 'create' as const,
            },
          }
        : { sqlite: { path: env.SQLITE_PATH as string, synchronous: 'NORMAL' as const } };
      const open = () => openStore({ ...options, metadataIndexes: [], log: pino({ level: 'silent' }) });
      const stores = [await open(), await open()] as const;
      try {
        told += (await runOnStores(seed, stores, STEPS)).events;
      } finally {
        for (const store of stores) await store.close();
        await remove();
      }
    }
    console.log(`${told} events were told`);
    expect(told).toBeGreaterThan(0);
  });
});
