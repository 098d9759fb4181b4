import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadBudget } from '../../../src/domain/read-budget.js';
import { agentsSql, messagesSql } from '../../../src/stores/sqlite/reads/agent-sql.js';
import { countSql, pageSql } from '../../../src/stores/sqlite/reads/page-sql.js';
import { sessionByIdSql } from '../../../src/stores/sqlite/reads/read-sessions.js';
import { MEASURE_MARKS } from '../../../src/stores/sqlite/reads/read-superseding.js';
import { LOAD_COSTS, LOAD_TOTALS } from '../../../src/stores/sqlite/reads/read-usage.js';
import { append, guardrailEvent, NOW, receipt, useFile } from './stage.js';

/** What is read of one session, of which there is so much of everything. */
const MANY = 40;

let file: Awaited<ReturnType<typeof useFile>>;
let db: Database.Database;
let looks = 0;
beforeAll(async () => {
  file = await useFile();
  const { sessions, close } = await file.open({ metadataIndexes: ['user.id'], synchronous: 'NORMAL' });
  const said = append(
    's',
    'a0',
    Array.from({ length: MANY + 1 }, () => 'text'),
  );
  for (const [index, message] of said.messages.entries())
    if (index > 0) Object.assign(message, { supersedes: [{ from: index - 1, to: index - 1 }] });
  await sessions.appendMessages(said);
  const address = { sessionId: 's', agentId: 'a0', position: 0 };
  for (let n = 0; n < MANY; n++) {
    await sessions.appendMessages(append('s', `a${n}`, ['text']));
    await sessions.appendMessages(append(`other ${n}`, 'a', ['text']));
    const feedback = { rating: 'up' as const, comment: null, fields: {} };
    await sessions.addFeedback({ sessionId: 's', feedback, receipt: receipt(), now: NOW });
    await sessions.recordGuardrailEvent({ ...address, guardrailEvent, receipt: receipt(), now: NOW });
  }
  await close();
  db = new Database(file.path);
  db.function('in_time', { varargs: true, deterministic: false }, () => {
    looks++;
    return 1;
  });
});
afterAll(async () => {
  db.close();
  await file.remove();
});

describe('what may go through many rows looks at the time with each of them:', () => {
  const places = JSON.stringify(
    Array.from({ length: MANY }, (_, position) => ({ sessionId: 's', agentId: 'a0', position })),
  );
  const page = {
    filter: { metadata: [{ path: 'user.id', equals: 'u' }] },
    orderBy: { field: 'createdAt', direction: 'asc' },
    limit: MANY,
    backward: false,
    after: null,
    before: null,
  } as const;
  it.each<[string, string, readonly unknown[]]>([
    ['the totals of a session', LOAD_TOTALS, ['[{"sessionId":"s"}]']],
    ['what messages cost', LOAD_COSTS, [places]],
    ['how many messages a session has', sessionByIdSql(['messageCount']).row, ['s']],
    ['the size of feedback', String(sessionByIdSql(['feedback']).bytes), ['s']],
    ['the size of guardrail events', String(sessionByIdSql(['guardrailEvents']).bytes), ['s']],
    ['agents', agentsSql([]).all, [0, 's', 1_000]],
    ['agents of several sessions', agentsSql([]).each, ['["s"]', 1_000]],
    ['these with their last messages', agentsSql([]).eachWithLast(messagesSql()), ['["s"]', 1_000]],
    ['the size of messages', messagesSql().bytes, [1, 0, MANY]],
    ['the size of what supersedes', MEASURE_MARKS, [1]],
    ['a page of sessions', pageSql(page).text, pageSql(page).parameters],
    [
      'ratings',
      countSql({ filter: { feedbackRating: 'up' } }).text,
      countSql({ filter: { feedbackRating: 'up' } }).parameters,
    ],
  ])('%s', (_what, sql, parameters) => {
    looks = 0;
    db.prepare(sql).all(...parameters);
    expect(looks).toBeGreaterThanOrEqual(MANY);
  });

  it('and what a condition on declared metadata needs stands in its index, the type of the value too', () => {
    const { text, parameters } = pageSql(page);
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...parameters) as { detail: string }[];
    expect(plan.map(({ detail }) => detail).join()).toMatch(/USING COVERING INDEX metadata_of_/);
  });
});

it.each([
  ['of a caller', 'c'],
  ['for events', undefined],
])(
  'what %s has taken its part of the event loop is found by a thread, and is the same',
  async (_whose, caller) => {
    const budget: ReadBudget = { caller, takeNow: () => true, take: async () => {} };
    const read = async ({ sessions }: Awaited<ReturnType<typeof file.open>>) => [
      await sessions.loadUsage([{ sessionId: 's' }, { sessionId: 's', agentId: 'a1' }], budget),
      await sessions.loadSessions(['s', 'none'], undefined, budget),
      await sessions.loadAgents([{ sessionId: 's', among: 'all', windows: [{ last: 3 }] }], budget),
      await sessions.loadSuperseding([{ sessionId: 's', among: ['a0'] }], budget),
      await sessions.findSessions(
        {
          filter: {},
          orderBy: { field: 'updatedAt', direction: 'asc' },
          limit: 9,
          backward: false,
          after: null,
          before: null,
        },
        budget,
      ),
    ];
    const here = await read(await file.open({ metadataIndexes: ['user.id'] }));
    // Its part is over before it begins.
    const apart = await read(await file.open({ metadataIndexes: ['user.id'], readSliceMs: -1 }));
    expect(apart).toEqual(here);
  },
);
