import { expect, it } from 'vitest';
import { simulate } from '../../support/live-simulation/simulate.js';
import { simulateAll } from '../../support/live-simulation/simulate-all.js';

const SEEDS = 100;
/** Things that happen until all readers are to have what was written. */
const STEPS = 300;

it('readers are told what happens, once and in order, whatever comes first', async () => {
  const from = Number(process.env.SIMULATION_SEED ?? 1);
  await simulateAll({ from, count: Number(process.env.SIMULATIONS ?? SEEDS), steps: STEPS });
});

it('a seed makes the same choices again', async () => {
  const [first, second] = [await simulate(7, STEPS), await simulate(7, STEPS)];
  expect(first.trace.length).toBeGreaterThan(20);
  expect(second).toEqual(first);
});
