import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AT, agent, header, message, session, snapshot } from '../support/export-records.js';
import { folderPerTest } from '../support/folder-per-test.js';
import { type MongoStandIn, startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { startParley } from '../support/parley-process.js';

let standIn: MongoStandIn;
const folder = folderPerTest();

beforeAll(async () => {
  standIn = await startMongoStandIn();
});
afterAll(() => standIn.close());

const start = (words: string[], env: Record<string, string> = {}) =>
  startParley(words, { cwd: folder.path, env });
const run = (words: string[], env: Record<string, string> = {}) => start(words, env).exited;
const inFolder = (name: string) => join(folder.path, name);
/** Each a database of its own. */
const onMongo = (database: string) => ({
  MONGODB_URI: standIn.uri,
  MONGODB_DATABASE: `${database}_${basename(folder.path)}`,
});
const onFile = (name: string) => ({ SQLITE_PATH: name });

const none = { snapshots: 0, audit: 0, keys: 0 };

const entry = {
  kind: 'audit',
  id: '0'.repeat(24),
  at: AT,
  callerKind: 'key',
  callerId: 'k',
  callerName: 'ci',
  action: 'createSession',
  sessionId: 's',
  agentId: null,
  outcome: 'ok',
  from: null,
  count: 1,
};
const key = {
  kind: 'key',
  id: 'k',
  name: 'ci',
  hash: 'a'.repeat(64),
  pepper: 'AAEC',
  scopes: ['read'],
  reach: {},
  createdAt: AT,
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
};

/** An export of so many sessions with so many messages each, as its lines. */
function anExport(sessions: number, messages: number): object[] {
  const each = Array.from({ length: messages }, (_, position) => message(position));
  const all = Array.from({ length: sessions }, (_, index) => [
    session(`s${String(index).padStart(5, '0')}`),
    agent,
    ...each,
  ]);
  return [header, ...all.flat(), { kind: 'end', sessions, messages: sessions * messages, ...none }];
}

const save = (name: string, lines: readonly (object | string)[]) =>
  writeFile(
    inFolder(name),
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
  );
const read = (name: string) => readFile(inFolder(name), 'utf8');

describe('parley export and parley import', () => {
  it('say that an import reads no pipe, which gives its bytes once', async () => {
    const pipe = inFolder('pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    const { code, stderr } = await run(['import', 'pipe'], onFile('into.db'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^parley: pipe is no file that can be read again\./);
  });

  it('move a database to MongoDB and back, and it is the same, line by line', async () => {
    const receipt = { key: '5'.repeat(64), body: '6'.repeat(64), at: new Date().toISOString() };
    const lines = anExport(30, 20);
    await save('given', [header, { ...session('s00000'), receipts: [receipt] }, ...lines.slice(2)]);
    expect((await run(['import', 'given'], onFile('one.db'))).code).toBe(0);
    expect((await run(['export', 'one'], onFile('one.db'))).code).toBe(0);
    expect((await run(['import', 'one'], onMongo('there'))).code).toBe(0);
    expect((await run(['import', 'one', '--check'], onMongo('there'))).code).toBe(0);
    expect((await run(['export', 'two'], onMongo('there'))).code).toBe(0);
    expect((await run(['import', 'two'], onFile('two.db'))).code).toBe(0);
    expect((await run(['import', 'one', '--check'], onFile('two.db'))).code).toBe(0);
    expect((await run(['export', 'three'], onFile('two.db'))).code).toBe(0);
    expect(await read('three')).toBe(await read('one'));
    expect((await stat(inFolder('one'))).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['SQLite', () => onFile('killed.db')],
    ['MongoDB', () => onMongo('killed')],
  ])('go on after a kill in the middle of an import into %s', async (_, where) => {
    const env = where();
    await save('given', anExport(4_000, 10));
    const writing = start(['import', 'given'], env);
    // Once something is there, and long before all of it.
    for (let probe = 0, sessions = 0; sessions === 0; probe++) {
      const { code } = await run(['export', `probe${probe}`], env);
      if (code === 0) sessions = (await read(`probe${probe}`)).split('\n').length - 3;
    }
    writing.kill('SIGKILL');
    await writing.exited;
    expect((await run(['import', 'given'], env)).code).toBe(0);
    expect(await run(['import', 'given', '--check'], env)).toMatchObject({ code: 0 });
  });

  it.each([
    ['SQLite', () => onFile('cut.db')],
    ['MongoDB', () => onMongo('cut')],
  ])('go on with a file that was cut off, out of %s', async (_, where) => {
    const env = where();
    await save('given', anExport(100, 10));
    await run(['import', 'given'], env);
    expect((await run(['export', 'whole'], env)).code).toBe(0);
    const whole = await read('whole');
    // As a kill leaves it: in the middle of a line, in the middle of a session.
    await writeFile(inFolder('cut'), whole.slice(0, Math.floor(whole.length * 0.6)));
    const refused = await run(['import', 'cut', '--check'], env);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/line \d+: it is cut off/) });
    expect((await run(['export', 'cut', '--resume'], env)).code).toBe(0);
    expect(await read('cut')).toBe(whole);
  });

  it('name the first difference', async () => {
    await save('given', anExport(3, 3));
    await run(['import', 'given'], onFile('one.db'));
    const lines = anExport(3, 3);
    await save(
      'other',
      lines.map((line, index) => (index === 9 ? message(1, 'other') : line)),
    );
    expect(await run(['import', 'other', '--check'], onFile('one.db'))).toMatchObject({
      code: 1,
      stderr:
        'parley: session "s00001", message 1: content is [{"text":"other"}] in the file, [{"text":"message 1"}] in the database\n',
    });
    await save('fewer', anExport(2, 3));
    expect(await run(['import', 'fewer', '--check'], onFile('one.db'))).toMatchObject({
      code: 1,
      stderr: 'parley: the file has 2 sessions, and the database 3\n',
    });
    await save('more', anExport(3, 4));
    expect(await run(['import', 'more', '--check'], onFile('one.db'))).toMatchObject({
      code: 1,
      stderr: 'parley: session "s00000": message 3 is not in the database\n',
    });
  });

  it.each([
    ['no JSON', [header, session('s'), '{"kind":'], 'line 3: it is no JSON'],
    ['another version', [{ ...header, version: 3 }], 'line 1: it is of version 3'],
    ['no export', [{ a: 1 }], 'line 1: it is no export of Parley'],
    ['a gap', [header, session('s'), agent, message(1)], 'line 4: position is 1, and 0 comes next'],
    [
      'a wrong field',
      [header, session('s'), { ...agent, state: 3 }],
      'line 3: state of the agent is missing or wrong',
    ],
    [
      'an unknown type',
      [header, { ...session('s'), metadata: { a: { $what: 1 } } }],
      'line 2: there is no type "$what"',
    ],
    ['no end', [header, session('s')], 'line 3: the file ends before its end'],
    [
      'a snapshot without an end',
      [header, { ...snapshot, more: true }, entry],
      'line 3: snapshot "session/s/scopes/a" has no end',
    ],
    ['a session too late', [header, entry, session('s')], 'line 3: a session stands behind'],
    [
      'a limit of a key that there is not',
      [header, { ...key, reach: { app: 'shop' } }],
      'line 2: reach of the key is missing or wrong',
    ],
    [
      'a wrong count',
      [header, session('s'), { kind: 'end', sessions: 2, messages: 0, ...none }],
      'line 3: the end says 2 sessions, and 1 were read',
    ],
  ])('refuse a file with %s by its line, and write nothing of that session', async (_, lines, expected) => {
    await save('bad', lines);
    const { code, stdout, stderr } = await run(['import', 'bad'], onFile('one.db'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^parley: [^\n]+\n$/);
    expect(stderr).toContain(expected);
    await run(['export', 'after'], onFile('one.db'));
    expect(await read('after')).not.toContain('"kind":"session"');
  });

  it('move snapshots and the audit, and keys where secrets are asked for, to MongoDB and back', async () => {
    const beside = (index: number) => ({ ...snapshot, key: `session/s0000${index}/scopes/a` });
    const entries = [0, 1, 2].map((n) => ({ ...entry, id: n.toString(16).padStart(24, '5'), count: n + 1 }));
    const given = anExport(2, 2).slice(0, -1);
    const end = { kind: 'end', sessions: 2, messages: 4, snapshots: 2, audit: 3, keys: 1 };
    await save('given', [...given, beside(0), beside(1), ...entries, { ...key, revokedAt: AT }, end]);
    await run(['import', 'given'], onFile('one.db'));
    const again = await run(['import', 'given'], onFile('one.db'));
    expect(again.stderr).toMatch(/: 0 sessions and 0 messages of given were added/);
    const created = await run(['keys', 'create', '--name', 'own', '--scopes', 'read'], onFile('one.db'));
    await run(['export', 'one', '--secrets'], onFile('one.db'));
    const whole = await read('one');
    await writeFile(inFolder('one'), whole.slice(0, whole.indexOf('"kind":"audit"') + 300));
    expect((await run(['export', 'one', '--secrets', '--resume'], onFile('one.db'))).code).toBe(0);
    expect(await read('one')).toBe(whole);
    await run(['import', 'one'], onMongo('beside'));
    expect(await run(['import', 'one', '--check'], onMongo('beside'))).toMatchObject({ code: 0 });
    await run(['export', 'two', '--secrets'], onMongo('beside'));
    await run(['import', 'two'], onFile('two.db'));
    await run(['export', 'three', '--secrets'], onFile('two.db'));
    expect(await read('three')).toBe(await read('one'));

    await run(['export', 'plain'], onFile('two.db'));
    expect(await read('plain')).not.toContain('"kind":"key"');
    await run(['export', 'some', '--session-prefix', 's00001'], onFile('two.db'));
    const kinds = (await read('some'))
      .split('\n')
      .filter((line) => /"kind":"(snapshot|audit|key)"/.test(line));
    expect(kinds.map((line) => JSON.parse(line))).toEqual([beside(1)]);

    // A key is good in the database that it came to, and one that was revoked is not.
    const server = start(['serve'], { ...onFile('two.db'), PORT: '0' });
    const url = await server.listening();
    const asked = async (token: string) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: '{ sessions { totalCount } }' }),
      }).then((response) => response.json());
    expect(await asked(created.stdout.trim())).toEqual({ data: { sessions: { totalCount: 2 } } });
    const other = created.stdout.trim().replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    expect(await asked(other)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    server.kill('SIGTERM');
    await server.exited;
    const keys = await run(['keys', 'list', '--json'], onFile('two.db'));
    expect(keys.stdout).not.toMatch(/hash|pepper/);
    expect(keys.stdout).toContain(`"revokedAt":"${AT}"`);
  });

  it('read the files of version 1, and name what is missing beside the sessions', async () => {
    const old = anExport(1, 1).slice(1, -1);
    await save('old', [{ ...header, version: 1 }, ...old, { kind: 'end', sessions: 1, messages: 1 }]);
    expect(await run(['import', 'old'], onFile('one.db'))).toMatchObject({ code: 0 });
    const missing = async (...lines: object[]) => {
      const counts = { snapshots: 0, audit: 0, keys: 0 };
      for (const { kind } of lines as { kind: string }[]) {
        counts[kind === 'audit' ? kind : (`${kind}s` as 'keys' | 'snapshots')]++;
      }
      const end = { kind: 'end', sessions: 1, messages: 1, ...counts };
      await save('new', [header, ...old, ...lines, end]);
      return (await run(['import', 'new', '--check'], onFile('one.db'))).stderr;
    };
    expect(await missing()).toContain('holds what new holds');
    expect(await missing(snapshot)).toContain('snapshot "session/s/scopes/a" is not in the database');
    expect(await missing(entry, { ...entry, id: '1'.repeat(24) })).toContain(
      `the audit from ${AT} to ${AT}: 2 of 2 entries are not in the database`,
    );
    expect(await missing(key)).toContain('key "k" is not in the database');
    await run(['import', 'new'], onFile('one.db'));
    expect(await missing({ ...key, reach: { applicationName: 'x' } })).toContain(
      'key "k": reach is another in the database',
    );
  });

  it('take the sessions that are asked for, and secrets only where they are', async () => {
    await save('given', [
      header,
      session('s1', 'one'),
      session('s2', 'two'),
      { kind: 'end', sessions: 2, messages: 0, ...none },
    ]);
    await run(['import', 'given'], onFile('one.db'));
    await run(['export', 'filtered', '--application', 'two'], onFile('one.db'));
    expect(await read('filtered')).toMatch(/"sessionId":"s2"/);
    expect(await read('filtered')).not.toMatch(/"sessionId":"s1"|viewerPassword/);
    expect(await run(['import', 'filtered', '--check'], onFile('one.db'))).toMatchObject({ code: 0 });
    await run(['export', 'secret', '--secrets'], onFile('one.db'));
    expect(await read('secret')).toMatch(/"viewerPassword":"[\w-]{32}"/);
    const again = await run(['export', 'secret'], onFile('one.db'));
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') });
    const otherwise = await run(['export', 'secret', '--resume'], onFile('one.db'));
    expect(otherwise).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('secrets is true there and false here'),
    });
  });
});
