import { expect, it } from 'vitest';
import { fuzz } from '../support/fuzz/run-fuzz.js';

const INPUTS = Number(process.env.FUZZ_INPUTS ?? 2_000);
const seed = Number(process.env.FUZZ_SEED ?? 20_250_131);
const MB = 1024 * 1024;

it(`survives ${INPUTS} inputs that no client would send (seed ${seed}), and answers each as it should`, async () => {
  const { byKind, before, after, errors } = await fuzz({ seed, inputs: INPUTS, warmUp: INPUTS / 4 });
  expect(Object.keys(byKind).sort()).toEqual(['http', 'operation', 'socket']);
  expect(errors).toEqual([]);
  expect(after.heap - before.heap, 'bytes of objects that stay').toBeLessThan(40 * MB);
  expect(after.rss - before.rss, 'bytes of the process').toBeLessThan(200 * MB);
}, 120_000);
