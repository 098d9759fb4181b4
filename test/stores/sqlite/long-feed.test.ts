import { getEventListeners } from 'node:events';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { createChangeBell } from '../../../src/stores/sqlite/change-feed.js';
import { prepareOnce } from '../../../src/stores/sqlite/statements.js';
import { append, useFile } from './stage.js';

it('of very many changes that were committed at once a feed reads a batch in a turn of the event loop', async () => {
  const file = await useFile();
  onTestFinished(() => file.remove());
  const { sessions } = await file.open();
  await sessions.appendMessages(append('s', 'a', ['Hello']));
  const ending = new AbortController();
  let batches = 0;
  let changes = 0;
  let turns = 0;
  let count = () => {};
  for await (const batch of sessions.changes({ after: null, signal: ending.signal })) {
    if (batch.changes.length === 0 && changes === 0) {
      const beside = new Database(file.path);
      beside.exec(`INSERT INTO changes (session_id, session_created_at, kind, written_at)
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
        SELECT 's', 0, 'metadata-changed', 0 FROM n`);
      beside.close();
      count = () => {
        turns++;
        setImmediate(count);
      };
      continue;
    }
    if (changes === 0) count();
    changes += batch.changes.length;
    if (changes > 0 && batch.changes.length > 0) batches++;
    if (changes === 3_000) break;
  }
  count = () => {};
  ending.abort();
  expect(batches).toBe(6);
  expect(turns).toBeGreaterThanOrEqual(5);
});

it('a feed that reads on without waiting for changes waits once', async () => {
  const db = new Database(':memory:');
  const bell = createChangeBell(prepareOnce(db), 1_000);
  const ending = new AbortController();
  const waits = Array.from({ length: 20 }, () => bell.wait(ending.signal));
  expect(getEventListeners(ending.signal, 'abort')).toHaveLength(1);
  bell.ring();
  await Promise.all(waits);
  expect(getEventListeners(ending.signal, 'abort')).toHaveLength(0);
  const next = bell.wait(ending.signal);
  expect(next).not.toBe(waits[0]);
  ending.abort();
  await next;
  await bell.wait(ending.signal);
  bell.close();
  db.close();
});
