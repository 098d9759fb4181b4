import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { alarms, examineIn } from '../support/examine.js';
import { folderPerTest } from '../support/folder-per-test.js';
import { type MongoStandIn, startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { startParley } from '../support/parley-process.js';

let standIn: MongoStandIn;
const folder = folderPerTest();

beforeAll(async () => {
  standIn = await startMongoStandIn();
});
afterAll(() => standIn.close());

const run = (words: string[], env: Record<string, string> = {}) =>
  startParley(words, { cwd: folder.path, env }).exited;

const examine = (env?: Record<string, string>) => examineIn(folder.path, env);
const makeDatabase = () => run(['keys', 'create', '--name', 'k', '--scopes', 'read']);
const file = () => join(folder.path, 'data/parley.db');

describe('parley doctor', () => {
  it('finds nothing wrong before the first start, and makes nothing', async () => {
    const { code, findings, of } = await examine();
    expect({ code, alarms: alarms(findings) }).toEqual({ code: 0, alarms: [] });
    expect(of('file')?.found).toContain('the first start makes it');
    await expect(readFile(file())).rejects.toThrow('ENOENT');
  });

  it('finds nothing wrong beside a server that runs, and sees a write and its event', async () => {
    const server = startParley(['serve', '--port', '0', '--metadata-indexes', 'user.id'], {
      cwd: folder.path,
    });
    await server.listening();
    const { code, findings, of } = await examine({ METADATA_INDEXES: 'user.id' });
    expect({ code, alarms: alarms(findings) }).toEqual({ code: 0, alarms: [] });
    expect([of('write')?.level, of('event')?.level, of('integrity')?.level]).toEqual(['ok', 'ok', 'ok']);
    server.kill('SIGTERM');
    await server.exited;
    const db = new Database(file(), { readonly: true });
    expect(db.prepare('SELECT count(*) FROM sessions').pluck().get()).toBe(0);
    expect(db.prepare('SELECT count(*) FROM receipts').pluck().get()).toBe(0);
    db.close();
  });

  it('finds nothing wrong with MongoDB, and leaves no session there', async () => {
    const env = { MONGODB_URI: standIn.uri };
    const { code, findings, of } = await examine(env);
    expect({ code, alarms: alarms(findings) }).toEqual({ code: 0, alarms: [] });
    expect([of('change stream')?.level, of('write')?.level, of('event')?.level]).toEqual(['ok', 'ok', 'ok']);
    const again = await examine(env);
    expect(again.of('indexes')?.found).toBe('the collection is empty');
  });

  it.each(['4.4', '5.0', '8.0'] as const)(
    'finds nothing wrong with MongoDB %s of three members that a server uses, whatever the URI asks of reads',
    async (dialect) => {
      const members = await startMongoStandIn({ dialect, members: 3 });
      try {
        const env = {
          MONGODB_URI: `${members.uri}&readPreference=secondaryPreferred&retryWrites=false&w=1`,
          METADATA_INDEXES: 'user.id',
        };
        const server = startParley(['serve', '--port', '0'], { cwd: folder.path, env });
        const url = await server.listening();
        const input = '{sessionId: "s", metadata: {user: {id: "u"}}}';
        const made = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: `mutation { createSession(input: ${input}) { __typename } }` }),
        });
        expect(made.status).toBe(200);
        await eventually(async () => {
          const { code, findings } = await examine(env);
          expect({ code, alarms: alarms(findings) }).toEqual({ code: 0, alarms: [] });
        });
        server.kill('SIGTERM');
        await server.exited;
      } finally {
        await members.close();
      }
    },
  );

  it('finds nothing wrong where all that may be set is set, and names rules of retention that cannot be used', async () => {
    await makeDatabase();
    await writeFile(join(folder.path, 'rules.json'), '[{"keep": "30d"}]');
    const env = { HOST: '0.0.0.0', METRICS_PORT: '9464', RETENTION_RULES: './rules.json', AUDIT_DAYS: '30' };
    const sound = await examine(env);
    expect({ code: sound.code, alarms: alarms(sound.findings) }).toEqual({ code: 0, alarms: [] });
    await writeFile(join(folder.path, 'rules.json'), '[{"keep": "a month"}]');
    const { code, of } = await examine(env);
    expect(code).toBe(1);
    expect(of('configuration')).toMatchObject({
      level: 'fail',
      found: expect.stringContaining('rule 1: keep is "a month"'),
    });
  });

  it("fails on a unique index of another program's among the sessions, which lets only one of them in", async () => {
    const client = await new MongoClient(standIn.uri).connect();
    const theirs = client.db('beside').collection('sessions');
    await theirs.createIndex({ pk: 1, sk: 1 }, { unique: true });
    await client.close();
    const { code, of } = await examine({ MONGODB_URI: standIn.uri, MONGODB_DATABASE: 'beside' });
    expect(code).toBe(1);
    expect(of('indexes')).toMatchObject({
      level: 'fail',
      found: expect.stringContaining('pk_1_sk_1'),
      todo: expect.stringContaining('db.sessions.dropIndex("pk_1_sk_1")'),
    });
  });

  it('warns of an index by which MongoDB deletes sessions', async () => {
    const client = await new MongoClient(standIn.uri).connect();
    const theirs = client.db('expiring').collection('sessions');
    await theirs.createIndex({ created_at: 1 }, { expireAfterSeconds: 3_600 });
    await client.close();
    const { code, of } = await examine({ MONGODB_URI: standIn.uri, MONGODB_DATABASE: 'expiring' });
    expect(code).toBe(0);
    expect(of('indexes')).toMatchObject({
      level: 'warn',
      found: 'MongoDB deletes each session 3600 s after its created_at, by the index created_at_1',
    });
  });

  it('prints a line for each finding, and below it what to do', async () => {
    await makeDatabase();
    await chmod(file(), 0o644);
    const { code, stdout } = await run(['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^warn {2}file {13}everyone on this machine may open [^\n]+\n {23}-> chmod 600 /m);
    expect(stdout).toMatch(/^ok {4}integrity /m);
  });

  it.each([
    [
      'a damaged file',
      'integrity',
      async () => {
        const content = await readFile(file());
        content.fill(0xaa, 8 * 4_096, 12 * 4_096);
        await writeFile(file(), content);
      },
    ],
    [
      'a file that is no database',
      'integrity',
      () => writeFile(file(), 'no database, but long enough '.repeat(200)),
    ],
    ['a newer schema', 'version', async () => withDatabase((db) => db.pragma('user_version = 999'))],
    [
      'an index that was dropped',
      'indexes',
      async () => withDatabase((db) => db.exec('DROP INDEX sessions_by_created')),
    ],
  ])('fails on %s, and changes nothing of it', async (_, check, harm) => {
    await makeDatabase();
    await harm();
    const before = await readFile(file());
    const { code, of } = await examine();
    expect(code).toBe(1);
    expect(of(check)).toMatchObject({ level: 'fail', todo: expect.stringMatching(/.{10}/) });
    expect(of('write')).toBeUndefined();
    expect(await readFile(file())).toEqual(before);
  });

  it('warns of an older schema, which it leaves as it is, and of an index that is not made yet', async () => {
    await makeDatabase();
    const { code, of } = await examine({ METADATA_INDEXES: 'user.id' });
    expect(code).toBe(0);
    expect(of('indexes')).toMatchObject({ level: 'warn', found: expect.stringContaining('user.id') });
    withDatabase((db) => db.pragma('user_version = 4'));
    expect((await examine()).of('version')).toMatchObject({
      level: 'warn',
      todo: expect.stringContaining('backup'),
    });
    withDatabase((db) => expect(db.pragma('user_version', { simple: true })).toBe(4));
  });

  it('fails on what the variables name, on an open door, and where MongoDB cannot be reached', async () => {
    await makeDatabase();
    const named = await examine({ HOOKS: './none.js', OPERATIONS: './none.json' });
    expect(named.code).toBe(1);
    expect(alarms(named.findings).map(({ found }) => found)).toEqual([
      expect.stringContaining('HOOKS is "./none.js"'),
      expect.stringContaining('OPERATIONS is "./none.json"'),
    ]);
    withDatabase((db) => db.exec('DELETE FROM api_keys'));
    const open = await examine({ HOST: '0.0.0.0' });
    expect(open.of('access')).toMatchObject({ level: 'fail', todo: expect.stringContaining('Make a key') });
    const unreachable = await examine({
      MONGODB_URI: 'mongodb://user:hunter2@127.0.0.1:1/?serverSelectionTimeoutMS=200',
    });
    expect(unreachable.of('server')).toMatchObject({ level: 'fail', found: 'MongoDB cannot be reached' });
    expect(JSON.stringify(unreachable.findings)).not.toContain('hunter2');
  });

  it('refuses a wrong configuration as the server does, with 2', async () => {
    const { code, stdout, stderr } = await run(['doctor'], { PORT: 'many' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('PORT is "many"');
  });
});

function withDatabase(change: (db: Database.Database) => unknown): void {
  const db = new Database(file());
  change(db);
  // Into the file itself: the tests look at its bytes.
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}
