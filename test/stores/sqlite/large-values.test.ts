import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWriter } from '../../../src/stores/sqlite/file/connection.js';
import { writeSnapshot } from '../../../src/stores/sqlite/snapshots.js';
import { prepareOnce, type Statements } from '../../../src/stores/sqlite/statements.js';
import { changeMetadata } from '../../../src/stores/sqlite/writes/write-sessions.js';
import { append, NOW, receipt, useFile } from './stage.js';

const PAGE = 4_096;
const LARGE = 2 * 1024 * 1024;

let file: Awaited<ReturnType<typeof useFile>>;
let statements: Statements;

beforeAll(async () => {
  file = await useFile();
  const store = await file.open({ metadataIndexes: ['user.id'] });
  await store.sessions.appendMessages(append('s', 'a', ['first']));
  await store.close();
  statements = prepareOnce(openWriter(file.path, 'NORMAL'));
  statements.db.pragma('wal_autocheckpoint = 0');
});
afterAll(async () => {
  statements.db.close();
  await file.remove();
});

/** What it adds to the write-ahead log. */
function loggedBytes(write: () => void): number {
  const pages = () => (statements.db.pragma('wal_checkpoint(NOOP)') as [{ log: number }])[0].log;
  const before = pages();
  statements.db.transaction(write)();
  return (pages() - before) * PAGE;
}

const WRITES = {
  metadata: (length: number) =>
    changeMetadata(statements, {
      sessionId: 's',
      set: [['large', 'ü'.repeat(length / 2)]],
      unset: [],
      receipt: receipt(),
      now: NOW,
    }),
  'a snapshot': (length: number) =>
    writeSnapshot(statements, { key: 'k', data: new Uint8Array(length).fill(1), now: NOW }),
};

it.each(Object.entries(WRITES))('%s that replaces as much goes to the log once', (_, write) => {
  loggedBytes(() => write(LARGE));
  for (const length of [LARGE + PAGE, LARGE]) {
    const logged = loggedBytes(() => write(length));
    expect(logged).toBeGreaterThan(LARGE);
    expect(logged).toBeLessThan(1.1 * LARGE);
  }
});

it('is a text, whichever way it came', () => {
  WRITES.metadata(LARGE);
  const { type, text } = statements.get(
    `SELECT typeof(metadata) AS type, json_extract(metadata, '$.large') AS text FROM sessions`,
  );
  expect(type).toBe('text');
  expect(text).toBe('ü'.repeat(LARGE / 2));
});
