import { beforeAll, describe, expect, it } from 'vitest';
import type { SessionFilter, SessionKey, SessionPage } from '../../../src/domain/sessions/session-store.js';
import { aFeedback, anAgent, aSession, at } from './inputs.js';
import { findIds } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const ALL = ['a', 'b', 'c', 'd'];

/** Each filter with the sessions among a, b, c and d that it leaves. */
const CASES: [sentence: string, filter: SessionFilter, left: string[]][] = [
  ['all with an empty filter', {}, ALL],
  ['those with the ids, each once', { sessionIds: ['c', 'a', 'c', 'x'] }, ['a', 'c']],
  ['none with an empty list of ids', { sessionIds: [] }, []],
  ['those whose id begins so', { sessionIdPrefix: 'a' }, ['a']],
  ['those on whose beginning `not` does not hold', { not: { sessionIdPrefix: 'a' } }, ['b', 'c', 'd']],
  ['none whose id begins with what none does', { sessionIdPrefix: 'aa' }, []],
  [
    'those with the ids on which a condition on metadata holds, at whatever path',
    { sessionIds: ['a', 'c'], metadata: [{ path: 'tags.0', exists: false }] },
    ['a', 'c'],
  ],
  [
    'none with the ids where no metadata is the object',
    { sessionIds: ['a', 'c'], metadata: [{ path: 'user', equals: { name: 'x' } }] },
    [],
  ],
  ['those of an application', { applicationName: 'demo' }, ['a', 'b']],
  ['those of an application by its exact name', { applicationName: 'Demo' }, ['c']],
  ['those without an application', { applicationName: null }, ['d']],
  ['those of a type', { sessionType: 'CHAT' }, ['b']],
  ['those created from a time on, itself included', { createdAt: { gte: at(2) } }, ['b', 'c', 'd']],
  ['those created after a time, itself excluded', { createdAt: { gt: at(2) } }, ['c', 'd']],
  ['those created up to a time, itself included', { createdAt: { lte: at(2) } }, ['a', 'b']],
  ['those created before a time, itself excluded', { createdAt: { lt: at(2) } }, ['a']],
  ['those created in a range', { createdAt: { gt: at(1), lte: at(3) } }, ['b', 'c']],
  ['none in a range that is empty', { createdAt: { gt: at(3), lt: at(3) } }, []],
  ['those updated in a range, to the millisecond', { updatedAt: { gte: at(20), lt: at(30) } }, ['b', 'c']],
  ['those with one of the agents', { agentIds: ['support', 'nobody'] }, ['a', 'b']],
  ['those with agents of odd names', { agentIds: ['__proto__', 'a$b'] }, ['b', 'c']],
  ['none where only JavaScript objects know the name', { agentIds: ['toString', 'length'] }, []],
  ['none with an empty list of agents', { agentIds: [] }, []],
  ['those with at least one feedback of a rating', { feedbackRating: 'up' }, ['a', 'b']],
  ['those with at least one feedback of the other', { feedbackRating: 'down' }, ['b']],
  ['those with at least one feedback without a rating', { feedbackRating: null }, ['c']],
  [
    'those on which all conditions hold',
    { applicationName: 'demo', feedbackRating: 'up', sessionType: 'CHAT' },
    ['b'],
  ],
  [
    'those on which all of `and` hold',
    { and: [{ applicationName: 'demo' }, { agentIds: ['__proto__'] }] },
    ['b'],
  ],
  ['all with an empty `and`', { and: [] }, ALL],
  [
    'those on which one of `or` holds',
    { or: [{ applicationName: null }, { feedbackRating: 'down' }] },
    ['b', 'd'],
  ],
  [
    'those on which both the rest and `or` hold',
    { createdAt: { lt: at(3) }, or: [{ sessionType: 'CHAT' }, { applicationName: 'Demo' }] },
    ['b'],
  ],
  ['those on which `not` does not hold', { not: { applicationName: 'demo' } }, ['c', 'd']],
  ['those without feedback of a rating with `not`', { not: { feedbackRating: 'up' } }, ['c', 'd']],
  ['those without an agent with `not`', { not: { agentIds: ['support'] } }, ['c', 'd']],
  ['none with `not` of an empty filter', { not: {} }, []],
  ['the same with `not` of `not`', { not: { not: { sessionType: 'CHAT' } } }, ['b']],
  [
    'those that nested conditions leave',
    {
      and: [
        { or: [{ sessionIds: ['a', 'd'] }, { not: { applicationName: 'demo' } }] },
        { not: { sessionIds: ['d'] } },
      ],
    },
    ['a', 'c'],
  ],
];

/** What may be looked at first, and the sessions that are. */
const WITHIN: [within: SessionFilter, inside: string[]][] = [
  [{}, ALL],
  [{ applicationName: 'demo' }, ['a', 'b']],
  [{ sessionIds: ['b', 'c', 'x'], createdAt: { gte: at(2), lte: at(2) } }, ['b']],
  [{ metadata: [{ path: 'user.id', equals: 'nobody' }] }, []],
];

export function filterSentences(setup: StoreSetup): void {
  describe('filtering sessions leaves', () => {
    const stage = useStage(setup);

    beforeAll(async () => {
      const { store } = stage;
      await store.createSession(aSession('a', { applicationName: 'demo', now: at(1) }));
      await store.createSession(aSession('b', { applicationName: 'demo', sessionType: 'CHAT', now: at(2) }));
      await store.createSession(aSession('c', { applicationName: 'Demo', now: at(3) }));
      await store.createSession(aSession('d', { applicationName: null, now: at(4) }));
      for (const [sessionId, agentId] of [
        ['a', 'support'],
        ['b', 'support'],
        ['b', '__proto__'],
        ['c', 'a$b'],
      ] as const) {
        await store.upsertAgent(anAgent(sessionId, agentId, { now: at(5) }));
      }
      for (const [sessionId, rating, minute] of [
        ['a', 'up', 19],
        ['b', 'down', 12],
        ['b', 'up', 20],
        ['c', null, 29],
      ] as const) {
        await store.addFeedback(aFeedback(sessionId, rating, { now: at(minute) }));
      }
    });

    it.each(CASES)('%s', async (_, filter, left) => {
      expect(await findIds(stage.store, filter)).toEqual(left);
      expect(await stage.store.countSessions(filter)).toBe(left.length);
    });

    it.each(CASES)('%s, of those that another filter holds first, page by page', async (_, filter, left) => {
      for (const [within, inside] of WITHIN) {
        const expected = left.filter((id) => inside.includes(id));
        expect(await findIds(stage.store, filter, within)).toEqual(expected);
        expect(await stage.store.countSessions(filter, within)).toBe(expected.length);
        const query = {
          filter,
          within,
          orderBy: { field: 'createdAt', direction: 'desc' },
          limit: 1,
          backward: false,
          before: null,
        } as const;
        const pages: string[] = [];
        for (let after: SessionKey | null = null, more = true; more; ) {
          const page: SessionPage = await stage.store.findSessions({ ...query, after });
          pages.push(...page.sessions.map(({ sessionId }) => sessionId));
          const last = page.sessions.at(-1);
          after = last ? { value: last.createdAt?.getTime() ?? null, sessionId: last.sessionId } : null;
          more = page.hasMore;
        }
        expect(pages).toEqual([...expected].reverse());
      }
    });
  });
}
