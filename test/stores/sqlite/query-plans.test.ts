import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionFilter, SessionQuery } from '../../../src/domain/sessions/session-store.js';
import { MESSAGE_PARTS } from '../../../src/domain/sessions/session-store.js';
import { agentsSql, messagesSql } from '../../../src/stores/sqlite/reads/agent-sql.js';
import { addDeadline, addMetadataFunction } from '../../../src/stores/sqlite/reads/metadata-function.js';
import { pageSql } from '../../../src/stores/sqlite/reads/page-sql.js';
import { loadMessagesSql } from '../../../src/stores/sqlite/reads/read-messages.js';
import { isBounded, sessionByIdSql } from '../../../src/stores/sqlite/reads/read-sessions.js';
import { LOAD_MARKS, MEASURE_MARKS } from '../../../src/stores/sqlite/reads/read-superseding.js';
import { LIST_OF_AGENT, LIST_OF_SESSION } from '../../../src/stores/sqlite/reply-rows.js';
import { FORGET_TOLD, REPLY_AT } from '../../../src/stores/sqlite/writes/reply-log.js';
import { useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
let db: Database.Database;
beforeAll(async () => {
  file = await useFile();
  const store = await file.open({ metadataIndexes: ['user.id'] });
  await store.close();
  db = new Database(file.path);
  addMetadataFunction(db);
  addDeadline(db, () => 0);
});
afterAll(async () => {
  db.close();
  await file.remove();
});

function planOf(sql: string, parameters: unknown[]): string[] {
  const rows = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { detail: string }[];
  return rows.map(({ detail }) => detail);
}

/** Scans of what the statement itself has made, such as the list of ids it was given, cost nothing that grows. */
const scansTables = (plan: string[]) =>
  plan.filter((line) =>
    /^SCAN (sessions|agents|messages|feedback|changes|receipts|guardrail_events|same)\b/.test(line),
  );

describe('replies in one state', () => {
  it.each([
    ['an agent', LIST_OF_AGENT, ['s', 'a', 'writing', 9]],
    ['a session', LIST_OF_SESSION, ['s', 'writing', 9]],
  ])('of %s are found by an index, past any number in others', (_, sql, parameters) => {
    const plan = planOf(sql, parameters);
    expect(plan.join('\n')).toMatch(/SEARCH replies USING INDEX replies_by_state \(agent=\? AND state=\?\)/);
  });

  it('of an agent are in order there', () => {
    expect(planOf(LIST_OF_AGENT, ['s', 'a', 'writing', 9]).join('\n')).not.toMatch(/TEMP B-TREE/);
  });
});

it.each([
  ['the reply that a message was', REPLY_AT, [1, 0], /replies USING (COVERING )?INDEX replies_by_position/],
  ['that a reply has changed', FORGET_TOLD, [1], /reply_log USING (COVERING )?INDEX reply_log_told/],
])('%s is found by an index of its own', (_, sql, parameters, index) => {
  expect(planOf(sql, parameters).join('\n')).toMatch(index);
});

describe('every read of a point', () => {
  it.each([
    ['a session', sessionByIdSql().row, ['a']],
    ['the size of a session', String(sessionByIdSql().bytes), ['a']],
    ['the agents of a session', agentsSql().all, [0, 's', 9]],
    ['one agent', agentsSql().one, [0, 's', 'a', 1]],
    ['the agents of several sessions', agentsSql().each, ['["s","t"]', 9]],
    ['these with their last messages', agentsSql().eachWithLast(messagesSql()), ['["s","t"]', 9]],
    ['what the parts of an agent hold', String(agentsSql().parts), [1]],
    ['the size of a page of messages', messagesSql().bytes, [1, 0, 9]],
    ['a page of messages', messagesSql().rows, [1, 0, 9, 1_000]],
    ['the size of what supersedes', MEASURE_MARKS, [1]],
    ['what supersedes', LOAD_MARKS, [1]],
    [
      'messages, and of their size',
      loadMessagesSql(MESSAGE_PARTS),
      [JSON.stringify([{ sessionId: 's', agentId: 'a', position: 1 }]), 1],
    ],
    [
      'the history of a session',
      'SELECT * FROM changes WHERE session_id = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?',
      ['s', 1, 2, 3],
    ],
    ['the history of all', 'SELECT * FROM changes WHERE id > ? AND id <= ? ORDER BY id LIMIT ?', [1, 2, 3]],
    [
      'old receipts',
      'SELECT session, key_hash FROM receipts WHERE written_at < ? ORDER BY written_at LIMIT ?',
      [1, 2],
    ],
    [
      'a message by its identity',
      'SELECT position FROM messages WHERE agent = ? AND storage_id = ?',
      [1, 'x'],
    ],
  ])('of %s is answered by an index', (_what, sql, parameters) => {
    const plan = planOf(sql, parameters);
    expect(plan.join('\n')).toContain('SEARCH');
    expect(scansTables(plan)).toEqual([]);
  });
});

describe('a page that an index answers', () => {
  const filters: [string, SessionFilter][] = [
    ['every session', {}],
    ['one application', { applicationName: 'app' }],
    ['no application', { applicationName: null }],
    ['one type', { sessionType: 'AGENT' }],
    ['a declared metadata path', { metadata: [{ path: 'user.id', equals: 'u' }] }],
  ];
  const pages = filters.flatMap(([name, filter]) =>
    (['createdAt', 'updatedAt'] as const).flatMap((field) =>
      [false, true].flatMap((backward) =>
        [null, { value: 5, sessionId: 'k' }].map(
          (after) =>
            [
              name,
              field,
              backward ? 'backward' : 'forward',
              after ? 'after a key' : 'from the start',
              {
                filter,
                orderBy: { field, direction: 'desc' },
                limit: 50,
                backward,
                after,
                before: null,
              } satisfies SessionQuery,
            ] as const,
        ),
      ),
    ),
  );

  it.each(pages)(
    'of %s by %s, read %s %s, needs neither a scan nor a sort',
    (_name, field, _way, _from, query) => {
      expect(isBounded(query, ['user.id'])).toBe(true);
      const { text, parameters } = pageSql(query);
      const plan = planOf(text, parameters);
      const order = plan.filter((line) => line.includes(' sessions '));
      expect(order.join('\n')).toMatch(/USING (COVERING )?INDEX/);
      // The page without a condition walks its order from the end; every other finds its place first.
      if (Object.keys(query.filter).length > 0) expect(scansTables(plan)).toEqual([]);
      expect(plan.filter((line) => line === 'USE TEMP B-TREE FOR ORDER BY')).toEqual([]);
      expect(field).toBeDefined();
    },
  );

  it.each(pages.filter(([, field]) => field === 'updatedAt'))(
    'of %s by %s, read %s %s, is one where some were touched, too: these alone are sorted',
    (_name, _field, _way, _from, query) => {
      const { text, parameters } = pageSql(query, undefined, { indexed: new Set(['user.id']) });
      const plan = planOf(text, parameters);
      const [rows, behind] = [plan.slice(0, plan.indexOf('RIGHT')), plan.slice(plan.indexOf('RIGHT'))];
      expect(rows.join('\n')).toMatch(/ sessions USING (COVERING )?INDEX/);
      expect(rows.filter((line) => line.includes('TEMP B-TREE'))).toEqual([]);
      if (Object.keys(query.filter).length > 0) expect(scansTables(rows)).toEqual([]);
      expect(scansTables(behind)).toEqual([]);
      expect(behind).toContain('SCAN touched');
      // Of metadata, which may be large, none is read.
      if (query.filter.metadata)
        expect(behind.join('\n')).toMatch(
          /SEARCH indexed (EXISTS )?USING COVERING INDEX metadata_of_\w+_updated_at_short \(<expr>=\? AND updated_at=\?\)/,
        );
    },
  );

  it('with a range on its order starts where the range does', () => {
    const query: SessionQuery = {
      filter: { applicationName: 'app', updatedAt: { gte: new Date(1), lt: new Date(9) } },
      orderBy: { field: 'updatedAt', direction: 'asc' },
      limit: 50,
      backward: false,
      after: null,
      before: null,
    };
    const { text, parameters } = pageSql(query);
    expect(planOf(text, parameters).join('\n')).toMatch(
      /application_name=\? AND updated_at>\? AND updated_at<\?/,
    );
  });

  it('by feedback rating finds the sessions through the index on ratings', () => {
    const query: SessionQuery = {
      filter: { feedbackRating: 'down' },
      orderBy: { field: 'updatedAt', direction: 'desc' },
      limit: 50,
      backward: false,
      after: null,
      before: null,
    };
    const { text, parameters } = pageSql(query);
    expect(planOf(text, parameters).join('\n')).toContain('feedback_by_rating');
    expect(isBounded(query, [])).toBe(false);
  });
});

describe('a page that may have to read every session', () => {
  it.each<[string, SessionFilter]>([
    ['an undeclared path', { metadata: [{ path: 'topic', equals: 'x' }] }],
    ['a range of metadata', { metadata: [{ path: 'user.id', gt: 'a' }] }],
    ['two conditions', { applicationName: 'a', sessionType: 'b' }],
    ['a range of the other date', { createdAt: { gt: new Date(0) } }],
    ['agents', { agentIds: ['a'] }],
    ['what does not hold', { not: { applicationName: 'a' } }],
  ])('because of %s is left to the thread that scans', (_what, filter) => {
    const query: SessionQuery = {
      filter,
      orderBy: { field: 'updatedAt', direction: 'desc' },
      limit: 50,
      backward: false,
      after: null,
      before: null,
    };
    expect(isBounded(query, ['user.id'])).toBe(false);
  });
});
