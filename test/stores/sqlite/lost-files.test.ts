import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { append, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
let lines: { level: number; msg: string }[];
const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
beforeEach(async () => {
  lines = [];
  file = await useFile();
});
afterEach(() => file.remove());

async function untilItEnds(feed: AsyncIterator<unknown>): Promise<void> {
  for (let done: boolean | undefined = false; !done; ) ({ done } = await feed.next());
}

const textsIn = (path: string) => {
  const db = new Database(path, { readonly: true });
  const texts = db.prepare('SELECT content FROM messages ORDER BY position').pluck().all() as string[];
  db.close();
  return texts.map((content) => JSON.parse(content)[0].text);
};

describe.each([
  ['is removed', (path: string) => rmSync(path), /was removed or moved/],
  ['is moved away', (path: string) => renameSync(path, `${path}.old`), /was removed or moved/],
  [
    'is replaced by another',
    (path: string) => {
      renameSync(path, `${path}.old`);
      for (const part of ['-wal', '-shm']) renameSync(`${path}${part}`, `${path}.old${part}`);
      new Database(path).exec('CREATE TABLE t (x)').close();
    },
    /was replaced by another file/,
  ],
  ['loses its write-ahead log', (path: string) => rmSync(`${path}-wal`), /was removed or moved/],
])('a database file that %s while it is open', (_what, lose, words) => {
  it('takes no further write, is read on, and is told in the log without anyone asking', async () => {
    const { sessions } = await file.open({ log });
    await sessions.appendMessages(append('s', 'a', ['kept']));
    lose(file.path);
    await eventually(() => expect(lines.map(({ msg }) => msg).join()).toMatch(words));
    const refused = { code: 'STORE_UNAVAILABLE', message: expect.stringMatching(words) };
    await expect(sessions.appendMessages(append('s', 'a', ['lost']))).rejects.toMatchObject(refused);
    await expect(sessions.tryWrite()).rejects.toMatchObject(refused);
    expect((await sessions.loadSessions(['s']))[0]?.messageCount).toBe(1);
    // By a thread that has read nothing before.
    expect(await sessions.countSessions({})).toBe(1);
    expect(lines.filter(({ level }) => level >= 50)).toHaveLength(1);
  });
});

describe('a database file', () => {
  it('that is lost ends the feed of those who follow, until it is back', async () => {
    const { sessions } = await file.open({ log });
    await sessions.appendMessages(append('s', 'a', ['one']));
    const { signal } = new AbortController();
    const feed = sessions.changes({ after: null, signal })[Symbol.asyncIterator]();
    const { position } = (await feed.next()).value;
    renameSync(file.path, `${file.path}.away`);
    const words = /was removed or moved/;
    const lost = { code: 'STORE_UNAVAILABLE', message: expect.stringMatching(words) };
    await expect(untilItEnds(feed)).rejects.toMatchObject(lost);
    const again = () => sessions.changes({ after: position, signal })[Symbol.asyncIterator]().next();
    await expect(again()).rejects.toMatchObject(lost);
    renameSync(`${file.path}.away`, file.path);
    await sessions.appendMessages(append('s', 'a', ['two']));
    expect((await again()).value.changes).toMatchObject([{ kind: 'message-added', index: 1 }]);
  });

  it('that is moved back goes on where it was', async () => {
    const { sessions } = await file.open({ log });
    await sessions.appendMessages(append('s', 'a', ['one']));
    renameSync(file.path, `${file.path}.away`);
    await expect(sessions.appendMessages(append('s', 'a', ['two']))).rejects.toThrow();
    renameSync(`${file.path}.away`, file.path);
    await sessions.appendMessages(append('s', 'a', ['three']));
    expect(textsIn(file.path)).toEqual(['one', 'three']);
    expect(lines.map(({ msg }) => msg).join()).toMatch(/back where it was/);
  });

  it('that is moved without its log has everything that was acknowledged', async () => {
    const { sessions } = await file.open();
    await sessions.appendMessages(append('s', 'a', ['one', 'two']));
    renameSync(file.path, `${file.path}.moved`);
    await expect(sessions.tryWrite()).rejects.toThrow();
    expect(textsIn(`${file.path}.moved`)).toEqual(['one', 'two']);
  });

  it('whose log was removed has everything that was acknowledged', async () => {
    const store = await file.open();
    await store.sessions.appendMessages(append('s', 'a', ['one', 'two']));
    rmSync(`${file.path}-wal`);
    await eventually(() => expect(store.sessions.tryWrite()).rejects.toThrow());
    await store.close();
    expect(textsIn(file.path)).toEqual(['one', 'two']);
  });

  it('that took the place of an open one keeps its own log when that is closed', async () => {
    const store = await file.open();
    await store.sessions.appendMessages(append('s', 'a', ['old']));
    for (const part of ['', '-wal', '-shm']) renameSync(`${file.path}${part}`, `${file.path}.old${part}`);
    const other = new Database(file.path);
    other.pragma('journal_mode = WAL');
    other.exec('CREATE TABLE t (x)');
    const { ino } = statSync(`${file.path}-wal`);
    await store.close();
    expect(statSync(`${file.path}-wal`).ino).toBe(ino);
    other.close();
  });

  it('is not made anew by a thread that is started again', async () => {
    const { sessions } = await file.open();
    await sessions.appendMessages(append('s', 'a', ['one']));
    for (const name of readdirSync(file.folder)) rmSync(`${file.folder}/${name}`);
    await expect(sessions.appendMessages(append('s', 'a', ['two']))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(existsSync(file.path)).toBe(false);
  });

  it('that cannot be opened in time is refused', async () => {
    await expect(file.open({ openLimitMs: 1 })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('could not be opened within 0.001 s'),
    });
  });
});
