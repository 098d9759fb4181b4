import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { usageReadings } from '../../../src/stores/sqlite/migrations/005-usage-readings.js';
import { bringBack } from './earlier-version.js';
import { append, NOW, receipt, useFile } from './stage.js';

const LIST = {
  filter: {},
  orderBy: { field: 'updatedAt', direction: 'desc' },
  limit: 10,
  backward: false,
  after: null,
  before: null,
} as const;

/** A file as an earlier version left it, brought up to date: totals did not follow the counters, and could overflow. */
async function oldFile() {
  const file = await useFile();
  onTestFinished(() => file.remove());
  const store = await file.open();
  for (const agentId of ['a', 'b'])
    await store.sessions.appendMessages(append('s', agentId, ['1', '2', '3']));
  await store.close();
  const db = new Database(file.path);
  db.exec(
    'DROP TABLE usage_readings; UPDATE agents SET input_tokens = 9223372036854775807, total_tokens = 162',
  );
  db.exec(`UPDATE messages SET role = 'assistant'`);
  const counted = db.prepare('UPDATE messages SET event_loop_metrics = ? WHERE position = ?');
  for (const position of [0, 1, 2]) {
    const accumulated_usage = { inputTokens: 2 ** 53 - 1, totalTokens: 18 * (position + 1) };
    counted.run(JSON.stringify({ accumulated_usage }), position);
  }
  usageReadings(db);
  db.close();
  return file;
}

it('totals of an older file are counted anew', async () => {
  const file = await oldFile();
  const { sessions } = await file.open();
  const agent = { sessionId: 's', agentId: 'a' };
  const usages = await sessions.loadUsage([
    { sessionId: 's' },
    agent,
    ...[0, 1, 2].map((position) => ({ ...agent, position })),
  ]);
  expect(usages.map((usage) => usage?.totalTokens)).toEqual([108, 54, 18, 18, 18]);
  expect(usages.map((usage) => usage?.inputTokens)).toEqual([0, 0, null, null, null]);
  await sessions.recordMetrics({
    ...agent,
    position: 1,
    metrics: {},
    receipt: receipt(),
    now: NOW,
  });
  expect(await sessions.loadUsage([agent])).toMatchObject([{ totalTokens: 54 }]);
});

it('a total that is no safe integer takes writes, stays in its lists, and is exact once it is one again', async () => {
  const file = await useFile();
  onTestFinished(() => file.remove());
  const { sessions } = await file.open();
  await sessions.appendMessages(append('s', 'a', ['Hello']));
  const record = (inputTokens: number) =>
    sessions.recordMetrics({
      sessionId: 's',
      agentId: 'a',
      position: 0,
      metrics: { accumulated_usage: { inputTokens } },
      receipt: receipt(),
      now: NOW,
    });
  await record(10);
  const beside = new Database(file.path);
  beside.prepare('UPDATE agents SET input_tokens = 9007199254740994').run();
  beside.close();
  expect((await sessions.findSessions(LIST)).sessions).toMatchObject([{ sessionId: 's', messageCount: 1 }]);
  const more = append('s', 'a', ['Hello']);
  Object.assign(more.messages[0] as object, { metadata: { usage: { inputTokens: 3 } } });
  await sessions.appendMessages(more);
  expect(await sessions.loadUsage([{ sessionId: 's' }])).toMatchObject([
    { inputTokens: null, outputTokens: 0 },
  ]);
  await record(0);
  expect(await sessions.loadUsage([{ sessionId: 's' }])).toMatchObject([
    { inputTokens: 9_007_199_254_740_987 },
  ]);
});

it('a file whose totals went no further than 2^53 has them counted anew', async () => {
  const file = await useFile();
  onTestFinished(() => file.remove());
  const store = await file.open();
  const said = append('s', 'a', ['Hello']);
  Object.assign(said.messages[0] as object, { metadata: { usage: { inputTokens: 3 } } });
  await store.sessions.appendMessages(said);
  await store.close();
  const old = new Database(file.path);
  old.exec('UPDATE agents SET input_tokens = 9007199254740992');
  bringBack(old, 11);
  old.close();
  const { sessions } = await file.open();
  expect(await sessions.loadUsage([{ sessionId: 's' }])).toMatchObject([{ inputTokens: 3 }]);
});
