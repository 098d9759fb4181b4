import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/domain/finding.js';
import { eventually } from '../support/eventually.js';
import { folderPerTest } from '../support/folder-per-test.js';
import { type MongoStandIn, startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { uriFor } from '../support/mongo-stand-in/uri-for.js';
import { startParley } from '../support/parley-process.js';

let standIn: MongoStandIn;
const folder = folderPerTest();

beforeAll(async () => {
  standIn = await startMongoStandIn();
});
afterAll(() => standIn.close());

const run = (words: string[], env: Record<string, string> = {}) =>
  startParley(words, { cwd: folder.path, env }).exited;

/** What it finds, by what was looked at, and its exit code. */
async function examine(env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await run(['doctor', '--json'], env);
  expect(stderr).toBe('');
  const findings = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);
  return { code, findings, of: (check: string) => findings.find((one) => one.check === check) };
}

const alarms = (findings: Finding[]) => findings.filter(({ level }) => level === 'warn' || level === 'fail');
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

  describe('of a MongoDB that asks who is there', () => {
    const PASSWORD = 'hunter2/%';
    const watched = { name: 'watched', password: PASSWORD, roles: ['readWrite', 'clusterMonitor'] } as const;
    const plain = { name: 'plain', password: PASSWORD, roles: ['readWrite'] } as const;
    const reader = { name: 'reader', password: PASSWORD, roles: ['read'] } as const;
    const deaf = {
      name: 'deaf',
      password: PASSWORD,
      roles: ['readWrite'],
      without: ['changeStream'],
    } as const;
    const blind = { name: 'blind', password: PASSWORD, roles: [] } as const;
    const users = [watched, plain, reader, deaf, blind];
    let guarded: MongoStandIn;

    beforeAll(async () => {
      guarded = await startMongoStandIn({ users });
    });
    afterAll(() => guarded.close());

    /** What it finds as this user, whose password it never tells. */
    const examineAs = async (user: { name: string; password: string } | null) => {
      const result = await examine({ MONGODB_URI: uriFor(guarded, user) });
      const told = JSON.stringify(result.findings);
      for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) expect(told).not.toContain(secret);
      return result;
    };

    it.each([watched, plain])('finds nothing wrong with what $name may do', async (user) => {
      const { code, findings, of } = await examineAs(user);
      expect({ code, alarms: alarms(findings) }).toEqual({ code: 0, alarms: [] });
      expect([of('change stream')?.level, of('write')?.level, of('event')?.level]).toEqual([
        'ok',
        'ok',
        'ok',
      ]);
    });

    it('warns of rights for change streams that are missing', async () => {
      const { code, findings, of } = await examineAs(deaf);
      expect(code).toBe(0);
      expect(alarms(findings).map(({ check }) => check)).toEqual(['change stream']);
      expect(of('change stream')?.todo).toContain('grantRolesToUser');
      expect([of('write')?.level, of('event')?.level]).toEqual(['ok', 'skip']);
    });

    it('fails where nothing may be written, and where nothing may be read', async () => {
      const readOnly = await examineAs(reader);
      expect(readOnly.code).toBe(1);
      expect(alarms(readOnly.findings)).toMatchObject([
        { check: 'write', level: 'fail', todo: expect.stringContaining('rights') },
      ]);
      const none = await examineAs(blind);
      expect(none.code).toBe(1);
      expect(alarms(none.findings)).toMatchObject([
        { check: 'rights', level: 'fail', todo: expect.stringContaining('grantRolesToUser') },
      ]);
    });

    it.each([
      ['a wrong password', { name: 'plain', password: 'hunter3' }, 'server', 'the password in MONGODB_URI'],
      ['a user that is not named', null, 'rights', 'MONGODB_URI names none'],
    ])('fails on %s, and says that it is that', async (_, user, check, found) => {
      const { code, findings } = await examineAs(user);
      expect(code).toBe(1);
      expect(alarms(findings)).toMatchObject([
        { check, level: 'fail', found: expect.stringContaining(found) },
      ]);
    });
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
