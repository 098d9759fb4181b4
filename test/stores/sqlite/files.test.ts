import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../src/stores/sqlite/open.js';
import { append, log, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
beforeEach(async () => {
  file = await useFile();
});
afterEach(() => file.remove());

const refusal = async (path = file.path, metadataIndexes: string[] = []) =>
  openSqliteStore({ path, synchronous: 'FULL' }, { metadataIndexes, log }).then(
    () => {
      throw new Error('it was opened');
    },
    (error: { code: string; message: string }) => error,
  );

describe('a file that is opened', () => {
  it('is made with its folders, for this user alone', async () => {
    const path = `${file.folder}/deep/er/parley.db`;
    const store = await openSqliteStore({ path, synchronous: 'FULL' }, { metadataIndexes: [], log });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('is in WAL mode', async () => {
    await file.open();
    const db = new Database(file.path, { readonly: true });
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    db.close();
  });

  it('may be opened by several at the same moment, also when it is new', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => file.open()));
    await Promise.all(
      stores.map(({ sessions }, index) => sessions.appendMessages(append('s', 'a', [`${index}`]))),
    );
    expect((await stores[0]?.sessions.loadSessions(['s']))?.[0]?.messageCount).toBe(4);
  });

  it('gets the indexes that are declared now, and loses those that no longer are', async () => {
    await (await file.open({ metadataIndexes: ['user.id', 'topic'] })).close();
    await (await file.open({ metadataIndexes: ['topic'] })).close();
    const db = new Database(file.path, { readonly: true });
    const names = db.prepare("SELECT sql FROM sqlite_schema WHERE name LIKE 'metadata_of_%'").pluck().all();
    expect(names).toHaveLength(2);
    expect(String(names)).toContain('topic');
    db.close();
  });
});

describe('a file that cannot be opened is refused in a line that says what to do', () => {
  it('because it is a folder', async () => {
    mkdirSync(file.path);
    expect(await refusal()).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('folder'),
    });
  });

  it.each([
    ['is no database', (path: string) => writeFileSync(path, 'hello '.repeat(1_000))],
    [
      'is damaged',
      (path: string) => {
        const db = new Database(path);
        db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        db.close();
        const bytes = readFileSync(path);
        bytes.fill(0xff, 100, bytes.length);
        writeFileSync(path, bytes);
      },
    ],
  ])('because it %s', async (_what, spoil) => {
    spoil(file.path);
    expect(await refusal()).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('damaged'),
    });
  });

  it('because a newer version wrote it', async () => {
    const db = new Database(file.path);
    db.pragma('user_version = 999');
    db.close();
    expect(await refusal()).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('999'),
    });
  });

  it('because a declared metadata path cannot be indexed', async () => {
    expect(await refusal(file.path, ["a'b"])).toMatchObject({
      message: expect.stringContaining('METADATA_INDEXES'),
    });
  });

  // A superuser may write whatever the modes say.
  it.skipIf(process.getuid?.() === 0)('because it may not be written', async () => {
    await (await file.open()).close();
    chmodSync(file.path, 0o400);
    expect(await refusal()).toMatchObject({ message: expect.stringContaining('cannot be written') });
  });
});
