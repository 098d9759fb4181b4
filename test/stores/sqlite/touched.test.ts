import Database from 'better-sqlite3';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json/json-value.js';
import type { SessionFilter, SessionQuery } from '../../../src/domain/sessions/session-store.js';
import { bringBack } from './earlier-version.js';
import { append, NOW, receipt, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
beforeEach(async () => {
  file = await useFile();
});
afterEach(() => file.remove());

type Store = Awaited<ReturnType<Awaited<ReturnType<typeof useFile>>['open']>>;
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
const idOf = (n: number) => `s-${String(n).padStart(3, '0')}`;
const updatedAt = async ({ sessions }: Store, id: string) =>
  (await sessions.loadSessions([id]))[0]?.updatedAt;

/** What another program sees, while the store is open. */
function inFile<T>(read: (db: Database.Database) => T, path = file.path): T {
  const db = new Database(path);
  try {
    return read(db);
  } finally {
    db.close();
  }
}
const rowOf = (id: string) =>
  inFile((db) => db.prepare('SELECT updated_at FROM sessions WHERE session_id = ?').pluck().get(id));
const touchedIn = (path = file.path) =>
  inFile((db) => db.prepare('SELECT count(*) FROM touched').pluck().get() as number, path);

async function createSome({ sessions }: Store, count: number, more: JsonObject = {}): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, n) =>
      sessions.createSession({
        sessionId: idOf(n),
        sessionType: n % 3 ? 'AGENT' : 'other',
        applicationName: n % 2 ? 'app' : null,
        viewerPassword: 'p',
        metadata: { user: { id: `u-${n % 4}` }, n, ...more },
        receipt: receipt(),
        now: at(n),
      }),
    ),
  );
}

it('an append leaves the row of its session as it was, and with it the indexes of its time', async () => {
  const store = await file.open();
  await createSome(store, 1);
  await store.sessions.appendMessages(append(idOf(0), 'a', ['one'], at(5)));
  await store.sessions.appendMessages(append(idOf(0), 'a', ['two'], at(9)));
  await store.sessions.appendMessages(append(idOf(0), 'a', ['by a clock that was set back'], at(7)));
  expect(await updatedAt(store, idOf(0))).toEqual(at(9));
  expect(rowOf(idOf(0))).toBe(NOW.getTime());
  expect(touchedIn()).toBe(1);
});

it('what is made with its first message needs no more', async () => {
  const store = await file.open();
  await store.sessions.appendMessages(append('new', 'a', ['one'], at(5)));
  expect(touchedIn()).toBe(0);
  expect(await updatedAt(store, 'new')).toEqual(at(5));
});

it('of more than 64 sessions that are written to, the rows are written', async () => {
  const store = await file.open();
  await createSome(store, 70);
  for (let n = 0; n < 64; n++) await store.sessions.appendMessages(append(idOf(n), 'a', ['m'], at(100 + n)));
  expect(touchedIn()).toBe(64);
  await store.sessions.appendMessages(append(idOf(64), 'a', ['m'], at(164)));
  expect(touchedIn()).toBe(0);
  expect(rowOf(idOf(0))).toBe(at(100).getTime());
  expect(rowOf(idOf(64))).toBe(at(164).getTime());
});

it('of many with large metadata each write that touches one more writes one row, of the one that was touched the longest ago', async () => {
  const store = await file.open({ synchronous: 'NORMAL' });
  await createSome(store, 68, { large: 'x'.repeat(20_000) });
  const write = (n: number, seconds: number) =>
    store.sessions.appendMessages(append(idOf(n), 'a', ['m'], at(seconds)));
  for (let n = 0; n < 64; n++) await write(n, 100 + n);
  await write(0, 200);
  expect(touchedIn()).toBe(64);
  const rows = () => [0, 1, 2, 3].map((n) => rowOf(idOf(n)));
  expect(rows()).toEqual([0, 1, 2, 3].map((n) => at(n).getTime()));
  await Promise.all([write(64, 201), write(65, 202)]);
  expect([touchedIn(), ...rows()]).toEqual([64, ...[0, 101, 102, 3].map((n) => at(n).getTime())]);
  // A small one makes room by itself.
  await store.sessions.appendMessages(append('small', 'a', ['m'], at(203)));
  await store.sessions.appendMessages(append('small', 'a', ['m'], at(204)));
  expect([touchedIn(), rowOf('small'), ...rows()]).toEqual([
    64,
    ...[204, 0, 101, 102, 3].map((n) => at(n).getTime()),
  ]);
  expect(await updatedAt(store, idOf(0))).toEqual(at(200));
});

it('a file that nobody has open says everything in its rows', async () => {
  const store = await file.open();
  await createSome(store, 1);
  await store.sessions.appendMessages(append(idOf(0), 'a', ['m'], at(5)));
  await store.close();
  expect([rowOf(idOf(0)), touchedIn()]).toEqual([at(5).getTime(), 0]);
});

