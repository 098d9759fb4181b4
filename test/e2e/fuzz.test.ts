import { expect, it } from 'vitest';
import { fuzz } from '../support/fuzz/run-fuzz.js';

const INPUTS = Number(process.env.FUZZ_INPUTS ?? 1_200);
const seed = Number(process.env.FUZZ_SEED ?? 20_250_131);
const REACHED = [
  'data',
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'INVALID_METADATA_PATH',
  'INVALID_CURSOR',
  'SESSION_NOT_FOUND',
  'AGENT_NOT_FOUND',
];
const MB = 1024 * 1024;

it(`survives ${INPUTS} inputs that no client would send (seed ${seed}), and answers each as it should`, async () => {
  const { byKind, answers, memory, errors } = await fuzz({ seed, inputs: INPUTS });
  expect(Object.keys(byKind).sort()).toEqual(['http', 'operation', 'socket']);
  // Inputs that are all refused at the door would prove nothing. These come often enough with any seed.
  expect(Object.keys(answers)).toEqual(expect.arrayContaining(REACHED));
  expect(errors).toEqual([]);
  const [warm, end] = [memory[0], memory.at(-1)];
  expect(end?.prototypeKeys).toBe(warm?.prototypeKeys);
  expect((end?.heap ?? 0) - (warm?.heap ?? 0), 'bytes of objects that stay').toBeLessThan(30 * MB);
  expect((end?.rss ?? 0) - (warm?.rss ?? 0), 'bytes of the process').toBeLessThan(150 * MB);
}, 600_000);
