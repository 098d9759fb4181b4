import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  SESSION_PARTS,
  type SessionKey,
  type SessionOrderField,
  type SessionQuery,
} from '../../../src/domain/sessions/session-store.js';
import { compareCodePoints } from './code-points.js';
import { aFeedback, aSession, at } from './inputs.js';
import { type StoreSetup, useStage } from './stage.js';

type Order = SessionQuery['orderBy'];

/** Ids in no order of theirs, made at a few times only, so that many tie. */
const MADE = [
  'm',
  'B',
  'b',
  'é',
  '😀',
  '～',
  '10',
  '9',
  'z',
  'a',
  'ab',
  'Z',
  '_',
  '-',
  '0',
  'n',
  'o',
  'p',
  'q',
].map((sessionId, index) => ({
  sessionId,
  createdAt: at((index * 7) % 5),
  updatedAt: at(10 + ((index * 3) % 4)),
}));

const keyOf = (field: SessionOrderField, index: number): SessionKey => {
  const made = MADE[index] as (typeof MADE)[number];
  return { value: made[field].getTime(), sessionId: made.sessionId };
};

function compareKeys(a: SessionKey, b: SessionKey): number {
  if (a.value !== b.value)
    return (a.value ?? Number.NEGATIVE_INFINITY) - (b.value ?? Number.NEGATIVE_INFINITY);
  return compareCodePoints(a.sessionId, b.sessionId);
}

/** What the port promises, on an array. */
function expected({ orderBy, limit, backward, after, before }: SessionQuery) {
  const sign = orderBy.direction === 'asc' ? 1 : -1;
  const keys = MADE.map((_, index) => keyOf(orderBy.field, index)).sort((a, b) => sign * compareKeys(a, b));
  const between = keys.filter(
    (key) =>
      (after === null || sign * compareKeys(key, after) > 0) &&
      (before === null || sign * compareKeys(key, before) < 0),
  );
  const page = backward ? between.slice(Math.max(0, between.length - limit)) : between.slice(0, limit);
  return { ids: page.map(({ sessionId }) => sessionId), hasMore: between.length > limit };
}

const order: fc.Arbitrary<Order> = fc.record({
  field: fc.constantFrom('createdAt' as const, 'updatedAt' as const),
  direction: fc.constantFrom('asc' as const, 'desc' as const),
});

export function findingSentences(setup: StoreSetup): void {
  describe('finding sessions in pages', () => {
    const stage = useStage(setup);
    const all = { filter: {}, backward: false, after: null, before: null, limit: 100 };

    beforeAll(async () => {
      for (const { sessionId, createdAt, updatedAt } of MADE) {
        await stage.store.createSession(aSession(sessionId, { now: createdAt }));
        await stage.store.addFeedback(aFeedback(sessionId, 'up', { now: updatedAt }));
      }
    });

    const page = async (query: SessionQuery) => {
      const { sessions, hasMore } = await stage.store.findSessions(query);
      return { ids: sessions.map(({ sessionId }) => sessionId), hasMore };
    };

    it('gives the whole session, or what is asked for of it, as loadSessions does', async () => {
      for (const parts of [SESSION_PARTS, ['feedback', 'messageCount'], ['metadata'], []] as const) {
        const { sessions } = await stage.store.findSessions({
          ...all,
          orderBy: { field: 'createdAt', direction: 'asc' },
          parts,
        });
        expect(sessions).toHaveLength(MADE.length);
        const ids = sessions.map(({ sessionId }) => sessionId);
        expect(await stage.store.loadSessions(ids, parts)).toEqual(sessions);
      }
    });

    it('gives any page between any two keys, from either end, in the order asked', async () => {
      const value = fc.oneof(
        fc.constant(null),
        fc.integer({ min: -1, max: 15 }).map((minute) => at(minute).getTime()),
      );
      const sessionId = fc.oneof(
        fc.constantFrom(...MADE.map((made) => made.sessionId)),
        fc.constantFrom('', 'c', '\uffff'),
      );
      const key = fc.option(fc.record({ value, sessionId }), { freq: 2 });
      const query = fc.record({
        filter: fc.constant({}),
        orderBy: order,
        limit: fc.integer({ min: 1, max: 22 }),
        backward: fc.boolean(),
        after: key,
        before: key,
      });
      await fc.assert(
        fc.asyncProperty(query, async (asked) => {
          for (const parts of [SESSION_PARTS, []])
            expect(await page({ ...asked, parts })).toEqual(expected(asked));
        }),
        { numRuns: 80, seed: 3 },
      );
    });

    it('shows each session once to who walks through the pages, in both directions', async () => {
      await fc.assert(
        fc.asyncProperty(
          order,
          fc.integer({ min: 1, max: 7 }),
          fc.boolean(),
          async (orderBy, limit, backward) => {
            const whole = expected({ ...all, orderBy }).ids;
            const walked: string[] = [];
            let edge: SessionKey | null = null;
            for (let more = true, pages = 0; more && pages < 30; pages++) {
              const query = { ...all, orderBy, limit, backward, [backward ? 'before' : 'after']: edge };
              const { ids, hasMore } = await page(query);
              if (backward) walked.unshift(...ids);
              else walked.push(...ids);
              const last = backward ? ids[0] : ids.at(-1);
              edge = keyOf(
                orderBy.field,
                MADE.findIndex((made) => made.sessionId === last),
              );
              more = hasMore;
            }
            expect(walked).toEqual(whole);
          },
        ),
        { numRuns: 25, seed: 5 },
      );
    });

    it('has sessions without a date lowest', async () => {
      const missing = { value: null, sessionId: '\u{10ffff}' };
      const asc = { field: 'createdAt', direction: 'asc' } as const;
      const desc = { field: 'createdAt', direction: 'desc' } as const;
      expect((await page({ ...all, orderBy: asc, after: missing })).ids).toHaveLength(MADE.length);
      expect((await page({ ...all, orderBy: asc, before: missing })).ids).toEqual([]);
      expect((await page({ ...all, orderBy: desc, before: missing })).ids).toHaveLength(MADE.length);
      expect((await page({ ...all, orderBy: desc, after: missing })).ids).toEqual([]);
    });

    it('pages through what a filter leaves, and counts it', async () => {
      const filter = { sessionIds: ['a', 'B', 'missing', 'z'] };
      const orderBy = { field: 'createdAt', direction: 'asc' } as const;
      const first = await page({ ...all, filter, orderBy, limit: 2 });
      expect([first.ids.length, first.hasMore]).toEqual([2, true]);
      const edge = keyOf(
        'createdAt',
        MADE.findIndex(({ sessionId }) => sessionId === first.ids[1]),
      );
      const rest = await page({ ...all, filter, orderBy, limit: 2, after: edge });
      expect([...first.ids, ...rest.ids].sort()).toEqual(['B', 'a', 'z']);
      expect(rest.hasMore).toBe(false);
      expect(await stage.store.countSessions(filter)).toBe(3);
    });

    it('counts all sessions with an empty filter', async () => {
      expect(await stage.store.countSessions({})).toBe(MADE.length);
    });

    it('finds nothing as an empty page', async () => {
      const orderBy = { field: 'updatedAt', direction: 'desc' } as const;
      expect(await page({ ...all, orderBy, filter: { sessionIds: ['nobody'] } })).toEqual({
        ids: [],
        hasMore: false,
      });
    });
  });
}
