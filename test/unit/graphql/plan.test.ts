import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  type DocumentNode,
  execute,
  type GraphQLError,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Slices } from '../../../src/domain/async/in-slices.js';
import { JsonText } from '../../../src/domain/json/json-text.js';
import { wholeText } from '../../../src/graphql/answer-text.js';
import type { RequestContext } from '../../../src/graphql/context.js';
import { type Answer, createPlan, type ReadyOperation } from '../../../src/graphql/plan/plan.js';
import { createPlans } from '../../../src/graphql/plan/plans.js';
import { seededRandom } from '../../support/seeded-random.js';
import { randomDocument, randomVariables, schema } from './random-operations.js';

/** Whose refusals nobody writes down. */
const NOBODY = {
  refused: () => {},
  begin: () => undefined,
  loaders: { hold: () => () => {} },
} as unknown as RequestContext;

const RUNS = Number(process.env.PLAN_RUNS ?? 300);
const SEED = Number(process.env.PLAN_SEED ?? 20_250_131);

const shown = (error: unknown) => (error as GraphQLError).toJSON();

async function interpreted(document: DocumentNode, variableValues: Record<string, unknown>) {
  const { errors, data } = await execute({ schema, document, variableValues, contextValue: {} });
  return JSON.stringify({ errors: errors?.map(shown), data });
}

function planOf(document: DocumentNode, slices = AT_ONCE) {
  const operation = getOperationAST(document) as OperationDefinitionNode;
  return createPlan(schema, document, operation, shown, () => {}, slices);
}

/** As if it took no time. */
const AT_ONCE: Slices = { things: Number.POSITIVE_INFINITY, isOver: () => false, next: async () => {} };

/** Slices of which each is over after so many small things. */
const slicesOf = (things: number, begun: () => void): Slices => ({
  things,
  isOver: () => true,
  next: () => new Promise((resolve) => setImmediate(() => resolve(begun()))),
});

/** What of an answer is the same however long its parts take: the data, and its errors but those that one above them has made needless. */
function settled(json = '') {
  const { data, errors = [] } = JSON.parse(json) as {
    data: unknown;
    errors?: { path?: (string | number)[] }[];
  };
  const told = errors.map(({ path = [], ...error }) => {
    let at = data;
    const above = path.findIndex((key) => {
      if (at === null) return true;
      at = (at as Record<string | number, unknown>)[key];
      return false;
    });
    return JSON.stringify(above === -1 ? { path, ...error } : { path: path.slice(0, above) });
  });
  return { data: json.slice(json.lastIndexOf('"data":')), told: [...new Set(told)].sort() };
}

interface Case {
  text: string;
  variables: Record<string, unknown>;
  ready: ReadyOperation | null;
}

/** Each document comes several times, with other variables. */
function randomCases(slices: Slices): Case[] {
  const random = seededRandom(SEED);
  const cases: Case[] = [];
  while (cases.length < RUNS * 3) {
    const text = randomDocument(random);
    if (validate(schema, parse(text)).length > 0) continue;
    const plan = planOf(parse(text), slices);
    for (let time = 0; time < 3; time++) {
      const variables = randomVariables(random);
      cases.push({ text, variables, ready: plan.with(variables) });
    }
  }
  return cases;
}

/** What nobody has handled of what `run` rejects. */
async function unhandledIn(run: () => Promise<void>): Promise<unknown[]> {
  const usual = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
  const found: unknown[] = [];
  process
    .removeAllListeners('unhandledRejection')
    .on('unhandledRejection', (error) => void found.push(error));
  try {
    await run();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of usual) process.on('unhandledRejection', listener);
  }
  return found;
}

