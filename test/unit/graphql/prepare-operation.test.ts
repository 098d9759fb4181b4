import { beforeEach, describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import { createPreparer, type PreparedOperation } from '../../../src/graphql/prepare-operation.js';
import { createSchema } from '../../../src/graphql/schema.js';

const schema = createSchema();
let prepare: ReturnType<typeof createPreparer>;
beforeEach(() => {
  prepare = createPreparer(schema);
});

/** The code that a client will see. */
function codeOf(prepared: PreparedOperation): unknown {
  if ('document' in prepared) return null;
  const [error] = prepared.errors;
  const { originalError } = error ?? {};
  return originalError instanceof ParleyError ? originalError.code : error?.extensions.code;
}

describe('an operation that comes by WebSocket', () => {
  it.each<[string, Parameters<typeof prepare>[0], string]>([
    ['is no GraphQL', { query: '{ a ' }, 'GRAPHQL_PARSE_FAILED'],
    ['is empty', { query: '' }, 'GRAPHQL_PARSE_FAILED'],
    ['does not fit the schema', { query: '{ a }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'is not in its document',
      { query: 'query A { __typename }', operationName: 'B' },
      'OPERATION_RESOLUTION_FAILURE',
    ],
    [
      'is one of several without being named',
      { query: 'query A { __typename } query B { __typename }' },
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['lacks a variable', { query: 'query ($id: ID!) { node(id: $id) { id } }' }, 'BAD_USER_INPUT'],
    [
      'has a variable of another type',
      { query: 'query ($n: Int) { sessions(first: $n) { totalCount } }', variables: { n: 'x' } },
      'BAD_USER_INPUT',
    ],
    [
      'has a variable that is nested without end',
      {
        query: 'query ($f: SessionFilter) { sessions(filter: $f) { totalCount } }',
        variables: { f: JSON.parse(`${'{"not":'.repeat(50_000)}{}${'}'.repeat(50_000)}`) },
      },
      'BAD_USER_INPUT',
    ],
    [
      'asks for too much',
      { query: '{ sessions(first: 200) { nodes { agents { messages(first: 200) { nodes { text } } } } } }' },
      'QUERY_TOO_COMPLEX',
    ],
  ])('is refused with a code where it %s', (_name, input, expected) => {
    expect(codeOf(prepare(input))).toBe(expected);
  });

  it.each([
    'subscription { sessionActivity @skip(if: true) { cursor } }',
    'subscription ($no: Boolean = false) { sessionActivity @include(if: $no) { cursor } }',
    'subscription { ... @skip(if: true) { sessionActivity { cursor } } }',
    'subscription { ...F @skip(if: true) } fragment F on Subscription { sessionActivity { cursor } }',
    'subscription { ...F } fragment F on Subscription { sessionActivity @skip(if: false) { cursor } }',
  ])('is refused where it subscribes to nothing under a condition: %s', (query) => {
    expect(codeOf(prepare({ query }))).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('may skip what is below the field of a subscription', () => {
    const query =
      'subscription { sessionActivity { cursor @skip(if: false) ... @include(if: false) { __typename } } }';
    expect(codeOf(prepare({ query }))).toBeNull();
  });

  it('is parsed once for all who send it', () => {
    const query = 'subscription { sessionActivity { cursor } }';
    const [first, again] = [prepare({ query }), prepare({ query })];
    expect('document' in first && 'document' in again && first.document === again.document).toBe(true);
  });

  it('is one for all who keep it at the same time, also where it is too long to be kept for others', () => {
    const query = `# ${'x'.repeat(1_000_000)}\nsubscription { sessionActivity { cursor } }`;
    const [first, again] = [prepare({ query }), prepare({ query })];
    expect('document' in first && 'document' in again && first.document === again.document).toBe(true);
  });

  it('makes room for others where it is long, because parsed it is many times as long', () => {
    const filling = (index: number) =>
      `subscription S${index} { ${Array.from({ length: 900 }, (_, field) => `a${field}: __typename`).join(' ')} }`;
    const first = prepare({ query: filling(0) });
    for (let index = 1; index < 80; index++) prepare({ query: filling(index) });
    const again = prepare({ query: filling(0) });
    expect('document' in first && 'document' in again && first.document === again.document).toBe(false);
  });

  it('is kept while it is used, whatever else comes', () => {
    const query = 'subscription { sessionActivity { cursor } }';
    const first = prepare({ query });
    for (let index = 0; index < 1_500; index++) {
      prepare({ query: `subscription S${index} { sessionActivity { cursor } }` });
      if (index % 100 === 0) prepare({ query });
    }
    const again = prepare({ query });
    expect('document' in first && 'document' in again && first.document === again.document).toBe(true);
  });
});
