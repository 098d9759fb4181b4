import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createStrandsStorage } from '../../src/adapters/strands/index.js';
import type { Reach, Scope } from '../../src/domain/access/policy.js';
import { askAs, codes, makeKey } from '../support/access.js';
import { eventually } from '../support/eventually.js';
import { type RunningServer, startServer } from '../support/server.js';
import { SERVERS } from '../support/server-on-mongo.js';

const WRITE = `mutation ($input: WriteSnapshotInput!) { writeSnapshot(input: $input) {
  snapshot { key data writtenAt } session { sessionId messageCount } } }`;
const DELETE = 'mutation ($input: DeleteSnapshotInput!) { deleteSnapshot(input: $input) { key } }';
const READ =
  'query ($id: ID!, $key: String!) { session(sessionId: $id) { snapshot(key: $key) { key data writtenAt } } }';
const KEYS = `query ($id: ID!, $prefix: String, $after: String, $first: Int) {
  session(sessionId: $id) { snapshotKeys(prefix: $prefix, after: $after, first: $first) } }`;
const CREATE =
  'mutation ($input: CreateSessionInput!) { createSession(input: $input) { session { sessionId } } }';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe.each(SERVERS)('snapshots on %s', (_name, start) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  const answer = async (query: string, variables: object) =>
    (await server.request(query, variables as Record<string, unknown>)).body;
  const ask = async (query: string, variables: object) => {
    const { data, errors } = await answer(query, variables);
    expect(errors).toBeUndefined();
    return data;
  };
  const refusal = async (query: string, variables: object) =>
    (await answer(query, variables)).errors?.map(
      ({ extensions }: { extensions: { code: string } }) => extensions.code,
    );
  const write = (sessionId: string, key: string, text: string, more: object = {}) =>
    ask(WRITE, { input: { sessionId, key, data: base64(text), createIfMissing: true, ...more } });
  const read = async (id: string, key: string) => (await ask(READ, { id, key })).session.snapshot;
  const keys = async (id: string, more: object = {}) =>
    (await ask(KEYS, { id, ...more })).session.snapshotKeys;

  it('are kept, replaced and removed, byte for byte, each in its own session', async () => {
    const before = Date.now();
    const { writeSnapshot } = await write('one', 'state', 'first');
    expect(writeSnapshot).toEqual({
      snapshot: { key: 'state', data: base64('first'), writtenAt: expect.any(String) },
      session: { sessionId: 'one', messageCount: 0 },
    });
    expect(Date.parse(writeSnapshot.snapshot.writtenAt)).toBeGreaterThanOrEqual(before);
    expect(await read('one', 'state')).toEqual(writeSnapshot.snapshot);
    const every = Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index));
    for (const [spelled, stored] of [
      [every.toString('base64url'), every.toString('base64')],
      ['', ''],
    ]) {
      await ask(WRITE, { input: { sessionId: 'one', key: 'state', data: spelled } });
      expect((await read('one', 'state')).data).toBe(stored);
    }
    await write('two/with%2Fslash', 'state', 'other');
    expect(await read('two/with%2Fslash', 'state')).toMatchObject({ data: base64('other') });
    expect(await read('one', 'State')).toBeNull();
    const removal = { input: { sessionId: 'one', key: 'state' } };
    for (const _ of ['there', 'gone'])
      expect(await ask(DELETE, removal)).toEqual({ deleteSnapshot: { key: 'state' } });
    expect(await read('one', 'state')).toBeNull();
    expect(await read('two/with%2Fslash', 'state')).not.toBeNull();
  });

  it('are listed by the beginning of their keys, in pages', async () => {
    const all = ['a', 'b/1', 'b/2', 'context/x', 'context/y', 'd', '\uffff', '\u{1f600}'];
    for (const key of [...all].reverse()) await write('listed', key, key);
    expect(await keys('listed')).toEqual(all);
    const pages: string[] = [];
    for (let page = ['']; page.length > 0; ) {
      page = await keys('listed', { first: 3, ...(pages.length > 0 ? { after: pages.at(-1) } : {}) });
      pages.push(...page);
    }
    expect(pages).toEqual(all);
    expect(await keys('listed', { prefix: 'b/' })).toEqual(['b/1', 'b/2']);
    expect(await keys('listed', { prefix: 'context/', after: 'context/x' })).toEqual(['context/y']);
    expect(await keys('listed', { prefix: 'con', after: 'd' })).toEqual([]);
    expect(await keys('listed', { first: 0 })).toEqual([]);
  });

  it('need a session, which is made only where that is asked for', async () => {
    const input = { sessionId: 'missing', key: 'k', data: '' };
    expect(await refusal(WRITE, { input })).toEqual(['SESSION_NOT_FOUND']);
    expect(await refusal(DELETE, { input: { sessionId: 'missing', key: 'k' } })).toEqual([
      'SESSION_NOT_FOUND',
    ]);
    expect((await ask(READ, { id: 'missing', key: 'k' })).session).toBeNull();
    await Promise.all(Array.from({ length: 5 }, (_, n) => write('made', `${n}`, 'x')));
    expect(await keys('made')).toHaveLength(5);
  });

  it('are gone with their session, and one made anew has none', async () => {
    await write('deleted', 'state', 'x');
    await write('deleted', 'context/state', 'x');
    await ask('mutation { deleteSession(input: { sessionId: "deleted" }) { sessionId } }', {});
    await ask(CREATE, { input: { sessionId: 'deleted' } });
    expect(await keys('deleted')).toEqual([]);
    expect(await read('deleted', 'state')).toBeNull();
  });

  it.each([
    ['no base64', { data: 'x$' }, 'BAD_USER_INPUT'],
    ['an empty key', { key: '' }, 'INVALID_NAME'],
    ['a NUL in the key', { key: 'a\0' }, 'INVALID_NAME'],
    ['a key that is too long', { key: 'k'.repeat(2_048) }, 'INVALID_NAME'],
    ['an empty session id', { sessionId: '' }, 'INVALID_NAME'],
  ])('are refused for %s, and nothing is made', async (_what, wrong, code) => {
    const input = { sessionId: 'refused', key: 'k', data: '', createIfMissing: true, ...wrong };
    expect(await refusal(WRITE, { input })).toEqual([code]);
    expect((await ask(READ, { id: 'refused', key: 'k' })).session).toBeNull();
  });

  it('are read in pages of 200 keys at most', async () => {
    await write('paged', 'k', 'x');
    expect(await refusal(KEYS, { id: 'paged', first: 201 })).toEqual(['BAD_USER_INPUT']);
    expect(await refusal(KEYS, { id: 'paged', after: 'a\0' })).toEqual(['INVALID_NAME']);
  });

  it('that are refused keep what comes behind them in one operation from being done', async () => {
    const both = `mutation ($snapshot: WriteSnapshotInput!, $messages: AppendMessagesInput!) {
      writeSnapshot(input: $snapshot) { snapshot { key } } appendMessages(input: $messages) { agent { messageCount } } }`;
    const messages = {
      sessionId: 'together',
      agentId: 'a',
      createIfMissing: true,
      messages: [{ role: 'USER', text: 'Hi' }],
    };
    const snapshot = { sessionId: 'together', key: 'k', data: 'x$', createIfMissing: true };
    for (const _ of ['interpreted', 'planned'])
      expect(await refusal(both, { snapshot, messages })).toEqual(['BAD_USER_INPUT']);
    expect((await ask(READ, { id: 'together', key: 'k' })).session).toBeNull();
    const { appendMessages } = await ask(both, { snapshot: { ...snapshot, data: '' }, messages });
    expect(appendMessages).toEqual({ agent: { messageCount: 1 } });
  });
});

