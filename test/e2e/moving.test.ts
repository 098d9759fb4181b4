import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderPerTest } from '../support/folder-per-test.js';
import { type MongoStandIn, startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { startParley } from '../support/parley-process.js';

const AT = '2026-01-05T10:00:00.000Z';

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

const header = { parley: 'export', version: 1, from: 'sqlite', secrets: false, filter: null };

function session(sessionId: string, applicationName = 'app') {
  const dates = { createdAt: AT, updatedAt: AT };
  const lists = { feedback: [], guardrailEvents: [], receipts: [] };
  return {
    kind: 'session',
    sessionId,
    sessionType: 'AGENT',
    applicationName,
    ...dates,
    metadata: {},
    ...lists,
  };
}

const agent = {
  kind: 'agent',
  agentId: 'a',
  model: null,
  systemPrompt: null,
  promptMetadata: null,
  state: {},
  conversationManagerState: {},
  createdAt: AT,
  updatedAt: AT,
};

const message = (position: number, text = `message ${position}`) => ({
  kind: 'message',
  position,
  messageId: position,
  storageId: null,
  clientId: `c${position}`,
  trackingId: null,
  role: 'user',
  content: [{ text }],
  redacted: false,
  metadata: null,
  eventLoopMetrics: null,
  guardrailEvent: null,
  createdAt: AT,
  updatedAt: AT,
});

/** An export of so many sessions with so many messages each, as its lines. */
function anExport(sessions: number, messages: number): object[] {
  const each = Array.from({ length: messages }, (_, position) => message(position));
  const all = Array.from({ length: sessions }, (_, index) => [
    session(`s${String(index).padStart(5, '0')}`),
    agent,
    ...each,
  ]);
  return [header, ...all.flat(), { kind: 'end', sessions, messages: sessions * messages }];
}

const save = (name: string, lines: readonly (object | string)[]) =>
  writeFile(
    inFolder(name),
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
  );
const read = (name: string) => readFile(inFolder(name), 'utf8');

describe('parley export and parley import', () => {
  it('move a database to MongoDB and back, and it is the same, line by line', async () => {
    await save('given', anExport(30, 20));
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
    ['another version', [{ ...header, version: 2 }], 'line 1: it is of version 2'],
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
      'a wrong count',
      [header, session('s'), { kind: 'end', sessions: 2, messages: 0 }],
      'line 3: the end says 2 sessions, and 1 were read',
    ],
  ])('refuse a file with %s by its line, and write nothing of that session', async (_, lines, expected) => {
    await save('bad', lines);
    const { code, stdout, stderr } = await run(['import', 'bad'], onFile('one.db'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^parley: [^\n]+\n$/);
    expect(stderr).toContain(expected);
    await run(['export', 'after'], onFile('one.db'));
    expect((await read('after')).split('\n')[1]).toBe('{"kind":"end","sessions":0,"messages":0}');
  });

  it('take the sessions that are asked for, and secrets only where they are', async () => {
    await save('given', [
      header,
      session('s1', 'one'),
      session('s2', 'two'),
      { kind: 'end', sessions: 2, messages: 0 },
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
