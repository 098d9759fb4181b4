import { BSONRegExp, MaxKey, MinKey, ObjectId, Timestamp } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filterOfReach } from '../../../src/domain/access/reach.js';
import type {
  OrderDirection,
  SessionKey,
  SessionOrderField,
  SessionStore,
} from '../../../src/domain/sessions/session-store.js';
import { later, NOON, pythonSession } from './python-documents.js';
import { startTestDatabase, type TestDatabase } from './server.js';

/** What stands where a session's date should, by the session's id. */
const DATES: Record<string, unknown> = {
  early: NOON,
  later: later(2),
  twin: later(2),
  latest: later(9),
  iso: NOON.toISOString(),
  text: 'x',
  number: 1_700_000_000,
  huge: 1e300,
  nothing: null,
  yes: true,
  object: { $date: NOON },
  stamp: new Timestamp(5n),
  pattern: new BSONRegExp('a'),
  least: new MinKey(),
  greatest: new MaxKey(),
  empty: [],
  one: [later(1)],
  several: [later(3), later(20), NOON],
  tie: [later(30), later(2)],
  mixed: [1, later(4), 'x', true],
  texts: ['x', 2],
  nested: [[later(1)]],
};
/** By what they count as: those without a date by id, then the others. */
const UNDATED = [
  'empty',
  'greatest',
  'huge',
  'iso',
  'least',
  'missing',
  'nested',
  'nothing',
  'number',
  'object',
  'pattern',
  'stamp',
  'text',
  'texts',
  'yes',
];
const DATED = ['early', 'several', 'one', 'later', 'tie', 'twin', 'mixed', 'latest'];
const DIALECTS = process.env.MONGODB_TEST_URI ? (['4.4'] as const) : (['4.4', '5.0', '8.0'] as const);

describe.each(DIALECTS)('a list with sessions of other programs, in the dialect of %s', (dialect) => {
  let database: TestDatabase;
  let store: SessionStore;

  beforeAll(async () => {
    database = await startTestDatabase({ dialect });
    store = (await database.open()).sessions;
    const docs = Object.entries(DATES).map(([id, date]) =>
      pythonSession(id, { created_at: date, updated_at: date }),
    );
    const { created_at: _, updated_at: __, ...missing } = pythonSession('missing');
    await database.sessions.insertMany([...docs, missing]);
    // Of no id that a session can have, with dates and without: they come in no list.
    const others = [new ObjectId(), 7, { id: 'early' }].flatMap((id) =>
      [NOON, null].map((date) => ({ ...pythonSession('x'), created_at: date, updated_at: date, id })),
    );
    await database.sessions.insertMany(
      others.map(({ id, ...doc }, index) => ({ ...doc, _id: index % 2 === 0 ? id : { id, index } })),
    );
    const clean = [0, 1, 2, 3].map((index) =>
      pythonSession(`clean-${index}`, {
        application_name: 'clean',
        created_at: later(index),
        updated_at: later(index),
      }),
    );
    await database.sessions.insertMany(clean);
  });
  afterAll(() => database.drop());

  async function walk(field: SessionOrderField, direction: OrderDirection, backward: boolean, limit: number) {
    const ids: string[] = [];
    const filter = { applicationName: 'app' };
    const orderBy = { field, direction };
    for (let edge: SessionKey | null = null; ids.length < 100; ) {
      const after = backward ? null : edge;
      const before = backward ? edge : null;
      const { sessions, hasMore } = await store.findSessions({
        filter,
        orderBy,
        limit,
        backward,
        after,
        before,
      });
      const found = sessions.map(({ sessionId }) => sessionId);
      if (backward) ids.unshift(...found);
      else ids.push(...found);
      const last = sessions.at(backward ? 0 : -1);
      if (!hasMore || !last) break;
      edge = { value: last[field]?.getTime() ?? null, sessionId: last.sessionId };
    }
    return ids;
  }

  describe.each([1, 2, 3, 5, 7, 100])('in pages of %i', (limit) => {
    it.each([
      ['createdAt', 'asc', false],
      ['createdAt', 'asc', true],
      ['createdAt', 'desc', false],
      ['createdAt', 'desc', true],
      ['updatedAt', 'asc', false],
      ['updatedAt', 'desc', true],
    ] as const)('shows each session once, by %s %s, backward: %s', async (field, direction, backward) => {
      const rising = [...UNDATED, ...DATED];
      const wanted = direction === 'asc' ? rising : rising.toReversed();
      expect(await walk(field, direction, backward, limit)).toEqual(wanted);
    });
  });

  it.each([...UNDATED, ...DATED])(
    'finds %s as made when it was, and as made at no other time',
    async (sessionId) => {
      const [session] = await store.loadSessions([sessionId]);
      const createdAt = session?.createdAt?.getTime() ?? null;
      const found = (made: number | null) =>
        store.countSessions(filterOfReach({ sessionId, createdAt: made }));
      expect(await found(createdAt)).toBe(1);
      expect(await found(later(99).getTime())).toBe(0);
      expect(await found(createdAt === null ? NOON.getTime() - 1 : null)).toBe(0);
    },
  );

  it('counts what lists show, and no document of another id', async () => {
    const counted = { applicationName: 'app' };
    expect(await store.countSessions(counted)).toBe(UNDATED.length + DATED.length);
    expect(await store.countSessions(counted, { applicationName: 'app' })).toBe(
      UNDATED.length + DATED.length,
    );
  });

  it('reads the earliest date of a list, and no date of what is none', async () => {
    const [several, mixed, iso] = await store.loadSessions(['several', 'mixed', 'iso']);
    expect([several?.createdAt, mixed?.createdAt, iso?.createdAt]).toEqual([NOON, later(4), null]);
  });

  it('takes one command for a page of sessions that have dates, and one more from the lowest up', async () => {
    const asked = async (direction: OrderDirection, after: SessionKey | null) => {
      const before = database.server.standIn?.commands.length ?? 0;
      const orderBy = { field: 'createdAt', direction } as const;
      const filter = { applicationName: 'clean' };
      await store.findSessions({ filter, orderBy, limit: 2, backward: false, after, before: null });
      return database.server.standIn?.commands.slice(before).filter(({ name }) => name === 'aggregate')
        .length;
    };
    const second = { value: later(1).getTime(), sessionId: 'clean-1' };
    const counts = [await asked('desc', null), await asked('desc', second), await asked('asc', second)];
    if (database.server.standIn) expect([...counts, await asked('asc', null)]).toEqual([1, 1, 1, 2]);
  });
});
