import { beforeAll, describe, expect, it } from 'vitest';
import { toSessionFilter } from '../../../src/graphql/session-filter.js';
import { createStage, type Stage } from './stage.js';

const date = new Date('2025-01-31T09:30:00.000Z');

describe('a filter', () => {
  it('matches everything where it is absent, null or empty', () => {
    for (const input of [undefined, null, {}]) expect(toSessionFilter(input)).toEqual({});
  });

  it('asks for what is not there by names of their own', () => {
    expect(toSessionFilter({ withoutApplicationName: true, withUnratedFeedback: true })).toEqual({
      and: [{ applicationName: null }, { feedbackRating: null }],
    });
    expect(toSessionFilter({ withoutApplicationName: false, withUnratedFeedback: false })).toEqual({});
    expect(toSessionFilter({ metadata: [{ path: 'a', isNull: true }] })).toEqual({
      metadata: [{ path: 'a', equals: null }],
    });
  });

  it('takes a null for what was left out', () => {
    const nothing = {
      applicationName: null,
      withoutApplicationName: null,
      feedbackRating: null,
      withUnratedFeedback: null,
      sessionIds: null,
      sessionType: null,
      agentIds: null,
      metadata: null,
      createdAt: null,
      updatedAt: null,
    };
    expect(toSessionFilter({ ...nothing, and: null, or: null, not: null })).toEqual({});
    expect(toSessionFilter({ createdAt: { gte: date, lt: null } })).toEqual({ createdAt: { gte: date } });
    expect(
      toSessionFilter({
        metadata: [{ path: 'a', eq: null, isNull: null, exists: true, in: null, gt: null }],
      }),
    ).toEqual({
      metadata: [{ path: 'a', exists: true }],
    });
  });

  it('is the same at every depth', () => {
    const input = {
      or: [
        { withoutApplicationName: true },
        { not: { and: [{ feedbackRating: 'up' as const, sessionIds: null }] } },
      ],
    };
    expect(toSessionFilter(input)).toEqual({
      or: [{ and: [{ applicationName: null }] }, { not: { and: [{ feedbackRating: 'up' }] } }],
    });
  });
});

describe('a filter of a query', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = createStage();
    const make = (sessionId: string, applicationName: string | null, metadata: object) =>
      stage.service.createSession({
        sessionId,
        applicationName,
        sessionType: 'AGENT',
        metadata: metadata as never,
      });
    await make('none', null, { topic: null });
    await make('demo', 'demo', { topic: 'birds', n: 1 });
    await make('other', 'other', { n: '1' });
    await stage.service.addFeedback({ sessionId: 'demo', rating: 'up', comment: null, fields: {} });
    await stage.service.addFeedback({ sessionId: 'other', rating: null, comment: null, fields: {} });
  });

  it.each([
    ['{applicationName: null}', ['demo', 'none', 'other']],
    ['{withoutApplicationName: true}', ['none']],
    ['{applicationName: "demo"}', ['demo']],
    ['{feedbackRating: UP}', ['demo']],
    ['{feedbackRating: null}', ['demo', 'none', 'other']],
    ['{withUnratedFeedback: true}', ['other']],
    ['{metadata: [{path: "topic", isNull: true}]}', ['none']],
    ['{metadata: [{path: "topic", exists: true}]}', ['demo', 'none']],
    ['{metadata: [{path: "topic", exists: false}]}', ['other']],
    ['{metadata: [{path: "n", eq: 1}]}', ['demo']],
    ['{metadata: [{path: "n", in: ["1", 2]}]}', ['other']],
    ['{or: [{sessionIds: ["none"]}, {applicationName: "demo"}]}', ['demo', 'none']],
    ['{not: {withoutApplicationName: true}}', ['demo', 'other']],
    ['{createdAt: {lt: "2000-01-01T00:00:00Z"}}', []],
  ])('%s finds %j', async (filter, expected) => {
    const { data, errors } = await stage.run(
      `{ sessions(filter: ${filter}) { totalCount nodes { sessionId } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.sessions.nodes.map(({ sessionId }: { sessionId: string }) => sessionId).sort()).toEqual(
      expected,
    );
    expect(data.sessions.totalCount).toBe(expected.length);
  });

  const FILTER = 'query ($f: SessionFilter) { sessions(filter: $f) { totalCount } }';
  const refusal = async (filter: object) =>
    (await stage.run(FILTER, { f: filter })).errors?.[0]?.extensions?.code;

  it.each<[string, object, string]>([
    ['tests nothing', { metadata: [{ path: 'a', eq: null }] }, 'BAD_USER_INPUT'],
    ['asks for a null and a value', { metadata: [{ path: 'a', eq: 1, isNull: true }] }, 'BAD_USER_INPUT'],
    ['compares with a list', { metadata: [{ path: 'a', gt: [1] }] }, 'BAD_USER_INPUT'],
    ['has no path', { metadata: [{ path: '', eq: 1 }] }, 'INVALID_METADATA_PATH'],
    ['lists too much', { sessionIds: Array.from({ length: 201 }, String) }, 'BAD_USER_INPUT'],
    ['is nested too deep', JSON.parse(`${'{"not":'.repeat(9)}{}${'}'.repeat(9)}`), 'BAD_USER_INPUT'],
  ])('is refused where it %s', async (_name, filter, expected) => {
    expect(await refusal(filter)).toBe(expected);
  });

  it.each<[string, unknown]>([
    ['no database can compare', Number.POSITIVE_INFINITY],
    ['is no text', '\ud800'],
    ['is nested without end', JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)],
  ])('is refused where it looks for what %s', async (_name, eq) => {
    expect(() => toSessionFilter({ metadata: [{ path: 'a', eq: eq as never }] })).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT' }),
    );
  });
});
