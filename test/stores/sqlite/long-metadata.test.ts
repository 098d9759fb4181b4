import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/domain/json/json-value.js';
import type { SessionFilter } from '../../../src/domain/sessions/session-store.js';
import { declareMetadataIndexes } from '../../../src/stores/sqlite/file/metadata-indexes.js';
import { addDeadline, addMetadataFunction } from '../../../src/stores/sqlite/reads/metadata-function.js';
import { pageSql } from '../../../src/stores/sqlite/reads/page-sql.js';
import { matches } from '../contract/filter-model.js';
import { aSession } from '../contract/inputs.js';
import { NOW, receipt, useFile } from './stage.js';

const x = (count: number) => 'x'.repeat(count);
/** Around what an index holds of a text, with letters of several bytes where it ends, and with what SQL ends texts at. */
const TEXTS = [
  'a',
  'a\0',
  `a\0${x(1_100)}`,
  `a\0${x(1_100)}y`,
  x(1_022),
  x(1_023),
  x(1_024),
  x(1_025),
  x(1_026),
  `${x(1_023)}é`,
  `${x(1_023)}éa`,
  `${x(1_023)}ê`,
  `${x(1_022)}😀b`,
  `${x(1_022)}😁a`,
  `${x(5_000)}a`,
  `${x(5_000)}b`,
  `${x(5_000)}a\u{10000}`,
];
const VALUES: JsonValue[] = [...TEXTS, 1, true, null, [x(2_000)], { long: x(2_000) }];

let file: Awaited<ReturnType<typeof useFile>>;
let store: Awaited<ReturnType<Awaited<ReturnType<typeof useFile>>['open']>>;
beforeAll(async () => {
  file = await useFile();
  store = await file.open({ metadataIndexes: ['declared'] });
  for (const [index, value] of VALUES.entries()) {
    const metadata = { declared: value, other: value };
    await store.sessions.createSession({ ...aSession(`s${index}`), metadata, receipt: receipt(), now: NOW });
  }
});
afterAll(() => file.remove());

async function found(filter: SessionFilter): Promise<string[]> {
  const page = await store.sessions.findSessions({
    filter,
    orderBy: { field: 'createdAt', direction: 'asc' },
    limit: 200,
    backward: false,
    after: null,
    before: null,
  });
  return page.sessions.map(({ sessionId }) => sessionId).sort();
}

const query = (filter: SessionFilter) =>
  ({
    filter,
    orderBy: { field: 'createdAt', direction: 'asc' },
    limit: 20,
    backward: false,
    after: null,
    before: null,
  }) as const;

describe('a filter on long values', () => {
  const expected = async (filter: SessionFilter) => {
    const sessions = await store.sessions.loadSessions(VALUES.map((_, index) => `s${index}`));
    return sessions.flatMap((one) => (one && matches(one.metadata, filter) ? [one.sessionId] : [])).sort();
  };

  it.each(['declared', 'other'])('finds what it asks for, at a path that is %s', async (path) => {
    for (const value of TEXTS) {
      for (const test of ['equals', 'gt', 'gte', 'lt', 'lte'] as const) {
        const filter = { metadata: [{ path, [test]: value }] };
        expect(await found(filter), `${test} ${value.length}`).toEqual(await expected(filter));
        const not = { not: filter };
        expect(await found(not), `not ${test} ${value.length}`).toEqual(await expected(not));
      }
    }
    for (let from = 0; from < VALUES.length; from += 3) {
      const filter = { metadata: [{ path, in: VALUES.slice(from, from + 5) }] };
      expect(await found(filter)).toEqual(await expected(filter));
    }
  });
});

describe('the index of a declared path', () => {
  const plan = (filter: SessionFilter) => {
    const db = new Database(file.path, { readonly: true });
    addDeadline(db, () => 0);
    addMetadataFunction(db);
    const { text, parameters } = pageSql(query(filter));
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...parameters) as { detail: string }[];
    db.close();
    return steps.map(({ detail }) => detail).join();
  };

  it('answers for a short text alone, and finds what begins as a long one does', () => {
    expect(plan({ metadata: [{ path: 'declared', equals: 'a' }] })).toMatch(
      /SEARCH sessions USING COVERING INDEX metadata_of_/,
    );
    expect(plan({ metadata: [{ path: 'declared', equals: x(3_000) }] })).toMatch(
      /SEARCH sessions USING INDEX metadata_of_/,
    );
  });

  it('holds 1 KiB of a value at most, also where an earlier version held all of it', async () => {
    const own = await useFile();
    const first = await own.open({ metadataIndexes: [] });
    const metadata = { declared: x(2_000_000) };
    await first.sessions.createSession({ ...aSession('s'), metadata, receipt: receipt(), now: NOW });
    await first.close();
    const db = new Database(own.path);
    const bytes = () => {
      db.pragma('wal_checkpoint(TRUNCATE)');
      const [pages, free, size] = ['page_count', 'freelist_count', 'page_size'].map((name) =>
        Number(db.pragma(name, { simple: true })),
      ) as [number, number, number];
      return (pages - free) * size;
    };
    const before = bytes();
    for (const column of ['created_at', 'updated_at'])
      db.exec(
        `CREATE INDEX metadata_of_0123456789abcdef_${column}_typed ON sessions (metadata ->> '$."declared"', ${column})`,
      );
    expect(bytes()).toBeGreaterThan(before + 4_000_000);
    declareMetadataIndexes(db, ['declared']);
    expect(bytes()).toBeLessThan(before + 100_000);
    const names = db.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'metadata_of_%'").pluck().all();
    expect(names).toHaveLength(2);
    db.close();
    await own.remove();
  });
});
