import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/library/database.js';
import type { OpenedStore } from '../../src/stores/open-store.js';
import { append } from '../stores/sqlite/stage.js';
import { eventually } from '../support/eventually.js';
import { connect, follow } from '../support/live-client.js';
import { LOCATIONS, type TestLocation } from '../support/locations.js';
import { runShell, shellBlocks } from '../support/page-blocks.js';
import { startParley } from '../support/parley-process.js';
import { startServer } from '../support/server.js';
import { makeTempFolder } from '../support/temp-folder.js';

const SECRET = 'my card number is 4111-1111-1111-1111';
const OLD = new Date(Date.now() - 40 * 86_400_000);
const latest = (sessionId: string) => `session/${sessionId}/scopes/agent/a/snapshots/snapshot_latest.json`;

describe.each(Object.entries(LOCATIONS))('retention on %s', (_name, locate) => {
  let database: TestLocation;
  let store: OpenedStore;
  let rules: string;
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  beforeAll(async () => {
    database = await locate();
    store = await openDatabase(database.options);
    folder = await makeTempFolder();
    rules = join(folder.path, 'retention.json');
    await writeFile(rules, '[{"name": "thirty days", "keep": "30d", "applicationName": "app"}]');
  });
  afterAll(async () => {
    await store.close();
    await database.remove();
    await folder.remove();
  });

  const make = async (sessionId: string, now: Date, text = 'Hello') => {
    await store.sessions.appendMessages(append(sessionId, 'a', [text, 'x'.repeat(5_000), text], now));
    await store.snapshots.write({ key: latest(sessionId), data: Buffer.from(text), now });
  };
  const left = async () => {
    const all = ['old-1', 'old-2', 'young', 'again'];
    const found = await store.sessions.loadSessions(all, []);
    return all.filter((_, index) => found[index] !== null);
  };
  const command = (...words: string[]) =>
    startParley(['retention', ...words], { env: { RETENTION_RULES: rules, ...database.env } }).exited;

  it('shows what would go, and removes nothing', async () => {
    await make('old-1', OLD, SECRET);
    await make('old-2', OLD, SECRET);
    await make('young', new Date());
    await make('again', OLD);
    await store.snapshots.write({ key: latest('again'), data: Buffer.from('again'), now: new Date() });
    const { code, stdout, stderr } = await command('--dry-run');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: ['old-1', 'old-2'].map((id) => `${id}\t${OLD.toISOString()}\tthirty days\n`).join(''),
    });
    expect(stderr).toContain('thirty days: 2 would go');
    expect(await left()).toEqual(['old-1', 'old-2', 'young', 'again']);
  });

  it('is done by one of two servers, told to subscribers of a third, audited, and leaves nothing behind', async () => {
    const config = { ...database.config, retentionRules: rules };
    const plain = await startServer(database.config);
    const client = connect(plain.url);
    const feed = follow(client, 'subscription { sessionEvents(sessionId: "old-2") { __typename } }');
    expect((await feed.next()).__typename).toBe('Ready');
    expect(await database.contents()).toContain(SECRET);

    const servers = await Promise.all([startServer(config), startServer(config)]);
    expect((await feed.next()).__typename).toBe('SessionDeleted');
    expect(await feed.ended).toBeNull();
    await client.dispose();
    await eventually(async () => expect(await left()).toEqual(['young', 'again']));
    await eventually(async () => expect((await database.contents()).includes(SECRET)).toBe(false));
    expect(await store.snapshots.list('')).toEqual([latest('again'), latest('young')]);

    const refused = await command();
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('another process applies the rules of this database');
    await Promise.all(servers.map((server) => server.stop()));
    const AUDIT = '{ auditLog { nodes { callerKind callerId callerName action sessionId outcome } } }';
    const { body } = await plain.request(AUDIT);
    expect(body.data.auditLog.nodes.reverse()).toEqual(
      ['old-1', 'old-2'].map((sessionId) => ({
        callerKind: 'SYSTEM',
        callerId: 'retention',
        callerName: 'thirty days',
        action: 'expireSession',
        sessionId,
        outcome: 'ok',
      })),
    );
    await plain.stop();
  });

  it('is done once by the command where no server does it', async () => {
    await make('old-1', OLD);
    const { code, stdout, stderr } = await command();
    expect({ code, stdout }).toEqual({ code: 0, stdout: `old-1\t${OLD.toISOString()}\tthirty days\n` });
    expect(stderr).toContain('thirty days: 1 removed');
    expect(await left()).toEqual(['young', 'again']);
    expect(await command()).toMatchObject({ code: 0, stdout: '' });
    // One of the test before, one of this. MongoDB's ids tell the order of a second's entries within one process alone.
    const entries = await store.audit.list({ limit: 3, before: null, sessionId: 'old-1' });
    expect(entries.map(({ action, callerKind }) => `${callerKind} ${action}`)).toEqual(
      Array(2).fill('system expireSession'),
    );
  });

  it('is done once where two processes begin at the same moment, batch by batch', async () => {
    const ids = Array.from({ length: 230 }, (_, index) => `batch-${index}`);
    await Promise.all(ids.map((id) => store.sessions.appendMessages(append(id, 'a', ['Hello'], OLD))));
    const both = await Promise.all([command(), command()]);
    const removed = both.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean));
    expect(removed.map((line) => line.split('\t')[0]).sort()).toEqual([...ids].sort());
    for (const { code, stderr } of both) {
      if (code !== 0) expect(stderr).toContain('another process applies the rules of this database');
    }
    const entries = await store.audit.list({ limit: 500, before: null });
    const expired = entries.flatMap(({ sessionId }) => (sessionId?.startsWith('batch-') ? [sessionId] : []));
    expect(expired.sort()).toEqual([...ids].sort());
  });
});

