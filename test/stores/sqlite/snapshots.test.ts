import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { conversations } from '../../../src/stores/sqlite/migrations/001-conversations.js';
import { MAX_SNAPSHOT_BYTES } from '../../../src/stores/sqlite/snapshots.js';
import { bytesOnDisk } from '../../support/bytes-on-disk.js';
import { eventually } from '../../support/eventually.js';
import { append, NOW, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
beforeEach(async () => {
  file = await useFile();
});
afterEach(() => file.remove());

const SECRET = 'my card number is 4111-1111-1111-1111';
const latest = (sessionId: string) => `session/${sessionId}/scopes/agent/a/snapshots/snapshot_latest.json`;
const one = (key: string, text = 'x') => ({ key, data: new TextEncoder().encode(text), now: NOW });

/** The answer comes first, and then the checkpoint that erases. */
const erased = () => eventually(() => expect(bytesOnDisk(file.path).includes(SECRET)).toBe(false));

it('a snapshot past the limit is refused with its size, and the last one stays', async () => {
  const { snapshots } = await file.open();
  await snapshots.write(one('k'));
  const data = new Uint8Array(MAX_SNAPSHOT_BYTES + 1);
  await expect(snapshots.write({ key: 'k', data, now: NOW })).rejects.toMatchObject({
    code: 'DOCUMENT_TOO_LARGE',
    message: expect.stringContaining(`${MAX_SNAPSHOT_BYTES + 1} bytes`),
    details: { bytes: MAX_SNAPSHOT_BYTES + 1, maxBytes: MAX_SNAPSHOT_BYTES },
  });
  expect((await snapshots.read('k'))?.data).toEqual(one('k').data);
});

it('a deleted snapshot, and one deleted with its session, leave no trace in the files', async () => {
  const { sessions, snapshots } = await file.open();
  const text = `${'filler '.repeat(5000)}${SECRET}`;
  await sessions.appendMessages(append('s', 'a', ['Hello']));
  await snapshots.write(one(latest('s'), text));
  expect(bytesOnDisk(file.path)).toContain(SECRET);
  await sessions.deleteSession('s', NOW);
  await erased();

  await snapshots.write(one('alone', text));
  expect(bytesOnDisk(file.path)).toContain(SECRET);
  await snapshots.delete('alone');
  await erased();
});

it('a file from before snapshots gets their table, and keeps what it has', async () => {
  const db = new Database(file.path);
  db.exec(conversations);
  db.pragma('user_version = 1');
  db.exec(
    `INSERT INTO sessions (session_id, session_type, viewer_password, created_at, updated_at, metadata)
     VALUES ('old', 'AGENT', 'p', 1, 1, '{}')`,
  );
  db.close();
  const { sessions, snapshots } = await file.open();
  await snapshots.write(one(latest('old')));
  expect(await snapshots.list('')).toEqual([latest('old')]);
  expect(await sessions.loadSessions(['old'])).toMatchObject([{ sessionId: 'old' }]);
});

it('keys are listed and deleted by the index on them, without reading a snapshot', async () => {
  await (await file.open()).close();
  const db = new Database(file.path);
  const planOf = (sql: string, ...values: unknown[]) =>
    (db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[]).map(
      ({ detail }) => detail,
    );
  const listed =
    'SELECT key FROM snapshots WHERE key >= max(?, ?) AND key != ? AND key < ? ORDER BY key LIMIT ?';
  expect(planOf(listed, 'a', '', '', 'b', -1)).toEqual([
    expect.stringMatching(/SEARCH snapshots USING COVERING INDEX.*key>\? AND key<\?/),
  ]);
  expect(planOf('DELETE FROM snapshots WHERE key >= ? AND key < ?', 'a', 'b')).toEqual([
    expect.stringMatching(/SEARCH snapshots USING (COVERING )?INDEX/),
  ]);
  db.close();
});
