import { getIntrospectionQuery, parse } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import { checkLimits, MAX_COST } from '../../../src/graphql/checks/limits.js';
import { MAX_DEPTH } from '../../../src/graphql/checks/operation-size.js';
import { createStage, type Stage } from './stage.js';

/** What the limits say: a code, or null where the operation may run. */
function codeOf(query: string, variables: Record<string, unknown> = {}, operationName: string | null = null) {
  try {
    checkLimits(parse(query), operationName, variables);
    return null;
  } catch (error) {
    return error instanceof ParleyError ? error.code : error;
  }
}

const page = (sessions: number, messages: number) =>
  `{ sessions(first: ${sessions}) { nodes { agents { messages(last: ${messages}) { nodes { text } } } } } }`;

describe('the limits of an operation', () => {
  it.each([
    ['a dashboard', page(50, 1)],
    ['the largest page of sessions with their last 20 messages', page(200, 20)],
    [
      'one session with whole pages',
      '{ session(sessionId: "a") { agents { messages(first: 200) { nodes { text content { __typename } } } } } }',
    ],
    [
      'the introspection of every tool',
      getIntrospectionQuery({
        inputValueDeprecation: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        oneOf: true,
      }),
    ],
    [
      'fifty sessions by name',
      `{ ${Array.from({ length: 50 }, (_, i) => `s${i}: session(sessionId: "${i}") { sessionId updatedAt }`).join(' ')} }`,
    ],
    [
      'a subscription',
      'subscription { sessionEvents(sessionId: "a") { cursor ... on MessageAdded { message { text } } } }',
    ],
  ])('let %s pass', (_name, query) => {
    expect(codeOf(query)).toBeNull();
  });

  it.each([
    ['whole pages of messages of a whole page of sessions', page(200, 200)],
    [
      'the same by edges and fragments',
      '{ sessions(last: 200) { ...C } } fragment C on SessionConnection { edges { node { agents { ...A } } } } fragment A on Agent { messages(last: 200) { edges { node { text } } } }',
    ],
    [
      'pages of messages under many names',
      `{ session(sessionId: "a") { agents { ${Array.from({ length: 60 }, (_, i) => `m${i}: messages(first: 200) { nodes { text } }`).join(' ')} } } }`,
    ],
    [
      'more fields than anyone reads',
      `{ ${Array.from({ length: 1_001 }, (_, i) => `t${i}: __typename`).join(' ')} }`,
    ],
    [
      'fragments that double at each step',
      `{ ...f0 } ${Array.from({ length: 30 }, (_, i) => `fragment f${i} on Query { ${i < 29 ? `...f${i + 1} ...f${i + 1}` : '__typename'} }`).join(' ')}`,
    ],
    ['deep nesting', `{ ${'a { '.repeat(MAX_DEPTH)} b ${'}'.repeat(MAX_DEPTH)} }`],
  ])('refuse %s', (_name, query) => {
    expect(codeOf(query)).toBe('QUERY_TOO_COMPLEX');
  });

  it('count a text as often as it is asked for', () => {
    const copies = Array.from({ length: 300 }, (_, i) => `t${i}: text`).join(' ');
    expect(
      codeOf(`{ session(sessionId: "a") { agents { messages(last: 200) { nodes { ${copies} } } } } }`),
    ).toBe('QUERY_TOO_COMPLEX');
  });

  it('count a list of sessions as more than what it gives, because it may read all of them', () => {
    const lists = Array.from({ length: 200 }, (_, i) => `l${i}: sessions(first: 1) { totalCount }`).join(' ');
    expect(codeOf(`{ ${lists} }`)).toBe('QUERY_TOO_COMPLEX');
  });

  it('take sizes from variables, their defaults, and the page that is given without any', () => {
    const query =
      'query ($n: Int = 1) { sessions(first: 200) { nodes { agents { messages(last: $n) { nodes { text } } } } } }';
    expect(codeOf(query)).toBeNull();
    expect(codeOf(query, { n: 20 })).toBeNull();
    expect(codeOf(query, { n: null })).toBeNull();
    expect(codeOf(query, { n: 200 })).toBe('QUERY_TOO_COMPLEX');
  });

  it('judge the operation that is named alone', () => {
    const query = `query Small { __typename } query Large ${page(200, 200)}`;
    expect(codeOf(query, {}, 'Small')).toBeNull();
    expect(codeOf(query, {}, 'Large')).toBe('QUERY_TOO_COMPLEX');
  });

  it('count the lists of an introspection, which answers many times what it is asked', () => {
    const schema = (names: number) =>
      `{ __schema { types { fields { ${Array.from({ length: names }, (_, i) => `a${i}: description`).join(' ')} } } } }`;
    expect(codeOf(schema(10))).toBeNull();
    expect(codeOf(schema(200))).toBe('QUERY_TOO_COMPLEX');
  });

  it('count the metadata paths of every session, in a literal and in a variable', () => {
    const sessions = (names: number, paths: string) =>
      `query ($p: [String!]) { sessions(first: 200) { nodes { ${Array.from({ length: names }, (_, i) => `m${i}: metadata(paths: ${paths})`).join(' ')} } } }`;
    const p = Array.from({ length: 200 }, (_, index) => `p${index}`);
    expect(codeOf(sessions(1, '$p'), { p })).toBeNull();
    expect(codeOf(sessions(1, JSON.stringify(p)))).toBeNull();
    expect(codeOf(sessions(50, '$p'), { p })).toBe('QUERY_TOO_COMPLEX');
    expect(codeOf(sessions(50, JSON.stringify(p)))).toBe('QUERY_TOO_COMPLEX');
  });

  it('end where a variable is nested deeper than the stack could follow, but not where it may be stored', () => {
    const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
    const query = 'query ($f: SessionFilter) { sessions(filter: $f) { totalCount } }';
    expect(codeOf(query, { f: { metadata: [{ path: 'a', eq: nested(64) }] } })).toBeNull();
    for (const depth of [101, 100_000]) expect(codeOf(query, { f: nested(depth) })).toBe('BAD_USER_INPUT');
  });

  it('say what an operation costs and what is allowed', () => {
    expect(() => checkLimits(parse(page(200, 200)), null, {})).toThrow(
      expect.objectContaining({ details: { cost: expect.any(Number), limit: MAX_COST } }),
    );
  });

  it.each(['first: 1000000', 'last: 201', 'first: -1', 'first: 1, last: 1'])(
    'leave %s to be refused as a wrong argument',
    async (sizes) => {
      const stage = createStage();
      for (const query of [
        `{ sessions(${sizes}) { nodes { sessionId } } }`,
        `{ session(sessionId: "there") { agents { messages(${sizes}) { nodes { text } } } } }`,
      ]) {
        await stage.service.appendMessages({
          sessionId: 'there',
          agentId: 'a',
          createIfMissing: true,
          messages: [{ role: 'user', text: '' }],
        });
        const { errors } = await stage.run(query);
        expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
      }
    },
  );
});

describe('what could keep the parser and the validation busy', () => {
  let stage: Stage;
  beforeAll(() => {
    stage = createStage();
  });
  const codes = async (query: string) =>
    (await stage.run(query)).errors?.map(({ extensions }) => extensions?.code) ?? [];

  it('is refused: a document of too many words', async () => {
    expect(await codes(`{ ${'__typename '.repeat(6_000)} }`)).toEqual(['GRAPHQL_PARSE_FAILED']);
  });

  it('is refused: fragments that spread each other in a circle', async () => {
    const circle = '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }';
    expect(await codes(circle)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });

  it('is refused: introspection that goes round and round', async () => {
    const round =
      '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }';
    expect(await codes(round)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });
});
