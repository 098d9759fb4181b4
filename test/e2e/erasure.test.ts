import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStrandsStorage } from '../../src/adapters/strands/index.js';
import { askAs, makeKey } from '../support/access.js';
import { eventually } from '../support/eventually.js';
import { connect, follow } from '../support/live-client.js';
import { LOCATIONS, type TestLocation } from '../support/locations.js';
import { runShell, shellBlocks } from '../support/page-blocks.js';
import { type RunningServer, startServer } from '../support/server.js';
import { makeTempFolder } from '../support/temp-folder.js';
import {
  type Receiver,
  SECRET as SIGNING,
  startReceiver,
  writeEndpoints,
} from '../support/webhook-receiver.js';

const SECRET = 'my card number is 4111-1111-1111-1111';
const ERASE = `mutation ($input: EraseSessionsInput!) { eraseSessions(input: $input) {
  dryRun sessionIds matched more
  receipt { at callerKind callerId callerName sessions digest remains { place left } } } }`;
const latest = (sessionId: string) => `session/${sessionId}/scopes/agent/a/snapshots/snapshot_latest.json`;
const userIs = (user: string) => ({ metadata: [{ path: 'user.id', eq: user }] });

describe.each(Object.entries(LOCATIONS))('forgetting a user on %s', (_name, locate) => {
  let database: TestLocation;
  let server: RunningServer;
  /** Takes nothing, so that what it is told waits in the database. */
  let receiver: Receiver;
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  beforeAll(async () => {
    [database, folder, receiver] = await Promise.all([locate(), makeTempFolder(), startReceiver()]);
    receiver.answer = () => 503;
    const webhooks = await writeEndpoints(folder.path, [
      { name: 'all', url: receiver.url, secrets: [SIGNING] },
    ]);
    server = await startServer({ ...database.config, webhooks, webhookAllowPrivate: ['127.0.0.1'] });
  });
  afterAll(async () => {
    await server.stop();
    await receiver.kill();
    await folder.remove();
    await database.remove();
  });

  const run = async (query: string, variables: object = {}) => {
    const { body } = await server.request(query, variables as Record<string, unknown>);
    if (body.errors) throw new Error(JSON.stringify(body.errors));
    return body.data;
  };
  const erase = async (input: object) => (await run(ERASE, { input })).eraseSessions;
  const has = async (text: string) => (await database.contents()).includes(text);

  async function converse(sessionId: string, user: string, said: string) {
    const create = 'mutation ($input: CreateSessionInput!) { createSession(input: $input) { __typename } }';
    await run(create, { input: { sessionId, metadata: { user: { id: user }, note: said } } });
    await run('mutation ($input: UpsertAgentInput!) { upsertAgent(input: $input) { __typename } }', {
      input: { sessionId, agentId: 'a', state: { remembered: said }, systemPrompt: said },
    });
    await run('mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }', {
      input: {
        sessionId,
        agentId: 'a',
        messages: Array.from({ length: 20 }, () => ({ role: 'USER', text: `${said} ${'x'.repeat(900)}` })),
      },
    });
    await run('mutation ($input: RecordMetricsInput!) { recordMetrics(input: $input) { __typename } }', {
      input: { sessionId, agentId: 'a', messageId: 0, metrics: { said } },
    });
    await run('mutation ($input: AddFeedbackInput!) { addFeedback(input: $input) { __typename } }', {
      input: { sessionId, rating: 'DOWN', comment: said, idempotencyKey: `${sessionId}-feedback` },
    });
    for (const finished of [true, false]) await reply(sessionId, said, finished);
    const storage = await createStrandsStorage(database.options);
    await storage.write(latest(sessionId), Buffer.from(said));
    await storage.close();
  }

  /** Of several calls: what was said before the last ones may be kept elsewhere. */
  async function reply(sessionId: string, said: string, finished: boolean) {
    const { startReply } = await run(
      'mutation ($input: StartReplyInput!) { startReply(input: $input) { replyId epoch } }',
      { input: { sessionId, agentId: 'a' } },
    );
    let offset = 0;
    for (let call = 0; call < 10; call++) {
      const parts = [{ block: call, text: `${said} ${'x'.repeat(20_000)}` }];
      const { continueReply } = await run(
        'mutation ($input: ContinueReplyInput!) { continueReply(input: $input) { offset } }',
        { input: { ...startReply, offset, parts } },
      );
      offset = continueReply.offset;
    }
    if (!finished) return;
    await run('mutation ($input: FinishReplyInput!) { finishReply(input: $input) { __typename } }', {
      input: startReply,
    });
  }

  it('leaves nothing of the conversations anywhere, tells followers, and says what was done', async () => {
    for (const id of ['alice-1', 'alice-2']) await converse(id, 'alice', SECRET);
    await converse('bob-1', 'bob', 'what Bob said');
    expect(await has(SECRET)).toBe(true);
    await eventually(async () => {
      const [endpoint] = (await run('{ webhookEndpoints { waiting } }')).webhookEndpoints;
      expect(endpoint.waiting).toBeGreaterThan(60);
    });
    const client = connect(server.url);
    const feed = follow(client, 'subscription { sessionEvents(sessionId: "alice-2") { __typename } }');
    expect((await feed.next()).__typename).toBe('Ready');

    const asked = await erase({ filter: userIs('alice'), dryRun: true });
    expect(asked).toEqual({
      dryRun: true,
      sessionIds: ['alice-1', 'alice-2'],
      matched: 2,
      more: false,
      receipt: null,
    });
    expect(await has(SECRET)).toBe(true);

    const done = await erase({ filter: userIs('alice') });
    expect(done).toMatchObject({
      dryRun: false,
      sessionIds: ['alice-1', 'alice-2'],
      matched: 2,
      more: false,
    });
    const { receipt } = done;
    expect(receipt).toMatchObject({
      callerKind: 'ANONYMOUS',
      callerId: '',
      callerName: 'anonymous',
      sessions: 2,
    });
    expect(receipt.digest).toBe(createHash('sha256').update('["alice-1","alice-2"]').digest('hex'));
    expect(Math.abs(Date.parse(receipt.at) - Date.now())).toBeLessThan(600_000);
    expect(receipt.remains.length).toBeGreaterThan(1);
    expect(receipt.remains.filter(({ left }: { left: number }) => left > 0)).toEqual([]);
    // When the receipt is there, nothing has to be waited for.
    expect(await has(SECRET)).toBe(false);
    expect(await has('what Bob said')).toBe(true);

    expect((await feed.next()).__typename).toBe('SessionDeleted');
    expect(await feed.ended).toBeNull();
    await client.dispose();
    const storage = await createStrandsStorage(database.options);
    expect(await storage.list('')).toEqual([latest('bob-1')]);
    await storage.close();
  });

  it('is in the audit, session by session, and has one effect when it is repeated', async () => {
    expect(await erase({ filter: userIs('alice') })).toEqual({
      dryRun: false,
      sessionIds: [],
      matched: 0,
      more: false,
      receipt: null,
    });
    await eventually(async () => {
      const { auditLog } = await run('{ auditLog(first: 200) { nodes { action sessionId outcome } } }');
      const erased = auditLog.nodes.filter(({ action }: { action: string }) => action === 'eraseSessions');
      expect(erased.reverse()).toEqual(
        ['alice-1', 'alice-2'].map((sessionId) => ({ action: 'eraseSessions', sessionId, outcome: 'ok' })),
      );
    });
  });

  it('takes a hundred sessions at a time, and says while there are more', async () => {
    const create = 'mutation ($input: CreateSessionInput!) { createSession(input: $input) { __typename } }';
    const ids = Array.from({ length: 103 }, (_, index) => `many-${index}`);
    await Promise.all(ids.map((sessionId) => run(create, { input: { sessionId, applicationName: 'many' } })));
    const erased: string[] = [];
    // It goes on for ten seconds at most, in which a busy machine may not get to a hundred.
    for (let more = true; more; ) {
      const part = await erase({ filter: { applicationName: 'many' } });
      expect(part.matched).toBe(103 - erased.length);
      expect(part.receipt.sessions).toBe(part.sessionIds.length);
      expect(part.receipt.sessions).toBeLessThanOrEqual(100);
      erased.push(...part.sessionIds);
      expect(part.more).toBe(erased.length < 103);
      more = part.more;
    }
    expect(new Set(erased).size).toBe(103);
  });

  it.each([
    [{}],
    [{ and: [] }],
    [{ and: [{}, { or: [{ sessionIds: ['x'] }, {}] }] }],
    [{ not: { sessionIds: [] } }],
    [{ metadata: [], sessionIds: null }],
    [{ withoutApplicationName: false }],
  ])('refuses the filter %j, which every session matches', async (filter) => {
    for (const dryRun of [true, false]) {
      const { body } = await server.request(ERASE, { input: { filter, dryRun } });
      expect(body.errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
      expect(body.errors[0].message).toContain('matches every session');
    }
    expect((await run('{ sessions { totalCount } }')).sessions.totalCount).toBe(1);
  });
});

it('a caller erases within its reach alone, and its receipt says who it was', async () => {
  const server = await startServer();
  const key = (reach: object, name: string) => makeKey(server.sqlitePath, ['delete'], reach, { name });
  const all = await makeKey(server.sqlitePath, ['append', 'read', 'admin']);
  const shop = await key({ applicationName: 'shop' }, 'gdpr');
  const nobody = await key({ metadata: { 'user.id': 'nobody' } }, 'other');
  const create = 'mutation ($input: CreateSessionInput!) { createSession(input: $input) { __typename } }';
  for (const applicationName of ['shop', 'desk']) {
    const input = { sessionId: `${applicationName}-1`, applicationName, metadata: { user: { id: 'alice' } } };
    await askAs(server.url, all.bearer, create, { input });
  }
  const erase = async (bearer: string, filter: object) =>
    (await askAs(server.url, bearer, ERASE, { input: { filter } })).data.eraseSessions;
  expect(await erase(nobody.bearer, userIs('alice'))).toMatchObject({ sessionIds: [], matched: 0 });
  expect(await erase(shop.bearer, { sessionIds: ['desk-1'] })).toMatchObject({ sessionIds: [], matched: 0 });
  const { errors } = await askAs(server.url, shop.bearer, ERASE, { input: { filter: {} } });
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  const done = await erase(shop.bearer, userIs('alice'));
  expect(done).toMatchObject({
    sessionIds: ['shop-1'],
    matched: 1,
    receipt: { callerKind: 'KEY', callerId: shop.id, callerName: 'gdpr' },
  });
  const { data } = await askAs(server.url, all.bearer, '{ sessions { nodes { sessionId } } }');
  expect(data.sessions.nodes).toEqual([{ sessionId: 'desk-1' }]);
  await server.stop();
});

it('docs/retention.md: its commands show and erase what it says', async () => {
  const server = await startServer();
  const create = 'mutation ($input: CreateSessionInput!) { createSession(input: $input) { __typename } }';
  for (const user of ['alice', 'bob']) {
    await server.request(create, { input: { sessionId: `${user}-1`, metadata: { user: { id: user } } } });
  }
  const [command = ''] = (await shellBlocks('retention.md')).filter((text) => text.includes('eraseSessions'));
  const address = new URL(server.url).host;
  const shell = async (text: string) => JSON.parse(await runShell(text, { address }));
  const { data: asked } = await shell(command);
  expect(asked.eraseSessions).toMatchObject({ matched: 1, sessionIds: ['alice-1'], receipt: null });
  const { data: done } = await shell(command.replace('"dryRun": true', '"dryRun": false'));
  expect(done.eraseSessions).toMatchObject({ matched: 1, more: false, receipt: { sessions: 1 } });
  const page = await readFile(new URL('../../docs/retention.md', import.meta.url), 'utf8');
  const example = JSON.parse(/```json\n(\{"at"[\s\S]*?)```/.exec(page)?.[1] ?? '');
  const { at: _shown, callerName: _name, ...shown } = example;
  const { at: _at, callerName: _caller, ...receipt } = done.eraseSessions.receipt;
  expect(receipt).toEqual(shown);
  const { body } = await server.request('{ sessions { nodes { sessionId } } }');
  expect(body.data.sessions.nodes).toEqual([{ sessionId: 'bob-1' }]);
  await server.stop();
});