describe('an operation executed by its plan', () => {
  it(`is answered as graphql-js answers it, byte for byte, in ${RUNS} random operations (seed ${SEED})`, async () => {
    await compared(AT_ONCE, (json, expected, what) => expect(json, what).toBe(expected));
  });

  it.each([1, 7])(
    `is answered so in slices of %i things in ${RUNS} random operations (seed ${SEED})`,
    async (things) => {
      let sliced = 0;
      const slices = slicesOf(things, () => sliced++);
      await compared(slices, (json, expected, what) =>
        expect(settled(json), what).toEqual(settled(expected)),
      );
      expect(sliced).toBeGreaterThan(RUNS);
    },
  );

  async function compared(
    slices: Slices,
    compare: (json: string, expected: string | undefined, what: string) => void,
  ) {
    const cases = randomCases(slices);
    const expected: string[] = [];
    // graphql-js 16.15 leaves what items of a list reject unhandled, where a later item fails at once.
    await unhandledIn(async () => {
      for (const { text, variables } of cases) expected.push(await interpreted(parse(text), variables));
    });
    const seen = { planned: 0, errors: 0, nulls: 0, left: 0 };
    const unhandled = await unhandledIn(async () => {
      for (const [index, { text, variables, ready }] of cases.entries()) {
        if (!ready) {
          seen.left++;
          continue;
        }
        const { json: written, errors } = await ready.execute(NOBODY);
        const json = wholeText(written);
        compare(json, expected[index], `${text}\n${JSON.stringify(variables)}`);
        seen.planned++;
        if (errors.length > 0) seen.errors++;
        if (json.endsWith('"data":null}')) seen.nulls++;
      }
    });
    expect(unhandled).toEqual([]);
    // What is compared has to happen.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 50);
  }

  it.each([
    ['a variable of another type', 'query ($times: Int) { number(times: $times) }', { times: 'many' }],
    ['a variable that is missing', 'query ($on: Boolean!) { id @skip(if: $on) }', {}],
    ['a condition that is null', 'query ($off: Boolean = false) { id @skip(if: $off) }', { off: null }],
    ['a field of an input that there is not', 'query ($of: In) { number(of: $of) }', { of: { other: 1 } }],
  ])('is left to graphql-js with %s', async (_what, text, variables) => {
    expect(planOf(parse(text)).with(variables)).toBeNull();
    expect(await interpreted(parse(text), variables)).toContain('"errors"');
  });
});

