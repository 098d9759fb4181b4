import { type GraphQLEnumType, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { checkVariables } from '../../../src/graphql/checks/check-variables.js';
import { coercionOf } from '../../../src/graphql/plan/variables.js';
import { createSchema } from '../../../src/graphql/schema.js';

const schema = createSchema();

/** With what message variables are refused, or null. */
function refusalOf(
  declared: string,
  variables: Record<string, unknown>,
  selected = '__typename',
): string | null {
  try {
    checkVariables(schema, parse(`query (${declared}) { ${selected} }`), null, variables);
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT' });
    return (error as Error).message;
  }
}

const many = (count: number, prefix: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 1]));

describe('variables', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['that fit', '$f: SessionFilter', { f: { and: [{ sessionType: 'AGENT' }, { not: {} }] } }],
    ['that were not declared', '$n: Int', { n: 1, m: 'x' }],
    ['that are missing, which is told where they are used', '$n: Int!', {}],
    ['with free-form JSON of any width', '$s: JSONObject!', { s: many(100_000, 'key') }],
    ['with a long list', '$p: [String!]', { p: Array(100_000).fill('a') }],
    ['with keys that objects have by themselves', '$s: JSON', { s: JSON.parse('{"__proto__": 1}') }],
  ])('%s pass', (_name, declared, variables) => {
    expect(refusalOf(declared, variables)).toBeNull();
  });

  it.each<[string, string, Record<string, unknown>, RegExp]>([
    ['of another type', '$n: Int', { n: 'x' }, /"n": Int cannot/],
    [
      'of another type deep inside',
      '$f: [SessionFilter!]',
      { f: [{ or: [7] }] },
      /"f\[0\]\.or\[0\]": Expected/,
    ],
    ['that are null where they must not be', '$n: Int!', { n: null }, /Int!/],
    ['with an unknown key', '$f: SessionFilter', { f: { sessionIdx: 1 } }, /sessionIdx.*sessionIds/],
    ['whose name stands for a prototype', '$__proto__: JSON', {}, /__proto__/],
  ])('%s are refused', (_name, declared, variables, said) => {
    expect(refusalOf(declared, variables)).toMatch(said);
  });

  const long = 'x'.repeat(10_000);

  it.each<[string, string, unknown, RegExp]>([
    ['a text for an enum', '$v: [Rating]', [null, long], /at "v\[1\]": It is too long for the type Rating/],
    ['a text for a number', '$v: Int', long, /It is too long for the type Int/],
    [
      'an object for a text',
      '$v: SessionFilter',
      { and: [{ sessionType: { long } }] },
      /"v\.and\[0\]\.sessionType"/,
    ],
    ['a name', '$v: SessionFilter', { [long]: 1 }, /No field of type "SessionFilter"/],
  ])('of which graphql-js would print and compare all are refused before: %s', (_what, declared, v, said) => {
    const prints = vi.spyOn(schema.getType('Rating') as GraphQLEnumType, 'parseValue');
    const refusal = refusalOf(declared, { v });
    expect(refusal).toMatch(said);
    expect(refusal?.length).toBeLessThan(200);
    const operation = parse(`query (${declared}) { __typename }`).definitions[0] as OperationDefinitionNode;
    expect(() => coercionOf(schema, operation)({ v })).toThrow();
    expect(prints.mock.calls.every(([value]) => value !== long)).toBe(true);
    prints.mockRestore();
  });

  it('of which one is a list in place of an object are refused without its names', () => {
    const names = vi.fn(Reflect.ownKeys);
    const list = new Proxy([1, 2, 3], { ownKeys: names });
    expect(refusalOf('$f: SessionFilter', { f: list })).toMatch(
      /Expected type "SessionFilter" to be an object/,
    );
    const { definitions } = parse('query ($f: SessionFilter) { __typename }');
    expect(() => coercionOf(schema, definitions[0] as OperationDefinitionNode)({ f: list })).toThrow();
    expect(names).not.toHaveBeenCalled();
  });

  it('of long texts pass where texts stand', () => {
    expect(refusalOf('$t: [ID!]!, $s: String', { t: [long], s: long })).toBeNull();
  });

  it('that decide what is included are refused where they are null, which would fail at each object', () => {
    const asked = (variables: Record<string, unknown>) =>
      refusalOf('$on: Boolean = true', variables, '__typename @include(if: $on)');
    expect(asked({})).toBeNull();
    expect(asked({ on: false })).toBeNull();
    expect(asked({ on: null })).toMatch(/"\$on" decides what is included/);
  });

  it('with unknown keys without end are refused at the first, and not printed', () => {
    const message = refusalOf('$f: SessionFilter', { f: many(300_000, 'sessionIdx') });
    expect(message).toContain('"sessionIdx0"');
    expect(message?.length).toBeLessThan(200);
  });

  it('with lists without end are refused, before each value is looked at', () => {
    const ids = Array(100_001).fill('a');
    expect(refusalOf('$p: [String!]', { p: ids })).toMatch(/more than 100000 values/);
    const half = ids.slice(0, 60_000);
    expect(refusalOf('$p: [ID!], $f: SessionFilter', { p: half, f: { sessionIds: half } })).toMatch(/100000/);
    expect(refusalOf('$s: JSON', { s: ids })).toBeNull();
  });

  it('with objects without end are refused, wherever they stand', () => {
    const filters = (count: number) => ({ and: Array(count).fill({}) });
    expect(refusalOf('$f: SessionFilter', { f: filters(1_999) })).toBeNull();
    expect(refusalOf('$f: SessionFilter', { f: filters(2_000) })).toMatch(/2000 input objects/);
    expect(refusalOf('$f: SessionFilter', { f: { or: Array(50).fill(filters(50)) } })).toMatch(/2000/);
    expect(
      refusalOf('$f: SessionFilter, $g: SessionFilter', { f: filters(1_200), g: filters(1_200) }),
    ).toMatch(/2000/);
  });
});
