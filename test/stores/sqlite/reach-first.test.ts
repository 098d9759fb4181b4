import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionFilter, SessionQuery } from '../../../src/domain/sessions/session-store.js';
import { addDeadline } from '../../../src/stores/sqlite/reads/metadata-function.js';
import { countSql, pageSql } from '../../../src/stores/sqlite/reads/page-sql.js';
import { isBounded } from '../../../src/stores/sqlite/reads/read-sessions.js';
import { NOW, receipt, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
let db: Database.Database;
/** The sessions that a condition of the caller was tried on. */
const looked = new Set<string>();
beforeAll(async () => {
  file = await useFile();
  const { sessions, close } = await file.open({ metadataIndexes: ['user.id'] });
  for (let n = 0; n < 60; n++) {
    await sessions.createSession({
      sessionId: `${n % 3 ? 'theirs' : 'mine'}-${n}`,
      sessionType: 'AGENT',
      applicationName: n % 3 ? 'theirs' : 'mine',
      viewerPassword: 'p',
      metadata: { who: n % 3 ? 'theirs' : 'mine', user: { id: n % 3 ? 'bob' : 'alice' }, 'odd key': n },
      receipt: receipt(),
      now: new Date(NOW.getTime() + n),
    });
  }
  await close();
  db = new Database(file.path);
  db.function('metadata_test', (metadata: unknown, _path: unknown, _test: unknown, _value: unknown) => {
    looked.add((JSON.parse(metadata as string) as { who: string }).who);
    return 1;
  });
  addDeadline(db, () => 0);
});
afterAll(async () => {
  db.close();
  await file.remove();
});

const reaches: [string, SessionFilter][] = [
  ['an application', { applicationName: 'mine' }],
  ['a prefix', { sessionIdPrefix: 'mine-' }],
  ['indexed metadata', { metadata: [{ path: 'user.id', equals: 'alice' }] }],
  ['metadata without an index', { metadata: [{ path: 'who', equals: 'mine' }] }],
  ['all together', { applicationName: 'mine', metadata: [{ path: 'user.id', equals: 'alice' }] }],
];
/** A path that SQL cannot name is left to a function, which sees every session that it is asked of. */
const asked: [string, SessionFilter][] = [
  ['metadata', { metadata: [{ path: 'odd key', gt: 1 }] }],
  ['metadata that does not hold', { not: { metadata: [{ path: 'odd key', gt: 1 }] } }],
  ['one of two', { or: [{ metadata: [{ path: 'odd key', gt: 1 }] }, { sessionType: 'x' }] }],
  ['an index of its own', { sessionType: 'AGENT', metadata: [{ path: 'odd key', gt: 1 }] }],
  ['ids of others', { sessionIds: ['theirs-1', 'mine-0'], metadata: [{ path: 'odd key', gt: 1 }] }],
  [
    'another’s application and ratings',
    { applicationName: 'theirs', feedbackRating: 'up', metadata: [{ path: 'odd key', gt: 1 }] },
  ],
];
const cases = reaches.flatMap(([reach, within]) =>
  asked.map(([filter, given]) => [reach, filter, within, given] as const),
);
const query = (filter: SessionFilter, within: SessionFilter): SessionQuery => ({
  filter,
  within,
  orderBy: { field: 'updatedAt', direction: 'desc' },
  limit: 50,
  backward: false,
  after: null,
  before: null,
});

describe.each([
  ['as it is', () => {}],
  ['once its statistics are gathered', () => void db.exec('ANALYZE')],
])('on a file %s, a caller limited by', (_when, prepare) => {
  beforeAll(prepare);

  it.each(cases)(
    '%s, filtering by %s, has its own sessions looked at alone',
    (_reach, _filter, within, filter) => {
      for (const { text, parameters } of [pageSql(query(filter, within)), countSql({ filter, within })]) {
        looked.clear();
        db.prepare(text).all(...parameters);
        expect([...looked].filter((who) => who !== 'mine')).toEqual([]);
        const plan = (
          db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...parameters) as { detail: string }[]
        ).map(({ detail }) => detail);
        expect(plan[0]).toBe('MATERIALIZE within');
        expect(plan).toContain('SCAN within');
        expect(plan).toContain('SEARCH sessions USING INTEGER PRIMARY KEY (rowid=?)');
        expect(plan.join('\n')).not.toMatch(/BLOOM FILTER ON|SCAN feedback|feedback_by_rating \(rating=\?\)/);
      }
    },
  );

  it.each(reaches)('%s, without a filter, reads as anyone who asks for just those', (_reach, within) => {
    const bare = pageSql(query({}, within));
    expect(bare).toEqual(pageSql({ ...query(within, {}) }));
    expect(isBounded(query({}, within), ['user.id'])).toBe(isBounded(query(within, {}), ['user.id']));
    expect(isBounded(query({ sessionType: 'AGENT' }, within), ['user.id'])).toBe(false);
  });
});

it('without the fence the planner tries the caller’s conditions on the sessions of others', () => {
  const filter: SessionFilter = { and: [asked[0]?.[1] ?? {}, reaches[3]?.[1] ?? {}] };
  looked.clear();
  const { text, parameters } = pageSql({ ...query(filter, {}) });
  db.prepare(text).all(...parameters);
  expect([...looked]).toContain('theirs');
});
