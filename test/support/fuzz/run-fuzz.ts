import type { GraphQLSchema } from 'graphql';
import { createSchema } from '../../../src/graphql/schema.js';
import { type MeasuredServer, type Memory, startMeasured } from '../measured-server.js';
import { exchange } from './exchange.js';
import { type Input, inputOf, printed } from './inputs.js';
import { judge } from './judge.js';
import { shrink } from './shrink.js';

export interface FuzzOptions {
  seed: number;
  inputs: number;
  /** The number of the first, to go on where another run has ended. */
  from?: number;
  /** Before memory is measured for the first time. */
  warmUp: number;
}

export interface FuzzReport {
  byKind: Record<string, number>;
  before: Memory;
  after: Memory;
  /** What the server has logged as an error. */
  errors: string[];
}

/** Bodies and frames are small enough that some inputs pass the limit. */
const ENV = { MAX_BODY_BYTES: '262144' };
const CONNECTIONS = 16;

interface Failure {
  number: number;
  input: Input;
  why: string;
}

/**
 * Tries the inputs of a seed on a server of its own, several at once. Rejects with the seed and the smallest input, where
 * one makes the server fail: a crash, a hang, an answer that no client should get, a normal query that fails at the end.
 */
export async function fuzz({ seed, inputs, from = 0, warmUp }: FuzzOptions): Promise<FuzzReport> {
  const schema = createSchema();
  const server = await startMeasured(ENV);
  const byKind: Record<string, number> = {};

  const run = async (start: number, end: number) => {
    let next = start;
    const failures: Failure[] = [];
    const connection = async () => {
      while (next < end && failures.length === 0) {
        const number = next++;
        const input = inputOf(schema, seed, number);
        const why = judge(input, await exchange(server.port, input));
        byKind[input.kind] = (byKind[input.kind] ?? 0) + 1;
        if (why) failures.push({ number, input, why });
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, connection));
    if (failures.length > 0) await explain(server, schema, seed, failures, end);
  };

  await run(from, from + warmUp);
  const before = await server.memory();
  await run(from + warmUp, from + inputs);
  const after = await server.memory();
  const normal: Input = {
    kind: 'operation',
    operation: { query: '{ sessions(first: 5) { totalCount nodes { sessionId } } }' },
  };
  const { received, end } = await exchange(server.port, normal);
  if (end !== 'closed' || !received.includes('"data":{"sessions"')) {
    throw new Error(`seed ${seed}: afterwards a normal query got ${received} (${end})`);
  }
  return { byKind, before, after, errors: await server.stop() };
}

/** Finds the smallest input that fails on a new server too. A server that is gone may have met any of those under way. */
async function explain(
  server: MeasuredServer,
  schema: GraphQLSchema,
  seed: number,
  failures: Failure[],
  end: number,
): Promise<never> {
  await server.kill();
  const { stdout, stderr } = await server.process.exited;
  const first = Math.min(...failures.map(({ number }) => number));
  const suspects = failures.some(({ why }) => why === 'the server is gone')
    ? Array.from(
        { length: Math.min(3 * CONNECTIONS, end - first) },
        (_, index) => first - CONNECTIONS + index,
      )
        .filter((number) => number >= 0)
        .map((number) => ({ number, input: inputOf(schema, seed, number), why: 'the server is gone' }))
    : failures;
  let report = `not alone: together with those before ${failures.map(({ number }) => number).join(', ')}`;
  for (const { number, input } of suspects) {
    if (!(await failsAlone(input))) continue;
    const smallest = await shrink(input, async (smaller) => (await failsAlone(smaller)) !== null);
    report = `input ${number}: ${await failsAlone(smallest)}\n  smallest: ${printed(smallest).slice(0, 4_000)}`;
    break;
  }
  const [{ input, why } = { input: undefined, why: '' }] = failures;
  throw new Error(
    `seed ${seed}: ${why}\n${report}\n  as it came: ${input ? printed(input).slice(0, 4_000) : ''}\n${`${stdout}${stderr}`.slice(-3_000)}`,
  );
}

/** What is wrong with one input on a new server, or null. */
async function failsAlone(input: Input): Promise<string | null> {
  const server = await startMeasured(ENV);
  try {
    const wrong = judge(input, await exchange(server.port, input));
    if (wrong) return wrong;
    // One that ends the server may be answered first.
    const after = await exchange(server.port, { kind: 'operation', operation: { query: '{ __typename }' } });
    return after.end === 'closed' ? null : `afterwards the server is ${after.end}`;
  } finally {
    await server.kill();
  }
}
