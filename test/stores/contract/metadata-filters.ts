import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/domain/json/json-value.js';
import type { MetadataCondition, SessionFilter } from '../../../src/domain/sessions/session-store.js';
import { matches } from './filter-model.js';
import { aSession } from './inputs.js';
import { findIds } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

/** Values at the path `v`; the last session has none. */
const VALUES: Record<string, JsonValue> = {
  one: 1,
  oneAsText: '1',
  yes: true,
  no: false,
  zero: 0,
  half: 1.5,
  nothing: null,
  empty: '',
  text: 'b',
  accent: 'é',
  wide: '～',
  emoji: '😀',
  list: [1, 'b'],
  turned: ['b', 1],
  nested: [[1, 'b']],
  object: { a: 1, b: { c: 2 } },
  typed: { a: '1', b: { c: 2 } },
  larger: { a: 1, b: { c: 2 }, d: null },
  none: {},
  noItems: [],
  listed: [{ a: 1 }],
};

type Test = Omit<MetadataCondition, 'path'>;

/** Each test on `v` with the sessions of `VALUES` on which it holds. */
const CASES: [sentence: string, test: Test, left: string[]][] = [
  ['1, which is not "1" nor true', { equals: 1 }, ['one']],
  ['"1", which is not 1', { equals: '1' }, ['oneAsText']],
  ['true, which is not 1', { equals: true }, ['yes']],
  ['false, which is not 0 nor null', { equals: false }, ['no']],
  ['0, which is not false nor empty text', { equals: 0 }, ['zero']],
  ['empty text', { equals: '' }, ['empty']],
  ['a stored null, which is not a missing value', { equals: null }, ['nothing']],
  ['a list whole, in its order', { equals: [1, 'b'] }, ['list']],
  ['an empty list, which is not an empty object', { equals: [] }, ['noItems']],
  ['an empty object, which is not an empty list', { equals: {} }, ['none']],
  ['text, not a list that holds it', { equals: 'b' }, ['text']],
  ['an object whole, with its types', { equals: { a: 1, b: { c: 2 } } }, ['object']],
  ['an object whatever the order of its keys', { equals: { b: { c: 2 }, a: 1 } }, ['object']],
  ['one of several, each with its type', { in: [1, 'b', null, { a: 1 }] }, ['one', 'text', 'nothing']],
  ['one of several lists', { in: [['b', 1], []] }, ['turned', 'noItems']],
  ['none of no values', { in: [] }, []],
  ['anything that is there, null too', { exists: true }, Object.keys(VALUES)],
  ['nothing', { exists: false }, ['missing']],
  ['a greater number, among numbers alone', { gt: 0 }, ['one', 'half']],
  ['a number from a bound on', { gte: 1 }, ['one', 'half']],
  ['a smaller number, null not among them', { lt: 1 }, ['zero']],
  ['a number up to a bound', { lte: 1 }, ['one', 'zero']],
  ['a number between two bounds', { gt: 0.5, lt: 1.5 }, ['one']],
  ['greater text by code point, among text alone', { gt: 'b' }, ['accent', 'wide', 'emoji']],
  ['greater text, with what lies beyond the first plane last', { gt: '～' }, ['emoji']],
  ['text from a bound on', { gte: '' }, ['oneAsText', 'empty', 'text', 'accent', 'wide', 'emoji']],
  ['text up to a bound', { lte: 'b' }, ['oneAsText', 'empty', 'text']],
  ['nothing, where two bounds are of different types', { gt: 0, lt: 'z' }, []],
  ['what all tests leave', { in: [1, 1.5, 'b'], exists: true, gt: 1 }, ['half']],
];

const PATHS = [
  'v',
  'user.id',
  'user',
  'tags.0',
  'tags.x',
  'list.1.a',
  'list.a',
  'constructor',
  '__proto__',
  "it's",
  '0',
];
const POOL: JsonValue[] = [
  0,
  1,
  -1.5,
  '1',
  '',
  'b',
  'B',
  true,
  false,
  null,
  [],
  [1],
  ['b', null],
  {},
  { a: 1 },
  { a: '1' },
];

const value = fc.constantFrom(...POOL);
const bound = fc.constantFrom<string | number>(0, 1, '1', 'b');
const metadataArbitrary: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      v: value,
      user: fc.oneof(value, fc.record({ id: value, name: value }, { requiredKeys: [] })),
      tags: fc.oneof(value, fc.array(value, { maxLength: 2 })),
      list: fc.array(fc.oneof(value, fc.record({ a: value })), { maxLength: 3 }),
      constructor: value,
      "it's": value,
      '0': value,
    },
    { requiredKeys: [] },
  )
  .map((metadata) => metadata as JsonObject);
const condition = fc
  .record(
    {
      equals: value,
      in: fc.array(value, { maxLength: 3 }),
      exists: fc.boolean(),
      gt: bound,
      gte: bound,
      lt: bound,
      lte: bound,
    },
    { requiredKeys: [] },
  )
  .chain((tests) => fc.constantFrom(...PATHS).map((path): MetadataCondition => ({ path, ...oneOf(tests) })));

/** All seven tests at once would leave nothing: one, or two that may both hold. */
function oneOf(tests: Test): Test {
  const names = Object.keys(tests) as (keyof Test)[];
  return names.length === 0
    ? { exists: true }
    : Object.fromEntries(names.slice(0, 2).map((name) => [name, tests[name]]));
}

const { filter } = fc.letrec<{ filter: SessionFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 2 },
    fc.record({ metadata: fc.array(condition, { minLength: 1, maxLength: 2 }) }),
    fc.record({ and: fc.array(tie('filter'), { maxLength: 2 }) }),
    fc.record({ or: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('filter') }),
  ),
}));

