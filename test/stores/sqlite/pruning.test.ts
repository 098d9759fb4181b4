import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { HistoryLost } from '../../../src/domain/sessions/session-store.js';
import { logChange } from '../../../src/stores/sqlite/change-log.js';
import { prepareOnce } from '../../../src/stores/sqlite/statements.js';
import { createPruning } from '../../../src/stores/sqlite/writes/pruning.js';
import { leaveReceipt } from '../../../src/stores/sqlite/writes/receipts.js';
import { bringBack } from './earlier-version.js';
import { append, NOW, receipt, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>> | undefined;
afterEach(() => file?.remove());

const DAY_MS = 24 * 60 * 60 * 1000;
const later = (days: number) => new Date(NOW.getTime() + days * DAY_MS);

it('changes older than seven days go in small steps, and a reader from before them is told', async () => {
  file = await useFile();
  const { sessions } = await file.open();
  const signal = new AbortController();
  const start = (
    await sessions.changes({ after: null, signal: signal.signal })[Symbol.asyncIterator]().next()
  ).value;
  for (let count = 0; count < 5; count++) {
    await sessions.appendMessages(
      append(
        's',
        'a',
        Array.from({ length: 100 }, (_, index) => `${index}`),
      ),
    );
  }
  const all = await sessions.history({
    sessionId: null,
    after: start.position,
    until: '9999999999999999',
    limit: 1_000,
  });
  expect(all.changes).toHaveLength(501);

  await sessions.appendMessages(append('s', 'a', ['after eight days'], later(8)));
  const db = new Database(file.path, { readonly: true });
  const count = () => (db.prepare('SELECT count(*) AS count FROM changes').get() as { count: number }).count;
  // One write takes some, not all: it must not be held up.
  expect(count()).toBe(502 - 200);
  await expect(
    sessions.history({ sessionId: 's', after: start.position, until: start.position, limit: 1 }),
  ).rejects.toBeInstanceOf(HistoryLost);
  await expect(
    sessions.changes({ after: start.position, signal: signal.signal })[Symbol.asyncIterator]().next(),
  ).rejects.toBeInstanceOf(HistoryLost);
  await sessions.appendMessages(append('s', 'a', ['again'], later(8)));
  await sessions.appendMessages(append('s', 'a', ['and again'], later(8)));
  expect(count()).toBe(3);
  db.close();
  signal.abort();
});

it('of what is too old more goes than a commit brings, however much that is', async () => {
  file = await useFile();
  const { sessions, close } = await file.open();
  await sessions.appendMessages(append('s', 'a', ['first']));
  await close();
  const db = new Database(file.path);
  const statements = prepareOnce(db);
  const session = { session_id: 's', created_at: NOW.getTime() };
  const log = (count: number, now: Date) => {
    for (let n = 0; n < count; n++) logChange(statements, session, { kind: 'metadata-changed' }, now);
  };
  const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  log(1_998, NOW);
  for (let n = 0; n < 1_000; n++) leaveReceipt(statements, 1, receipt(), NOW);
  const pruning = createPruning(statements);
  log(300, later(8));
  pruning.at(later(8), 256);
  expect([count('changes'), count('receipts')]).toEqual([2_300 - 600, 1_000 - 512]);
  log(1, later(8));
  pruning.at(later(8), 1);
  expect([count('changes'), count('receipts')]).toEqual([1_701 - 200, 488 - 100]);
  db.close();
});

it('positions are never used again, also where nothing is left in the log', async () => {
  file = await useFile();
  const { sessions } = await file.open();
  await sessions.appendMessages(append('s', 'a', ['x']));
  const db = new Database(file.path);
  const { id } = db.prepare('SELECT max(id) AS id FROM changes').get() as { id: number };
  db.exec('UPDATE pruned SET through = (SELECT max(id) FROM changes); DELETE FROM changes');
  db.close();
  await sessions.appendMessages(append('s', 'a', ['y']));
  const { changes } = await sessions.history({
    sessionId: 's',
    after: String(id).padStart(16, '0'),
    until: '9999999999999999',
    limit: 10,
  });
  expect(changes.map(({ position }) => Number(position))).toEqual([id + 1]);
});

it('a file whose changes SQLite had numbered goes on with the next number, and one whose log is empty too', async () => {
  file = await useFile();
  for (const isEmpty of [false, true]) {
    const store = await file.open();
    await store.sessions.appendMessages(append('s', 'a', ['x']));
    await store.close();
    const db = new Database(file.path);
    const id = db.prepare('SELECT max(id) FROM changes').pluck().get() as number;
    bringBack(db, 14);
    if (isEmpty) db.exec(`UPDATE pruned SET through = ${id}; DELETE FROM changes`);
    db.close();

    const { sessions } = await file.open();
    await sessions.appendMessages(append('s', 'a', ['y']));
    const query = { sessionId: 's', until: '9999999999999999', limit: 10 };
    const { changes } = await sessions.history({ ...query, after: String(id).padStart(16, '0') });
    expect(changes.map(({ position }) => Number(position))).toEqual([id + 1]);
    const now = new Database(file.path, { readonly: true });
    expect(now.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(now.prepare(`SELECT count(*) FROM sqlite_sequence WHERE name = 'changes'`).pluck().get()).toBe(0);
    now.close();
  }
});

it('a position that the log never reached is told as lost: the file was put back to an older state', async () => {
  file = await useFile();
  const { sessions } = await file.open();
  const query = { sessionId: null, after: '0000000000000999', until: '0000000000000999', limit: 1 };
  await expect(sessions.history(query)).rejects.toBeInstanceOf(HistoryLost);
});

it('receipts go after a day, and hold until then', async () => {
  file = await useFile();
  const { sessions } = await file.open();
  await sessions.appendMessages(append('s', 'a', ['x']));
  const feedback = { rating: 'up' as const, comment: null, fields: {} };
  const kept = receipt();
  await sessions.addFeedback({ sessionId: 's', feedback, receipt: kept, now: NOW });
  await sessions.addFeedback({ sessionId: 's', feedback, receipt: kept, now: later(0.9) });
  expect((await sessions.loadSessions(['s']))[0]?.feedback).toHaveLength(1);
  await sessions.appendMessages(append('s', 'a', ['y'], later(1.1)));
  await sessions.addFeedback({ sessionId: 's', feedback, receipt: kept, now: later(1.1) });
  expect((await sessions.loadSessions(['s']))[0]?.feedback).toHaveLength(2);
});
