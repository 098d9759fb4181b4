import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dataOf } from '../support/data-of.js';
import { type RunningServer, startServer } from '../support/server.js';

let server: RunningServer;

interface Made {
  sessionId: string;
  applicationName?: string;
  sessionType?: string;
  metadata?: object;
  agents?: string[];
  /** null: feedback without a rating. */
  ratings?: ('UP' | 'DOWN' | null)[];
}
const SESSIONS: Made[] = [
  {
    sessionId: 's1',
    applicationName: 'demo',
    metadata: { user: { id: 'alice' }, n: 1, tags: ['a', 'b'] },
    agents: ['a'],
    ratings: ['UP'],
  },
  {
    sessionId: 's2',
    applicationName: 'demo',
    sessionType: 'SWARM',
    metadata: { user: { id: 'bob' }, n: 10 },
    agents: ['a', '10'],
  },
  {
    sessionId: 's3',
    applicationName: '',
    metadata: { user: null, n: '1', flag: true },
    ratings: [null, 'DOWN'],
  },
  {
    sessionId: 's4',
    metadata: JSON.parse('{"__proto__": "x", "constructor": {"name": "c"}, "n": 1.5, "flag": false}'),
    agents: ['__proto__'],
    ratings: [null],
  },
  {
    sessionId: 's5',
    applicationName: 'other',
    metadata: { n: null, text: '', o: { a: 1, b: 2 } },
    agents: ['a$b'],
  },
];
const ALL = SESSIONS.map(({ sessionId }) => sessionId);
/** Each session is made a minute after the one before. */
const dateOf = (index: number) => new Date(Date.parse('2025-01-31T09:30:00.000Z') + index * 60_000);

const ask = (query: string, variables: Record<string, unknown>) => dataOf(server, query, variables);

beforeAll(async () => {
  server = await startServer({ metadataIndexes: ['user.id'] });
  vi.useFakeTimers({ toFake: ['Date'] });
  for (const [index, { agents = [], ratings = [], ...input }] of SESSIONS.entries()) {
    vi.setSystemTime(dateOf(index));
    const { sessionId } = input;
    await ask('mutation ($i: CreateSessionInput!) { createSession(input: $i) { session { id } } }', {
      i: input,
    });
    for (const agentId of agents)
      await ask('mutation ($i: UpsertAgentInput!) { upsertAgent(input: $i) { agent { id } } }', {
        i: { sessionId, agentId },
      });
    for (const rating of ratings)
      await ask('mutation ($i: AddFeedbackInput!) { addFeedback(input: $i) { feedback { rating } } }', {
        i: { sessionId, rating },
      });
  }
  vi.useRealTimers();
});
afterAll(() => server.stop());

const FIND = `query ($filter: SessionFilter) {
  sessions(filter: $filter, orderBy: {field: CREATED_AT}) { totalCount nodes { sessionId } } }`;
async function found(filter: object | null) {
  const { totalCount, nodes } = (await ask(FIND, { filter })).sessions;
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ sessionId }: { sessionId: string }) => sessionId);
}
const metadata = (path: string, tests: object) => ({ metadata: [{ path, ...tests }] });
const at = (index: number) => dateOf(index).toISOString();

