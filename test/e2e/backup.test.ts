import { existsSync } from 'node:fs';
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { folderPerTest } from '../support/folder-per-test.js';
import { type SpawnOptions, startParley } from '../support/parley-process.js';

const folder = folderPerTest();

const parley = (words: string[], options: SpawnOptions = {}) =>
  startParley(words, { cwd: folder.path, ...options });

async function send(url: string, query: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

const append = (url: string, text: string) =>
  send(
    url,
    `mutation { appendMessages(input: {sessionId: "s", agentId: "a", createIfMissing: true, messages: [{role: USER, text: ${JSON.stringify(text)}}]}) { messages { messageId } } }`,
  );

/** How many messages a file holds, which must be whole and count them right. */
function messagesIn(file: string): number {
  const db = new Database(file, { readonly: true });
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    const { rows, counted } = db
      .prepare(
        'SELECT (SELECT count(*) FROM messages) AS rows, (SELECT coalesce(sum(message_count), 0) FROM agents) AS counted',
      )
      .get() as { rows: number; counted: number };
    expect(rows).toBe(counted);
    return rows;
  } finally {
    db.close();
  }
}

describe('parley backup', () => {
  it('copies what was acknowledged while a server goes on writing, and a server runs on the copy', async () => {
    const server = parley(['serve', '--port', '0']);
    const url = await server.listening();
    // Larger than one step of the copy, so that writes come between its steps.
    const long = 'x'.repeat(60_000);
    for (let index = 0; index < 200; index++) await append(url, long);
    let writing = true;
    let acknowledged = 200;
    const writers = [0, 1, 2].map(async () => {
      while (writing) {
        await append(url, long);
        acknowledged++;
      }
    });
    const before = acknowledged;
    const { code, stdout, stderr } = await parley(['backup', 'copy.db']).exited;
    writing = false;
    await Promise.all(writers);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(
      /^parley: \S+copy\.db: [\d.]+ MB of \S+, in .+; the copy passes its integrity check\n$/,
    );
    expect((await stat(join(folder.path, 'copy.db'))).mode & 0o777).toBe(0o600);
    const copied = messagesIn(join(folder.path, 'copy.db'));
    expect(copied).toBeGreaterThanOrEqual(before);
    expect(copied).toBeLessThanOrEqual(acknowledged);

    const onCopy = await parley(['serve', '--port', '0', '--sqlite-path', 'copy.db']).listening();
    expect(await send(onCopy, '{ session(sessionId: "s") { messageCount } }')).toEqual({
      session: { messageCount: copied },
    });
  });

  it('overwrites a file with --force alone, and never the database or one that is in use', async () => {
    await parley(['keys', 'create', '--name', 'k', '--scopes', 'read']).exited;
    const there = join(folder.path, 'there.db');
    await writeFile(there, 'mine');
    const refused = await parley(['backup', 'there.db']).exited;
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('is there already'),
    });
    expect(await readFile(there, 'utf8')).toBe('mine');
    expect(await parley(['backup', 'there.db', '--force']).exited).toMatchObject({ code: 0 });
    expect(messagesIn(there)).toBe(0);

    const itself = await parley(['backup', 'data/parley.db', '--force']).exited;
    expect(itself).toMatchObject({ code: 1, stderr: expect.stringContaining('is the database itself') });
    await writeFile(`${there}-wal`, '');
    const inUse = await parley(['backup', 'there.db', '--force']).exited;
    expect(inUse).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use') });
  });

  it.each([
    ['there is no database', ['backup', 'copy.db', '--sqlite-path', 'none.db'], 'there is no database'],
    ['the folder is missing', ['backup', 'none/copy.db'], 'there is no folder'],
    ['it is MongoDB', ['backup', 'copy.db', '--mongodb-uri', 'mongodb://127.0.0.1:1'], 'mongodump'],
    ['it is no database', ['backup', 'copy.db', '--sqlite-path', 'text.db'], 'is no SQLite database'],
  ])('says what to do where %s', async (_, words, message) => {
    await parley(['keys', 'create', '--name', 'k', '--scopes', 'read']).exited;
    await writeFile(
      join(folder.path, 'text.db'),
      'no database at all, but long enough to be read as one'.repeat(100),
    );
    const { code, stdout, stderr } = await parley(words).exited;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^parley: [^\n]+\n$/);
    expect(stderr).toContain(message);
    expect(existsSync(join(folder.path, 'copy.db'))).toBe(false);
  });

  it('removes what a command that was killed has left of the same copy, and not of one that is being made', async () => {
    await parley(['keys', 'create', '--name', 'k', '--scopes', 'read']).exited;
    const [left, log, young, other] = [
      'copy.db.0123456789ab.partial',
      'copy.db.0123456789ab.partial-journal',
      'copy.db.ba9876543210.partial',
      'mine.partial',
    ];
    const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1_000);
    for (const name of [left, log, young, other]) {
      await writeFile(join(folder.path, name), 'a copy');
      if (name !== young) await utimes(join(folder.path, name), longAgo, longAgo);
    }
    expect(await parley(['backup', 'copy.db']).exited).toMatchObject({ code: 0 });
    expect((await readdir(folder.path)).sort()).toEqual(['copy.db', young, 'data', other].sort());
  });

  it('leaves nothing behind where there is no room for it, or where the database is damaged', async () => {
    const server = parley(['serve', '--port', '0']);
    const url = await server.listening();
    for (let index = 0; index < 20; index++) await append(url, 'x'.repeat(60_000));
    server.kill('SIGTERM');
    await server.exited;
    const full = await parley(['backup', 'copy.db'], { maxFileBytes: 256 * 1024 }).exited;
    expect(full.code).toBe(1);
    expect(full.stderr).toMatch(/^parley: [^\n]*cannot be written to[^\n]+\n$/);

    const file = join(folder.path, 'data/parley.db');
    const content = await readFile(file);
    content.fill(0xaa, 20 * 4_096, 24 * 4_096);
    await writeFile(file, content);
    const damaged = await parley(['backup', 'copy.db']).exited;
    expect(damaged).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not pass its integrity check'),
    });
    expect(await readdir(folder.path)).toEqual(['data']);
  });
});