it('a session that is given the number of one that was deleted has a time of its own', async () => {
  const store = await file.open();
  await createSome(store, 1);
  await store.sessions.appendMessages(append(idOf(0), 'a', ['m'], at(500)));
  await store.sessions.deleteSession(idOf(0), at(501));
  await createSome(store, 1);
  expect(await updatedAt(store, idOf(0))).toEqual(at(0));
});

it('a process that was killed, and a return to an earlier version, lose no time', async () => {
  const store = await file.open();
  await createSome(store, 2);
  await store.sessions.appendMessages(append(idOf(0), 'a', ['m'], at(500)));
  const left = `${file.folder}/left.db`;
  inFile((db) => db.prepare('VACUUM INTO ?').run(left));
  await store.close();
  expect(touchedIn(left)).toBe(1);
  inFile((db) => bringBack(db, 16), left);
  const older = new Database(left);
  expect(older.prepare('SELECT updated_at FROM sessions ORDER BY id').pluck().all()).toEqual([
    at(500).getTime(),
    at(1).getTime(),
  ]);
  older.close();
});

it('a session that was touched is exported with its time, and does not expire before it', async () => {
  const store = await file.open();
  await createSome(store, 1);
  await store.sessions.appendMessages(append(idOf(0), 'a', ['m'], at(500)));
  for await (const [first] of store.transfer.read(idOf(0), { secrets: false })) {
    expect(first).toMatchObject({ kind: 'session', updatedAt: at(500).toISOString() });
    break;
  }
  const expire = (unchangedSince: Date, dryRun: boolean) =>
    store.sessions.expireSession({ sessionId: idOf(0), filter: {}, unchangedSince, now: at(900), dryRun });
  expect(await expire(at(500), true)).toBe(false);
  expect(await expire(at(500), false)).toBe(false);
  expect(await expire(at(501), true)).toBe(true);
});

describe('lists and counts are the same as when the rows say everything', () => {
  const since = { updatedAt: { gte: at(110) } };
  const filters: [string, SessionFilter, SessionFilter?][] = [
    ['no filter', {}],
    ['an application', { applicationName: 'app' }],
    ['a type', { sessionType: 'AGENT' }],
    ['a declared path', { metadata: [{ path: 'user.id', equals: 'u-1' }] }],
    ['another path', { metadata: [{ path: 'n', gt: 20 }] }],
    ['a range', { updatedAt: { gt: at(20), lt: at(140) } }],
    ['a range in one of two', { or: [since, { sessionType: 'other' }] }],
    ['a range that does not hold', { not: { and: [since] } }],
    ['agents', { agentIds: ['a'] }],
    ['ids', { sessionIds: [idOf(3), idOf(50), idOf(7)] }],
    ['a range in what a caller may read', since, { applicationName: 'app' }],
    ['a filter within a range', { sessionType: 'AGENT' }, since],
  ];
  const ways = (['createdAt', 'updatedAt'] as const).flatMap((field) =>
    (['asc', 'desc'] as const).flatMap((direction) =>
      [false, true].map((backward) => ({ orderBy: { field, direction }, backward })),
    ),
  );

  let touched: Awaited<ReturnType<typeof answers>>[];
  let settled: typeof touched;
  beforeAll(async () => {
    const own = await useFile();
    const open = () => own.open({ metadataIndexes: ['user.id'], synchronous: 'NORMAL' });
    const answersOf = (store: Store) =>
      Promise.all(filters.map(([, filter, within]) => answers(store, filter, within)));
    try {
      const store = await open();
      await createSome(store, 90);
      // Some times are equal, and in another order than the rows have.
      for (let n = 0; n < 60; n++) {
        const id = idOf((n * 37) % 90);
        await store.sessions.appendMessages(append(id, 'a', ['m'], at(100 + Math.floor(n / 2))));
      }
      expect(touchedIn(own.path)).toBe(60);
      touched = await answersOf(store);
      await store.close();
      const again = await open();
      expect(touchedIn(own.path)).toBe(0);
      settled = await answersOf(again);
    } finally {
      await own.remove();
    }
  });

  async function answers({ sessions }: Store, filter: SessionFilter, within?: SessionFilter) {
    const pages = [];
    for (const way of ways) {
      const query: SessionQuery = { filter, within, limit: 7, after: null, before: null, ...way };
      const first = await sessions.findSessions(query);
      pages.push(first, await sessions.findSessions({ ...query, parts: [] }));
      const last = way.backward ? first.sessions[0] : first.sessions.at(-1);
      if (!last) continue;
      const key = { sessionId: last.sessionId, value: last[way.orderBy.field]?.getTime() ?? null };
      pages.push(await sessions.findSessions({ ...query, [way.backward ? 'before' : 'after']: key }));
    }
    return { pages, count: await sessions.countSessions(filter, within) };
  }

  it.each(filters.map(([name], index) => [name, index] as const))('%s', (_name, index) => {
    expect(touched[index]).toEqual(settled[index]);
    expect(touched[index]?.count).toBeGreaterThan(0);
  });
});