/** Where doubles and 64-bit integers part, and where doubles end. */
const NUMBERS = [
  0,
  1,
  -1,
  0.1,
  1.5,
  5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  -1.7976931348623157e308,
  2 ** 31,
  2 ** 53 - 1,
  1 - 2 ** 53,
  2 ** 53,
  -(2 ** 53),
  2 ** 53 + 2,
  2 ** 60,
  2 ** 60 + 256,
  -(2 ** 60),
  53328256383915450,
  2 ** 63 - 1024,
  2 ** 63,
  -(2 ** 63),
  1e20,
  1e21,
  123456789012345680000,
];

export function metadataFilterSentences(setup: StoreSetup): void {
  describe('filtering by metadata leaves the sessions with', () => {
    const stage = useStage(setup);
    beforeAll(async () => {
      for (const [name, v] of Object.entries(VALUES)) {
        await stage.store.createSession(aSession(name, { metadata: { v, indexed: { v } } }));
      }
      await stage.store.createSession(aSession('missing'));
    });

    it.each(CASES)('%s', async (_, test, left) => {
      const sorted = left.toSorted();
      expect(await findIds(stage.store, { metadata: [{ path: 'v', ...test }] })).toEqual(sorted);
      expect(await findIds(stage.store, { metadata: [{ path: 'indexed.v', ...test }] })).toEqual(sorted);
      expect(await stage.store.countSessions({ metadata: [{ path: 'v', ...test }] })).toBe(left.length);
    });

    it('a value at an index of a list, but reaches into no element by a name', async () => {
      const at = async (path: string, equals: JsonValue) =>
        findIds(stage.store, { metadata: [{ path, equals }] });
      expect(await at('v.0', 'b')).toEqual(['turned']);
      expect(await at('v.0.1', 'b')).toEqual(['nested']);
      expect(await at('v.0.a', 1)).toEqual(['listed']);
      expect(await at('v.a', 1)).toEqual(['larger', 'object']);
    });

    it('no value, where a test is negated', async () => {
      const left = await findIds(stage.store, { not: { metadata: [{ path: 'v', gt: '' }] } });
      expect(left).toContain('missing');
      expect(left).toEqual(
        [...Object.keys(VALUES), 'missing']
          .filter((name) => {
            const v = VALUES[name];
            return !(typeof v === 'string' && v > '');
          })
          .sort(),
      );
    });
  });

  describe('filtering by metadata', () => {
    const stage = useStage(setup);
    const sessions = fc.sample(metadataArbitrary, { numRuns: 40, seed: 11 });
    beforeAll(async () => {
      await Promise.all(
        sessions.map((metadata, index) => stage.store.createSession(aSession(`s${index}`, { metadata }))),
      );
    });

    it('leaves what the same filter leaves of an array', async () => {
      await fc.assert(
        fc.asyncProperty(filter, async (asked) => {
          const expected = sessions.flatMap((metadata, index) =>
            matches(metadata, asked) ? [`s${index}`] : [],
          );
          expect(await findIds(stage.store, asked)).toEqual(expected.sort());
        }),
        { numRuns: 150, seed: 13 },
      );
    });
  });

  describe('filtering by a text that reads like a value of another type', () => {
    const stage = useStage(setup);
    const texts = ['1152921504606846976', '-9007199254740993', '1.5', '2', 'NaN', 'Infinity', '1E+21'];
    const others = ['2026-01-05T12:00:00.123Z', '0123456789abcdef01234567', 'AQID'];
    const numbers = [2 ** 60, -(2 ** 53), 1.5, 2, 1e21];
    const all: JsonObject[] = [...texts, ...others, ...numbers, null].map((v) => ({ v, list: [{ v }] }));
    beforeAll(async () => {
      for (const [index, metadata] of all.entries()) {
        await stage.store.createSession(aSession(`s${index}`, { metadata }));
      }
    });

    it.each([...texts, ...others, ...numbers])(
      'leaves that text, or that number, and nothing else: %j',
      async (v) => {
        for (const [path, wanted] of [
          ['v', v],
          ['list.0.v', v],
          ['list', [{ v }]],
        ] as [string, JsonValue][]) {
          for (const test of [{ equals: wanted }, { in: [wanted, 'x'] }]) {
            const asked: SessionFilter = { metadata: [{ path, ...test }] };
            const left = all.flatMap((metadata, index) => (matches(metadata, asked) ? [`s${index}`] : []));
            expect(left).toHaveLength(1);
            expect(await findIds(stage.store, asked), JSON.stringify(asked)).toEqual(left);
          }
        }
      },
    );
  });

  describe('filtering by numbers', () => {
    const stage = useStage(setup);
    const all = NUMBERS.map((v) => ({ v, list: [v] }));
    beforeAll(async () => {
      for (const [index, metadata] of all.entries()) {
        await stage.store.createSession(aSession(`s${index}`, { metadata }));
      }
      await stage.store.createSession(aSession('negative-zero', { metadata: { v: -0, list: [-0] } }));
    });

    it.each([['v'], ['list.0']])('leaves the same at %s, whatever their size', async (path) => {
      for (const bound of [...NUMBERS, -0, 9.5e18]) {
        const tests: Test[] = [{ equals: bound }, { in: [bound, 'x'] }, { gt: bound }, { gte: bound }];
        for (const test of [...tests, { lt: bound }, { lte: bound }]) {
          const asked: SessionFilter = { metadata: [{ path, ...test }] };
          const left = all.flatMap((metadata, index) => (matches(metadata, asked) ? [`s${index}`] : []));
          if (left.includes('s0')) left.push('negative-zero');
          expect(await findIds(stage.store, asked), JSON.stringify(asked)).toEqual(left.sort());
        }
      }
    });
  });
}