it('rules that cannot be used are a wrong setting of the server and of the command', async () => {
  const folder = await makeTempFolder();
  const rules = join(folder.path, 'retention.json');
  await writeFile(rules, '[{"keep": "30 days"}]');
  const said = `RETENTION_RULES is ${JSON.stringify(rules)}, but its rules cannot be used: rule 1: keep is "30 days"; it takes a time such as 12h or 90d, or forever.`;
  await expect(startServer({ retentionRules: rules })).rejects.toThrow(said);
  const wrong = startParley(['retention', '--retention-rules', rules]);
  expect(await wrong.exited).toMatchObject({ code: 2, stderr: `parley: ${said}\n` });
  const none = startParley(['retention', '--dry-run'], { cwd: folder.path });
  expect(await none.exited).toMatchObject({
    code: 1,
    stderr: 'parley: RETENTION_RULES names no file of rules\n',
  });
  await folder.remove();
});

it('docs/retention.md: its rules show what it says', async () => {
  const folder = await makeTempFolder();
  const path = join(folder.path, 'p.db');
  const store = await openDatabase({ path });
  const make = (sessionId: string, applicationName: string, metadata: object) => {
    const said = append(sessionId, 'a', ['Hello'], OLD);
    Object.assign(said.createIfMissing, { applicationName, metadata });
    return store.sessions.appendMessages(said);
  };
  await make('support-1', 'support', {});
  await make('support-2', 'support', { legal: { hold: true } });
  await make('free-1', 'shop', { user: { plan: 'free' } });
  await make('shop-1', 'shop', {});
  await store.close();
  const [text = ''] = (await shellBlocks('retention.md')).filter((block) => block.includes('--dry-run'));
  expect(await runShell(text, { cwd: folder.path, env: { SQLITE_PATH: path } })).toBe(
    `support-1\t${OLD.toISOString()}\tapplicationName "support"\nfree-1\t${OLD.toISOString()}\tuser.plan "free"\n`,
  );
  await folder.remove();
});
