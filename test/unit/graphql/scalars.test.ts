import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json/json-value.js';
import { createStage, type Stage } from './stage.js';

let stage: Stage;
beforeAll(() => {
  stage = createStage();
});

const METADATA =
  'mutation ($m: JSONObject) { createSession(input: {metadata: $m}) { session { metadata } } }';
const literal = (json: string) =>
  `mutation { createSession(input: {metadata: ${json}}) { session { metadata } } }`;
const since = (date: string) => `{ sessions(filter: {createdAt: {gte: ${date}}}) { nodes { sessionId } } }`;
const SINCE = 'query ($d: DateTime) { sessions(filter: {createdAt: {gte: $d}}) { nodes { sessionId } } }';
const code = (errors: readonly { extensions?: Record<string, unknown> }[] | undefined) =>
  errors?.[0]?.extensions?.code;

describe('JSON', () => {
  const values: JsonObject = {
    text: 'a\u0000b',
    number: -1.5e300,
    yes: true,
    nothing: null,
    list: [1, [2, { three: 3 }], []],
    '': 'an empty key is refused by the domain',
  };
  const { '': _empty, ...fine } = values;

  it('comes back as it was sent, from variables and from literals', async () => {
    const sent = { ...fine, ...JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') };
    const { data } = await stage.run(METADATA, { m: sent });
    expect(JSON.stringify(data.createSession.session.metadata)).toBe(JSON.stringify(sent));
    const written =
      '{text: "x", number: -1.5e300, int: 7, yes: true, nothing: null, list: [1, [2]], __proto__: {polluted: true}}';
    const fromLiteral = await stage.run(literal(written));
    expect(JSON.stringify(fromLiteral.data.createSession.session.metadata)).toBe(
      '{"text":"x","number":-1.5e+300,"int":7,"yes":true,"nothing":null,"list":[1,[2]],"__proto__":{"polluted":true}}',
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('takes variables inside a literal', async () => {
    const query =
      'mutation ($v: JSON) { createSession(input: {metadata: {a: {b: $v}}}) { session { metadata } } }';
    expect((await stage.run(query, { v: [1] })).data.createSession.session.metadata).toEqual({
      a: { b: [1] },
    });
  });

  it('takes a variable that was not given for null', async () => {
    const query =
      'mutation ($v: JSON) { createSession(input: {metadata: {a: $v}}) { session { metadata } } }';
    expect((await stage.run(query)).data.createSession.session.metadata).toEqual({ a: null });
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])(
    'takes $%s for a name like any other',
    async (name) => {
      const query = `mutation ($${name}: JSON) { createSession(input: {metadata: {a: $${name}}}) { session { metadata } } }`;
      expect((await stage.run(query)).data.createSession.session.metadata).toEqual({ a: null });
      const given = await stage.run(query, { [name]: 1 });
      expect(given.data.createSession.session.metadata).toEqual({ a: 1 });
    },
  );

  it.each([
    ['a list', [1]],
    ['text', 'x'],
    ['a number', 1],
  ])('is no object where it is %s', async (_name, value) => {
    expect(code((await stage.run(METADATA, { m: value })).errors)).toBe('BAD_USER_INPUT');
    expect(code((await stage.run(literal(JSON.stringify(value)))).errors)).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('takes no bare word in a literal, and says so', async () => {
    const { errors } = await stage.run(literal('{a: FOO}'));
    expect(errors?.[0]?.message).toContain('quotes');
  });
});

describe('DateTime', () => {
  it('is written in UTC with milliseconds', async () => {
    const { data } = await stage.run('mutation { createSession(input: {}) { session { createdAt } } }');
    expect(data.createSession.session.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it.each([
    '2025-01-31T09:30:00Z',
    '2025-01-31T09:30:00.123Z',
    '2024-02-29T00:00:00+05:30',
    '1969-12-31T23:59:59.999-08:00',
  ])('takes %s', async (date) => {
    expect((await stage.run(since(JSON.stringify(date)))).errors).toBeUndefined();
  });

  it.each([
    'yesterday',
    '',
    '2025-01-31',
    '2025-01-31T09:30:00',
    '2025-02-30T00:00:00Z',
    '2025-13-01T00:00:00Z',
    '2025-01-31T25:00:00Z',
  ])('refuses %j', async (date) => {
    expect(code((await stage.run(since(JSON.stringify(date)))).errors)).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('is the name of its type, for variables', async () => {
    expect((await stage.run(SINCE, { d: '2025-01-31T09:30:00Z' })).errors).toBeUndefined();
    expect(code((await stage.run(SINCE, { d: 1738315800000 })).errors)).toBe('BAD_USER_INPUT');
  });

  it('says what would be right', async () => {
    const { errors } = await stage.run(SINCE, { d: '2025-02-30T00:00:00Z' });
    expect(errors?.[0]?.message).toContain('2025-01-31T09:30:00.000Z');
  });
});

describe('numbers that an agent may have stored', () => {
  const METRICS = `mutation ($m: JSONObject!, $n: Int!) { recordMetrics(input: {sessionId: "n", agentId: "a", messageId: $n, metrics: $m}) {
    message { metrics { usage { totalTokens } cycles { cycleCount } tools { name callCount } } } } }`;
  beforeAll(async () => {
    await stage.service.appendMessages({
      sessionId: 'n',
      agentId: 'a',
      createIfMissing: true,
      messages: [
        { role: 'user', text: '0' },
        { role: 'user', text: '1' },
      ],
    });
  });

  it('pass 2^31 where they are tokens', async () => {
    const { data } = await stage.run(METRICS, {
      n: 0,
      m: { accumulated_usage: { totalTokens: 3_000_000_000 } },
    });
    expect(data.recordMetrics.message.metrics.usage.totalTokens).toBe(3_000_000_000);
  });

  it('are null where they pass the type of their field', async () => {
    const metrics = {
      accumulated_usage: {},
      cycle_metrics: { cycle_count: 3_000_000_000 },
      tool_usage: { clock: { call_count: 3_000_000_000 } },
    };
    const { data, errors } = await stage.run(METRICS, { n: 0, m: metrics });
    expect(errors).toBeUndefined();
    expect(data.recordMetrics.message.metrics).toEqual({
      usage: { totalTokens: null },
      cycles: { cycleCount: null },
      tools: [{ name: 'clock', callCount: null }],
    });
  });

  it.each([1e12 + 1, -1, 0.5, 2 ** 60])(
    'are refused where no counter of tokens holds them: %d',
    async (totalTokens) => {
      const { errors } = await stage.run(METRICS, { n: 0, m: { accumulated_usage: { totalTokens } } });
      expect(code(errors)).toBe('BAD_USER_INPUT');
      expect(errors?.[0]?.message).toBe(
        `metrics.accumulated_usage.totalTokens is ${totalTokens}; it must be a whole number from 0 to 1000000000000.`,
      );
    },
  );

  it('are null where their sum is no safe integer, and the log says so once for a session', async () => {
    const full = stage.store.loadUsage;
    stage.store.loadUsage = async (requests) =>
      (await full(requests)).map((usage) => usage && { ...usage, totalTokens: null });
    stage.lines.length = 0;
    const query =
      '{ session(sessionId: "n") { usage { totalTokens inputTokens } agents { usage { totalTokens } } } }';
    for (const _time of [1, 2]) {
      const { data, errors } = await stage.run(query);
      expect(errors).toBeUndefined();
      expect(data.session).toEqual({
        usage: { totalTokens: null, inputTokens: 0 },
        agents: [{ usage: { totalTokens: null } }],
      });
    }
    stage.store.loadUsage = full;
    expect(stage.lines).toEqual([expect.objectContaining({ level: 40, sessionId: 'n' })]);
  });
});
