import { describe, expect, it } from 'vitest';
import { matchMetadata } from '../../../src/stores/mongo/reads/metadata-match.js';
import { matchSessions, matchWithin } from '../../../src/stores/mongo/reads/session-match.js';

/** The part of a condition that an index serves: everything beside the strict expression. */
const plain = (condition: Parameters<typeof matchMetadata>[0]) =>
  (matchMetadata(condition).$and as object[]).filter((part) => !('$expr' in part));

describe('a condition on metadata', () => {
  it('has a plain match beside the strict test wherever an index can serve it', () => {
    expect(plain({ path: 'user.id', equals: 'bob' })).toEqual([{ 'metadata.user.id': { $eq: 'bob' } }]);
    const notFinite = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(plain({ path: 'n', in: [1, null] })).toEqual([{ 'metadata.n': { $in: [1, null, ...notFinite] } }]);
    expect(plain({ path: 'n', gt: 1, lte: 5 })).toEqual([
      { 'metadata.n': { $gt: 1 } },
      { 'metadata.n': { $lte: 5 } },
    ]);
  });

  it('has none where the plain match would leave out what the strict test takes', () => {
    // MongoDB compares objects with the order of their keys.
    expect(plain({ path: 'n', equals: { a: 1, b: 2 } })).toEqual([]);
    expect(plain({ path: 'n', in: [1, [2]] })).toEqual([]);
    expect(plain({ path: 'n', exists: false })).toEqual([]);
  });

  it('never lets a value be read as a path or an operator', () => {
    const condition = JSON.stringify(matchMetadata({ path: 'a', equals: '$metadata.secret' }));
    expect(condition).toContain('{"$literal":"$metadata.secret"}');
    expect(condition).toContain('{"$eq":"$metadata.secret"}');
  });
});

describe('a filter', () => {
  it('without conditions is empty, and with one is that one', () => {
    expect(matchSessions({})).toEqual({});
    expect(matchSessions({ and: [{}, { sessionIds: ['s'] }] })).toEqual({ _id: { $in: ['s'] } });
  });

  it('matches nothing where one of none must hold', () => {
    expect(matchSessions({ or: [] })).toEqual({ _id: { $in: [] } });
    expect(matchSessions({ agentIds: [] })).toEqual({ _id: { $in: [] } });
  });

  it('takes a session without a type for the default one', () => {
    expect(matchSessions({ sessionType: 'default' })).toEqual({ session_type: { $in: ['default', null] } });
    expect(matchSessions({ sessionType: 'CHAT' })).toEqual({ session_type: { $eq: 'CHAT' } });
  });
});

describe('a filter within a reach', () => {
  const reach = { applicationName: 'mine' };
  const filter = { metadata: [{ path: 'user.id', equals: 'bob' }] };

  it('is tried behind a stage that no condition can be moved across', () => {
    const stages = matchWithin(filter, reach, { created_at: { $gt: new Date(0) } });
    expect(stages).toEqual([
      { $match: { $and: [{ application_name: { $eq: 'mine' } }, { created_at: { $gt: new Date(0) } }] } },
      { $limit: 2_147_483_647 },
      { $match: matchSessions(filter) },
    ]);
  });

  it('is one match where either is empty, so that an index gives the order', () => {
    expect(matchWithin({}, reach)).toEqual([{ $match: { application_name: { $eq: 'mine' } } }]);
    expect(matchWithin(filter, undefined)).toEqual([{ $match: matchSessions(filter) }]);
    expect(matchWithin(filter, {})).toEqual([{ $match: matchSessions(filter) }]);
    expect(matchWithin({}, {})).toEqual([{ $match: {} }]);
  });
});
