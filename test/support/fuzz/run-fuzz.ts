import type { GraphQLSchema } from 'graphql';
import { createSchema } from '../../../src/graphql/schema.js';
import { connect, follow } from '../live-client.js';
import { type MeasuredServer, type Memory, startMeasured } from '../measured-server.js';
import { exchange } from './exchange.js';
import { type Input, inputOf, printed } from './inputs.js';
import { GONE, judge } from './judge.js';
import { shrink } from './shrink.js';

export interface FuzzOptions {
  seed: number;
  inputs: number;
  /** The number of the first, to go on where another run has ended. */
  from?: number;
}

export interface FuzzReport {
  byKind: Record<string, number>;
  /** How often each code was answered, and `data` without errors. */
  answers: Record<string, number>;
  /** At the start, with the caches of documents full, and after each quarter of the inputs. */
  memory: Memory[];
  /** What the server has logged as an error. */
  errors: string[];
}

/** Bodies and frames are small enough that some inputs pass the limit. */
const ENV = {
  MAX_BODY_BYTES: '262144',
  // Where it is given, MongoDB in place of a file.
  ...(process.env.FUZZ_MONGODB_URI ? { MONGODB_URI: process.env.FUZZ_MONGODB_URI } : {}),
};
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
export async function fuzz({ seed, inputs, from = 0 }: FuzzOptions): Promise<FuzzReport> {
  const schema = createSchema();
  const server = await startMeasured(ENV);
  const byKind: Record<string, number> = {};
  const answers: Record<string, number> = {};

  const run = async (start: number, end: number) => {
    let next = start;
    const failures: Failure[] = [];
    const connection = async () => {
      while (next < end && failures.length === 0) {
        const number = next++;
        const input = inputOf(schema, seed, number);
        const exchanged = await exchange(server.port, input);
        const why = judge(input, exchanged);
        byKind[input.kind] = (byKind[input.kind] ?? 0) + 1;
        for (const name of answersIn(exchanged.received)) answers[name] = (answers[name] ?? 0) + 1;
        if (why) failures.push({ number, input, why });
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, connection));
    if (failures.length > 0) await explain(server, schema, seed, failures, end);
  };

  await fillCaches(server.url);
  const memory: Memory[] = [await server.memory()];
  const quarter = Math.ceil(inputs / 4);
  for (let start = from; start < from + inputs; start += quarter) {
    await run(start, Math.min(start + quarter, from + inputs));
    memory.push(await server.memory());
  }
  const normal: Input = {
    kind: 'operation',
    operation: { query: '{ sessions(first: 5) { totalCount nodes { sessionId } } }' },
  };
  const { received, end } = await exchange(server.port, normal);
  if (end !== 'closed' || !received.includes('"data":{"sessions"')) {
    throw new Error(`seed ${seed}: afterwards a normal query got ${received} (${end})`);
  }
  return { byKind, answers, memory, errors: await server.stop() };
}

/** With more documents than are kept of either transport: what grows after that stays. */
async function fillCaches(url: string): Promise<void> {
  const query = (number: number) =>
    `query Q${number} { ${Array.from({ length: 900 }, (_, field) => `a${field}: __typename`).join(' ')} }`;
  const client = connect(url);
  for (let number = 0; number < 60; number++) {
    const body = JSON.stringify({ query: query(number) });
    const headers = { 'content-type': 'application/json' };
    await Promise.all([
      fetch(url, { method: 'POST', headers, body }).then((response) => response.text()),
      follow(client, query(number)).ended,
    ]);
  }
  await client.dispose();
}

function answersIn(received: Buffer): string[] {
  const codes = received.toString('latin1').matchAll(/"code":"([A-Z_]+)"|"(data)":\{/g);
  return [...codes].map(([, code, data]) => code ?? data ?? '');
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
  const suspects = failures.some(({ why }) => why === GONE)
    ? Array.from({ length: 3 * CONNECTIONS }, (_, index) => first - CONNECTIONS + index)
        .filter((number) => number >= 0 && number < end)
        .map((number) => ({ number, input: inputOf(schema, seed, number) }))
    : failures;
  const trial = createTrial();
  let report = `on a new server none of them fails alone: ${suspects.map(({ number }) => number).join(', ')}`;
  for (const { number, input } of suspects) {
    if ((await trial.wrongWith(input)) === null) continue;
    const smallest = await shrink(input, async (smaller) => (await trial.wrongWith(smaller)) !== null);
    report = `input ${number}: ${await trial.wrongWith(smallest)}\n  smallest: ${printed(smallest).slice(0, 4_000)}`;
    break;
  }
  await trial.end();
  const came = failures.map(
    ({ number, input, why }) => `${number}: ${why}\n  ${printed(input).slice(0, 2_000)}`,
  );
  throw new Error(`seed ${seed}: ${report}\n${came.join('\n')}\n${`${stdout}${stderr}`.slice(-3_000)}`);
}

/** Tries inputs one by one, on a server that is started anew where one has ended it. */
function createTrial() {
  let server: MeasuredServer | null = null;
  const end = async () => {
    await server?.kill();
    server = null;
  };
  return {
    end,
    async wrongWith(input: Input): Promise<string | null> {
      server ??= await startMeasured(ENV);
      const wrong = judge(input, await exchange(server.port, input));
      // One that ends the server may be answered first.
      const gone = judge(STILL_THERE, await exchange(server.port, STILL_THERE));
      if (gone) await end();
      return wrong ?? gone;
    },
  };
}

const STILL_THERE: Input = { kind: 'operation', operation: { query: '{ __typename }' } };