describe('snapshots', () => {
  let server: RunningServer;
  let everything: string;
  beforeAll(async () => {
    server = await startServer({ maxReadBytes: 2 * 1024 * 1024 });
    everything = await bearerOf(['read', 'append', 'snapshot', 'admin', 'redact']);
    for (const sessionId of ['own', 'foreign'])
      await ask(everything, WRITE, {
        input: { sessionId, key: 'state', data: base64('kept'), createIfMissing: true },
      });
  });
  afterAll(() => server.stop());

  const bearerOf = async (scopes: Scope[], reach: Reach = {}) =>
    (await makeKey(server.sqlitePath, scopes, reach)).bearer;
  const ask = (bearer: string, query: string, variables: object) =>
    askAs(server.url, bearer, query, variables);

  it('are shown to nobody without their scope, whatever else they may do', async () => {
    const others = await bearerOf([
      'read',
      'append',
      'reply',
      'metadata',
      'feedback',
      'redact',
      'delete',
      'admin',
    ]);
    for (const query of [READ, KEYS]) {
      const refused = await ask(others, query, { id: 'own', key: 'state' });
      expect(codes(refused)).toEqual(['FORBIDDEN']);
      expect(JSON.stringify(refused.data)).not.toContain(base64('kept'));
    }
    const token = await ask(
      others,
      'mutation { createSessionToken(input: {sessionId: "own", scopes: [READ, APPEND]}) { token } }',
      {},
    );
    const viewer = `Bearer ${token.data.createSessionToken.token}`;
    expect(codes(await ask(viewer, READ, { id: 'own', key: 'state' }))).toEqual(['FORBIDDEN']);
  });

  it('are written by whoever may not read, who is told what it gave', async () => {
    const writer = await bearerOf(['snapshot']);
    const input = { sessionId: 'own', key: 'other', data: base64('mine') };
    const { data } = await ask(writer, WRITE.replace('messageCount', ''), { input });
    expect(data.writeSnapshot).toMatchObject({
      snapshot: { data: base64('mine') },
      session: { sessionId: 'own' },
    });
    expect(codes(await ask(writer, WRITE, { input }))).toEqual(['FORBIDDEN']);
    expect(codes(await ask(writer, READ, { id: 'own', key: 'other' }))).toEqual(['FORBIDDEN']);
    // The session that a write gives back shows nothing that others have written.
    for (const field of ['snapshot(key: "state") { data }', 'snapshotKeys']) {
      const around = `mutation ($input: WriteSnapshotInput!) { writeSnapshot(input: $input) {
        snapshot { key } session { ${field} } } }`;
      const answer = await ask(writer, around, { input });
      expect(codes(answer)).toEqual(['FORBIDDEN']);
      expect(JSON.stringify(answer)).not.toMatch(/"data":"|"state"/);
    }
  });

  it('of a session out of reach are answered as those of one that is not there', async () => {
    await ask(everything, CREATE, { input: { sessionId: 'shop', applicationName: 'shop' } });
    for (const reach of [{ sessionIdPrefix: 'own' }, { applicationName: 'shop' }]) {
      const limited = await bearerOf(['read', 'append', 'snapshot'], reach);
      for (const sessionId of ['foreign', 'nowhere']) {
        const input = { sessionId, key: 'state', data: '' };
        expect(codes(await ask(limited, WRITE, { input }))).toEqual(['SESSION_NOT_FOUND']);
        const making = { input: { ...input, createIfMissing: true } };
        expect(codes(await ask(limited, WRITE, making))).toEqual(['FORBIDDEN']);
        const removal = { input: { sessionId, key: 'state' } };
        expect(codes(await ask(limited, DELETE, removal))).toEqual(['SESSION_NOT_FOUND']);
        expect((await ask(limited, READ, { id: sessionId, key: 'state' })).data).toEqual({ session: null });
      }
      const own = 'applicationName' in reach ? 'shop' : 'own-new';
      const input = { sessionId: own, key: 'state', data: base64('mine'), createIfMissing: true };
      expect(codes(await ask(limited, WRITE, { input }))).toEqual([]);
      const { data } = await ask(limited, READ, { id: own, key: 'state' });
      expect(data.session.snapshot.data).toBe(base64('mine'));
    }
    const { data } = await ask(everything, READ, { id: 'foreign', key: 'state' });
    expect(data.session.snapshot.data).toBe(base64('kept'));
  });

  it('have a line in the audit for each write', async () => {
    const input = { sessionId: 'own', key: 'audited' };
    await ask(everything, WRITE, { input: { ...input, data: '' } });
    await ask(everything, DELETE, { input });
    await eventually(async () => {
      const { data } = await ask(
        everything,
        '{ auditLog(first: 2, sessionId: "own") { nodes { action outcome } } }',
        {},
      );
      expect(data.auditLog.nodes).toEqual([
        { action: 'deleteSnapshot', outcome: 'ok' },
        { action: 'writeSnapshot', outcome: 'ok' },
      ]);
    });
  });

  it('count as what an operation reads, before they are loaded', async () => {
    const data = Buffer.alloc(1_500_000, 7).toString('base64');
    await ask(everything, WRITE, { input: { sessionId: 'own', key: 'large', data } });
    const once = await ask(everything, READ, { id: 'own', key: 'large' });
    expect(once.data.session.snapshot.data).toBe(data);
    const twice =
      '{ session(sessionId: "own") { a: snapshot(key: "large") { data } b: snapshot(key: "large") { data } } }';
    expect(codes(await ask(everything, twice, {}))).toContain('QUERY_TOO_COMPLEX');
  });

  it('are those that an agent of the Strands SDK has in the database', async () => {
    const storage = await createStrandsStorage({ path: server.sqlitePath });
    onTestFinished(() => storage.close());
    await storage.write('session/own/scopes/agent/a/snapshots/snapshot_latest.json', Buffer.from('sdk'));
    const key = 'agent/a/snapshots/snapshot_latest.json';
    const { data } = await ask(everything, READ, { id: 'own', key });
    expect(data.session.snapshot).toMatchObject({ key, data: base64('sdk') });
    const input = { sessionId: 'own', key: 'context/agent/a/tool_0', data: base64('api') };
    await ask(everything, WRITE, { input });
    expect(await storage.read('context/own/scopes/agent/a/tool_0')).toEqual(
      new Uint8Array(Buffer.from('api')),
    );
  });
});