describe('a filter finds', () => {
  it.each<[object | null, string[]]>([
    [null, ALL],
    [{}, ALL],
    [{ sessionIds: ['s2', 's1', 's2', 'nobody', ''] }, ['s1', 's2']],
    [{ sessionIds: [] }, []],
    [{ sessionIdPrefix: 's' }, ALL],
    [{ sessionIdPrefix: 's3' }, ['s3']],
    [{ sessionIdPrefix: 'S' }, []],
    [{ sessionIdPrefix: 's', applicationName: 'demo', not: { sessionIdPrefix: 's1' } }, ['s2']],
    [{ agentIds: [] }, []],
    [{ agentIds: ['a', 'a$b'] }, ['s1', 's2', 's5']],
    [{ agentIds: ['__proto__'] }, ['s4']],
    [{ agentIds: ['10'] }, ['s2']],
    [{ applicationName: 'demo' }, ['s1', 's2']],
    [{ applicationName: '' }, ['s3']],
    [{ withoutApplicationName: true }, ['s4']],
    [{ sessionType: 'SWARM' }, ['s2']],
    [{ feedbackRating: 'UP' }, ['s1']],
    [{ feedbackRating: 'DOWN' }, ['s3']],
    [{ withUnratedFeedback: true }, ['s3', 's4']],
    [{ applicationName: 'demo', sessionType: 'SWARM' }, ['s2']],
  ])('%j: %j', async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it.each<[object, string[]]>([
    [{ gte: at(1) }, ['s2', 's3', 's4', 's5']],
    [{ gt: at(1) }, ['s3', 's4', 's5']],
    [{ lte: at(1) }, ['s1', 's2']],
    [{ lt: at(1) }, ['s1']],
    [{ gte: at(1), lt: at(3) }, ['s2', 's3']],
    [{ gt: at(3), lt: at(3) }, []],
    // The same moments in another zone, and to the millisecond.
    [{ gte: '2025-01-31T10:31:00.000+01:00', lte: '2025-01-31T04:31:00-05:00' }, ['s2']],
    [{ gt: '2025-01-31T09:30:59.999Z', lt: '2025-01-31T09:31:00.001Z' }, ['s2']],
    [{}, ALL],
    [{ gte: null, gt: null, lte: null, lt: null }, ALL],
  ])('by date %j: %j', async (range, expected) => {
    expect(await found({ createdAt: range })).toEqual(expected);
    expect(await found({ updatedAt: range })).toEqual(expected);
  });

  it.each<[string, object, string[]]>([
    ['user.id', { eq: 'alice' }, ['s1']],
    ['user.id', { in: ['alice', 'bob', null] }, ['s1', 's2']],
    ['user.id', { exists: true }, ['s1', 's2']],
    ['user', { isNull: true }, ['s3']],
    ['user', { exists: false }, ['s4', 's5']],
    ['n', { eq: 1 }, ['s1']],
    ['n', { eq: 1.0 }, ['s1']],
    ['n', { eq: '1' }, ['s3']],
    ['n', { eq: true }, []],
    ['n', { isNull: true }, ['s5']],
    ['n', { in: [1, '1', null] }, ['s1', 's3', 's5']],
    ['n', { in: [] }, []],
    ['n', { gt: 1 }, ['s2', 's4']],
    ['n', { gte: 1, lt: 10 }, ['s1', 's4']],
    ['n', { gte: '' }, ['s3']],
    ['flag', { eq: true }, ['s3']],
    ['flag', { in: [false, 0, ''] }, ['s4']],
    ['text', { eq: '' }, ['s5']],
    ['tags', { eq: ['a', 'b'] }, ['s1']],
    ['tags', { eq: ['b', 'a'] }, []],
    ['tags', { eq: 'a' }, []],
    ['tags.0', { eq: 'a' }, ['s1']],
    ['tags.2', { exists: false }, ALL],
    ['o', { eq: { a: 1, b: 2 } }, ['s5']],
    ['o.b', { lte: 2 }, ['s5']],
    ['__proto__', { eq: 'x' }, ['s4']],
    ['constructor.name', { eq: 'c' }, ['s4']],
    ['constructor', { exists: true }, ['s4']],
    ['toString', { exists: true }, []],
    ['n', { eq: 1, exists: true, in: null, gt: null }, ['s1']],
  ])('by metadata %s %j: %j', async (path, tests, expected) => {
    expect(await found(metadata(path, tests))).toEqual(expected);
  });

  it.each<[object, string[]]>([
    [{ and: [{ applicationName: 'demo' }, metadata('n', { gt: 5 })] }, ['s2']],
    [{ or: [{ withoutApplicationName: true }, metadata('user.id', { eq: 'bob' })] }, ['s2', 's4']],
    [{ not: { applicationName: 'demo' } }, ['s3', 's4', 's5']],
    [{ not: { withoutApplicationName: true } }, ['s1', 's2', 's3', 's5']],
    [{ not: { withUnratedFeedback: true } }, ['s1', 's2', 's5']],
    [{ not: metadata('n', { eq: 1 }) }, ['s2', 's3', 's4', 's5']],
    [{ not: { not: { sessionIds: ['s3'] } } }, ['s3']],
    [{ not: { or: [{ sessionIds: ['s1'] }, { sessionIds: ['s2'] }] }, agentIds: ['a', 'a$b'] }, ['s5']],
    [{ not: {} }, []],
    [{ and: [] }, ALL],
    [{ or: [] }, []],
    [{ and: [{}, {}], or: [{}] }, ALL],
    [
      {
        and: null,
        or: null,
        not: null,
        metadata: null,
        sessionIds: null,
        agentIds: null,
        createdAt: null,
        sessionType: null,
      },
      ALL,
    ],
    [{ metadata: [] }, ALL],
    [
      {
        metadata: [
          { path: 'n', eq: 1 },
          { path: 'user.id', eq: 'bob' },
        ],
      },
      [],
    ],
  ])('all that %j says: %j', async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it('the same through literals as through variables', async () => {
    const { body } = await server.request(
      '{ sessions(filter: {withoutApplicationName: true, metadata: [{path: "__proto__", eq: "x"}], not: {feedbackRating: UP}}) { nodes { sessionId } } }',
    );
    expect(body).toEqual({ data: { sessions: { nodes: [{ sessionId: 's4' }] } } });
  });
});

describe('a filter is refused', () => {
  const many = (size: number) => Array.from({ length: size }, (_, index) => `v${index}`);
  it.each<[string, object, string, RegExp]>([
    ['where it lists too much', { sessionIds: many(201) }, 'BAD_USER_INPUT', /sessionIds lists 201 .* 200/],
    ['where it lists too many agents', { agentIds: many(201) }, 'BAD_USER_INPUT', /agentIds/],
    ['where it compares with too much', metadata('n', { in: many(201) }), 'BAD_USER_INPUT', /200/],
    ['where it tests nothing', metadata('n', {}), 'BAD_USER_INPUT', /tests nothing/],
    ['where it tests with nulls alone', metadata('n', { gt: null }), 'BAD_USER_INPUT', /tests nothing/],
    ['where an object is to be greater', metadata('n', { gt: {} }), 'BAD_USER_INPUT', /number or a string/],
    ['where truth is to be greater', metadata('n', { lte: true }), 'BAD_USER_INPUT', /number or a string/],
    ['where a path has a hole', metadata('a..b', { eq: 1 }), 'INVALID_METADATA_PATH', /segment 2/],
    ['where a path is an operator', metadata('$where', { eq: 1 }), 'INVALID_METADATA_PATH', /\$where/],
    ['where a path holds NUL', metadata('a\0', { eq: 1 }), 'INVALID_METADATA_PATH', /NUL/],
    ['where a date has no zone', { createdAt: { gte: '2025-01-31T09:30:00' } }, 'BAD_USER_INPUT', /zone/],
    ['where a date is a number', { updatedAt: { lt: 1738315800000 } }, 'BAD_USER_INPUT', /DateTime/],
    ['where a rating is unknown', { feedbackRating: 'MEH' }, 'BAD_USER_INPUT', /Rating/],
    ['where a test is unknown', metadata('n', { regex: '.*' }), 'BAD_USER_INPUT', /regex/],
    [
      'where it has too many parts',
      { or: many(101).map((path) => metadata(path, { eq: 1 })) },
      'BAD_USER_INPUT',
      /100/,
    ],
  ])('%s', async (_where, filter, code, said) => {
    const { body } = await server.request(FIND, { filter });
    expect(body.errors[0]).toMatchObject({ message: expect.stringMatching(said), extensions: { code } });
  });
});
