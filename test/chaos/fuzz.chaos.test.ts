import { expect, it } from 'vitest';
import { fuzz } from '../support/fuzz/run-fuzz.js';

/** In all; those of one server, so that what one has left behind is measured again and again. */
const INPUTS = Number(process.env.FUZZ_INPUTS ?? 100_000);
const PER_SERVER = Math.min(20_000, INPUTS);
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const MB = 1024 * 1024;

const parts = Array.from({ length: Math.ceil(INPUTS / PER_SERVER) }, (_, part) => part * PER_SERVER);

it.each(parts)(
  `survives a day of inputs that no client would send, from the %i. on (seed ${seed})`,
  {
    timeout: 30 * 60_000,
  },
  async (from) => {
    const report = await fuzz({ seed, from, inputs: PER_SERVER });
    console.log(JSON.stringify({ seed, from, ...report }));
    expect(report.errors).toEqual([]);
    const [warm, end] = [report.memory[0], report.memory.at(-1)];
    expect(end?.prototypeKeys).toBe(warm?.prototypeKeys);
    expect((end?.heap ?? 0) - (warm?.heap ?? 0), 'bytes of objects that stay').toBeLessThan(30 * MB);
    expect((end?.rss ?? 0) - (warm?.rss ?? 0), 'bytes of the process').toBeLessThan(250 * MB);
  },
);