describe('an answer with values that are long', () => {
  const LONG = 100_000;
  const text = `"\\\0\u2028\ud83d\ude00${'x'.repeat(LONG)}`;
  const list = Array.from({ length: LONG / 10 }, (_, n) => ({ n, 'a name': text.slice(0, n % 20) }));
  const values = {
    name: () => Promise.resolve(text),
    surely: 'short',
    any: { list, text },
    names: [text, null, 'short', text],
    one: { name: text, any: list },
  };
  // Without resolvers of its own: what the values say.
  const plain = makeExecutableSchema({
    typeDefs: `scalar Any
    type One { name: String any: Any }
    type Many { name: String! few: [One] many: [One!] }
    type Query { name: String surely: String! any: Any names: [String] one: One nodes: [Many!] }`,
  });

  async function answerOf(document: DocumentNode, root: unknown): Promise<Answer> {
    const operation = getOperationAST(document) as OperationDefinitionNode;
    const mask = (error: unknown) => ({ message: (error as Error).message });
    const ready = createPlan(plain, document, operation, mask, () => {}, AT_ONCE).with({}) as ReadyOperation;
    return ready.execute(NOBODY, root);
  }

  it('is what graphql-js gives, in pieces of which none is long', async () => {
    const document = parse('{ one { any name } surely any names again: name name few: surely }');
    const { json } = await answerOf(document, values);
    const expected = await execute({ schema: plain, document, rootValue: values });
    // Of texts of megabytes a difference would not be shown.
    expect(wholeText(json) === JSON.stringify(expected)).toBe(true);
    expect(Math.max(...(json as readonly Buffer[]).map(({ length }) => length))).toBeLessThan(2 * LONG);
  });

  it('is what graphql-js gives where a list is long by what it lists, with what is long in it and what fails', async () => {
    const item = (n: number): unknown => {
      const name = n % 500 === 7 ? text : `${n} é😀"${'y'.repeat(n % 300)}`;
      return n % 50 === 9 ? new Error(`${n} failed`) : { name: n % 90 === 3 ? Promise.resolve(name) : name };
    };
    const nodes = Array.from({ length: 3_000 }, (_, n) => ({
      name: `n${n}`,
      few: [item(n), null],
      many: n % 1_000 === 5 ? Array.from({ length: 1_000 }, (_, m) => item(m)) : [],
    }));
    const document = parse(
      '{ nodes { __typename name few { name } many { name kind: __typename } last: __typename } }',
    );
    for (const root of [
      { nodes },
      {
        nodes: [
          ...nodes,
          {
            get name() {
              throw new Error('the last one');
            },
          },
        ],
      },
    ]) {
      const { json } = await answerOf(document, root);
      const { data, errors } = await execute({ schema: plain, document, rootValue: root });
      const expected = { errors: errors?.map(({ message }) => ({ message })), data };
      expect(wholeText(json) === JSON.stringify(expected)).toBe(true);
    }
    const { json } = await answerOf(document, { nodes });
    expect(Math.max(...(json as readonly Buffer[]).map(({ length }) => length))).toBeLessThan(2 * LONG);
  });

  it('is made once of a value that stands in it under several names', async () => {
    const { json } = await answerOf(parse('{ any one { any } again: any }'), {
      any: list,
      one: { any: list },
    });
    const pieces = json as readonly Buffer[];
    expect(wholeText(json) === JSON.stringify({ data: { any: list, one: { any: list }, again: list } })).toBe(
      true,
    );
    const own = new Set(pieces).size;
    expect(own).toBeGreaterThan(0);
    expect(pieces.length).toBeGreaterThan(2 * own - 4);
  });

  it('takes JSON that is at hand as it is', async () => {
    const said = JSON.stringify(text);
    for (const written of [said, Buffer.from(said)]) {
      const { json } = await answerOf(parse('{ name }'), { name: new JsonText(written) });
      expect(wholeText(json) === `{"data":{"name":${said}}}`).toBe(true);
    }
  });

  it('is refused where it is too long with them, also by what is written of a character', async () => {
    const names = Array.from({ length: 400 }, (_, n) => `n${n}: name`).join(' ');
    const refusal = { data: null, errors: [{ message: expect.stringContaining('would be longer than') }] };
    for (const [document, name] of [
      [parse(`{ ${names} }`), text],
      [parse('{ name }'), '\u0001'.repeat(6_000_000)],
    ] as const) {
      const { json, errors } = await answerOf(document, { name });
      const sent = JSON.parse(wholeText(json));
      expect(sent).toMatchObject(refusal);
      // What is counted is what is sent.
      expect(errors).toEqual(sent.errors);
    }
  });
});

describe('the plans that are kept', () => {
  it('are found by text and name, for variables that fit', () => {
    const plans = createPlans(schema, shown);
    const query = 'query A($id: Int!) { number(times: $id) } query B { id }';
    plans.add(query, 'A', parse(query));
    expect(plans.ready({ query, operationName: 'A', variables: { id: 1 } })?.name).toBe('A');
    expect(plans.ready({ query, operationName: 'A', variables: { id: 'one' } })).toBeNull();
    expect(plans.ready({ query, operationName: 'A', variables: {} })).toBeNull();
    expect(plans.ready({ query, operationName: 'B' })).toBeNull();
    expect(plans.ready({ query })).toBeNull();
    expect(plans.ready({ query: '{ id }' })).toBeNull();
  });

  it('take no more than a bound together, and those that were used last stay', async () => {
    const plans = createPlans(schema, shown);
    const textOf = (n: number) => `{ ${Array.from({ length: 300 }, (_, m) => `a${n}x${m}: id`).join(' ')} }`;
    plans.add('{ id }', null, parse('{ id }'));
    for (let n = 0; n < 120; n++) {
      plans.add(textOf(n), null, parse(textOf(n)));
      await plans.ready({ query: textOf(n) })?.execute(NOBODY);
      expect(plans.ready({ query: '{ id }' })).not.toBeNull();
    }
    expect(plans.bytes).toBeLessThan(33 * 1024 * 1024);
    expect(plans.ready({ query: textOf(0) })).toBeNull();
    expect(plans.ready({ query: textOf(119) })).not.toBeNull();
  });
});
