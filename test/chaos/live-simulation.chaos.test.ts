import { expect, it } from 'vitest';
import { chaosSeed } from '../support/chaos/seed.js';
import { simulateAll } from '../support/live-simulation/simulate-all.js';

const SIMULATIONS = Number(process.env.SIMULATIONS ?? 3_000);

console.log(`chaos: CHAOS_SEED=${chaosSeed}`);

it(`readers are told what happens, once and in order, in ${SIMULATIONS} orders of what happens`, {
  timeout: 3_600_000,
}, async () => {
  const report = await simulateAll({ from: chaosSeed, count: SIMULATIONS });
  console.log(JSON.stringify(report));
  expect(report.seeds).toBe(SIMULATIONS);
});
