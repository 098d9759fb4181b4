import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { SCOPES } from '../../src/domain/access/policy.js';
import { askAs, codes, makeKey } from '../support/access.js';
import { eventually } from '../support/eventually.js';
import { guardedServer, REFUSALS } from '../support/guarded-server.js';
import { NEEDS, rootFields } from '../support/root-fields.js';
import { startServer } from '../support/server.js';

const stage = guardedServer();
const { ask, askLive, bearers, refusalsOf } = stage;

describe('the audit', () => {
  it('has each write and each refusal: who, what, when, from where and how it ended', async () => {
    const key = await makeKey(stage.server.sqlitePath, ['append'], {}, { name: 'writer' });
    await ask(key.bearer, 'mutation { createSession(input: {sessionId: "audited"}) { __typename } }');
    await ask(key.bearer, 'mutation { createSession(input: {sessionId: "audited"}) { __typename } }');
    await ask(key.bearer, '{ session(sessionId: "audited") { sessionId } }');
    const AUDIT =
      'query ($who: String, $after: String) { auditLog(first: 2, callerId: $who, after: $after) { nodes { callerKind callerName action sessionId outcome from at } pageInfo { hasNextPage endCursor } } }';
    const first = await eventually(async () => {
      const { auditLog } = (await ask(bearers.admin, AUDIT, { who: key.id })).data;
      // The last of the three is written by itself where the others did not wait for it.
      expect(auditLog.pageInfo.hasNextPage).toBe(true);
      return auditLog;
    });
    const second = (await ask(bearers.admin, AUDIT, { who: key.id, after: first.pageInfo.endCursor })).data
      .auditLog;
    const common = {
      callerKind: 'KEY',
      callerName: 'writer',
      sessionId: 'audited',
      from: expect.stringContaining('127.0.0.1'),
      at: expect.any(String),
    };
    expect([...first.nodes, ...second.nodes]).toEqual([
      { ...common, action: 'loadSessions', sessionId: null, outcome: 'FORBIDDEN' },
      { ...common, action: 'createSession', outcome: 'SESSION_EXISTS' },
      { ...common, action: 'createSession', outcome: 'ok' },
    ]);
    await ask(null, '{ __typename }');
    await eventually(async () => {
      const query = 'query { auditLog(first: 200) { nodes { action outcome callerKind } } }';
      expect((await ask(bearers.admin, query)).data.auditLog.nodes).toContainEqual({
        action: 'authenticate',
        outcome: 'UNAUTHENTICATED',
        callerKind: 'ANONYMOUS',
      });
    });
  });

  const refusable = rootFields().filter(({ type, name }) => NEEDS[`${type}.${name}`] !== null);
  it.each(refusable.map((field) => [`${field.type}.${field.name}`, field] as const))(
    'has the refusal of %s, over HTTP and WebSocket',
    async (label, field) => {
      const scopes = SCOPES.filter((scope) => scope !== NEEDS[label]);
      const key = await makeKey(stage.server.sqlitePath, scopes);
      const overHttp = field.type !== 'Subscription';
      if (overHttp) await ask(key.bearer, field.document, field.variables);
      await askLive(key.bearer, field);
      await eventually(async () => {
        // Those of two minutes where one has ended meanwhile.
        const told = await refusalsOf(key.id);
        expect(new Set(told.map(({ action, outcome }) => `${action} ${outcome}`)).size).toBe(1);
        expect(told[0]?.outcome).toBe('FORBIDDEN');
        expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(overHttp ? 2 : 1);
      });
    },
  );

  it('has what of an operation was refused otherwise, once: its cost, its size, a field of its answer', async () => {
    const { id, bearer } = await makeKey(stage.server.sqlitePath, ['append']);
    const countOf = async (action: string, outcome: string) =>
      (await refusalsOf(id))
        .filter((entry) => entry.action === action && entry.outcome === outcome)
        .reduce((sum, { count }) => sum + count, 0);
    const expected = async (action: string, outcome: string, count: number) =>
      eventually(async () => expect(await countOf(action, outcome)).toBe(count));
    const deep = '{ sessions(first: 200) { nodes { agents { messages(first: 200) { nodes { role } } } } } }';
    for (let n = 0; n < 2; n++) {
      expect(codes(await ask(bearer, deep))).toEqual(['QUERY_TOO_COMPLEX']);
      const made = await ask(bearer, 'mutation { createSession(input: {}) { session { updatedAt } } }');
      expect(codes(made)).toEqual(['FORBIDDEN']);
    }
    await expected('operation', 'QUERY_TOO_COMPLEX', 2);
    await expected('operation', 'FORBIDDEN', 2);
    const socket = createClient({
      url: stage.server.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: bearer },
    });
    const asked = () => socket.iterate({ query: deep }).next();
    for (let n = 0; n < 2; n++)
      await expect(asked()).rejects.toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }]);
    await socket.dispose();
    await expected('operation', 'QUERY_TOO_COMPLEX', 4);
  });

  it('has an answer that is too long, the first time as the next, over HTTP and WebSocket', async () => {
    const { id, bearer } = await makeKey(stage.server.sqlitePath, ['read']);
    const messages = [{ role: 'USER', text: 'x'.repeat(4 * 1024 * 1024) }];
    const input = { sessionId: 'too-long', agentId: 'a', createIfMissing: true, messages };
    const APPEND = 'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }';
    expect((await ask(bearers.append, APPEND, { input })).errors).toBeUndefined();
    const texts = Array.from({ length: 9 }, (_, n) => `t${n}: text`).join(' ');
    const query = (name: string) =>
      `query ${name} { session(sessionId: "too-long") { agent(agentId: "a") { messages(last: 1) { nodes { ${texts} } } } } }`;
    for (let n = 0; n < 2; n++)
      expect(codes(await ask(bearer, query('Http')))).toEqual(['QUERY_TOO_COMPLEX']);
    for (let n = 0; n < 2; n++) {
      const field = { type: 'Query' as const, name: '', document: query('Socket'), variables: {} };
      expect(codes(await askLive(bearer, field))).toEqual(['QUERY_TOO_COMPLEX']);
    }
    await eventually(async () => {
      const told = await refusalsOf(id);
      expect(told.every((entry) => entry.outcome === 'QUERY_TOO_COMPLEX')).toBe(true);
      expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    });
  });

  it('has what never became an operation: foreign pages and wrong credentials, over HTTP and WebSocket', async () => {
    const apart = await startServer();
    onTestFinished(() => apart.stop());
    const admin = (await makeKey(apart.sqlitePath, ['admin'])).bearer;
    const headers = { origin: 'https://foreign.example', 'content-type': 'application/json' };
    expect((await fetch(apart.url, { method: 'POST', headers, body: '{}' })).status).toBe(403);
    const url = apart.url.replace('http', 'ws');
    await new Promise((resolve) => {
      const socket = new WebSocket(url, 'graphql-transport-ws', { origin: 'https://foreign.example' });
      socket.on('error', () => {});
      socket.on('close', resolve);
    });
    await askAs(apart.url, 'Bearer x', '{ __typename }');
    for (const authorization of [7, 'Bearer x', 'Bearer a.b.c']) {
      await new Promise((resolve) => {
        createClient({
          url,
          webSocketImpl: WebSocket,
          lazy: false,
          onNonLazyError: () => {},
          retryAttempts: 0,
          connectionParams: { authorization },
          on: { closed: resolve },
        });
      });
    }
    const counted = async () => {
      const { data } = await askAs(apart.url, admin, REFUSALS);
      const sums: Record<string, number> = {};
      for (const { action, outcome, count } of data.auditLog.nodes) {
        sums[`${action} ${outcome}`] = (sums[`${action} ${outcome}`] ?? 0) + count;
      }
      return sums;
    };
    await eventually(async () =>
      expect(await counted()).toEqual({ 'request FORBIDDEN': 2, 'authenticate UNAUTHENTICATED': 4 }),
    );
  });

  it('shows a limited admin nothing of what webhooks are sent of all sessions', async () => {
    const limited = await makeKey(stage.server.sqlitePath, ['admin'], { applicationName: 'app' });
    for (const query of [
      '{ webhookEndpoints { name } }',
      '{ webhookDeadLetters(endpoint: "crm") { nodes { id } } }',
    ]) {
      expect(codes(await ask(limited.bearer, query))).toEqual(['FORBIDDEN']);
      expect((await ask(bearers.admin, query)).errors).toBeUndefined();
    }
  });

  it('tells a limited admin of sessions within its reach alone, one at a time', async () => {
    const create = (id: string, user: string) =>
      ask(
        stage.everything,
        `mutation { createSession(input: {sessionId: "${id}", metadata: {user: {id: "${user}"}}}) { session { id } } }`,
      );
    await create('logged-alice', 'alice');
    await create('logged-bob', 'bob');
    const query = 'query ($id: ID) { auditLog(sessionId: $id) { nodes { action sessionId } } }';
    const entries = async (bearer: string, id: string) =>
      (await ask(bearer, query, { id })).data.auditLog.nodes.map(({ action }: { action: string }) => action);
    await eventually(async () =>
      expect(await entries(bearers.admin, 'logged-bob')).toEqual(['createSession']),
    );
    for (const reach of [{ metadata: { 'user.id': 'alice' } }, { sessionIdPrefix: 'logged-a' }]) {
      const { bearer } = await makeKey(stage.server.sqlitePath, ['admin'], reach);
      expect(await entries(bearer, 'logged-alice')).toEqual(['createSession']);
      expect(await entries(bearer, 'logged-bob')).toEqual([]);
      expect(await entries(bearer, 'nobody')).toEqual([]);
      expect(codes(await ask(bearer, query))).toEqual(['FORBIDDEN']);
    }
  });

  it('shows a limited admin nothing of what a session of the same name was before', async () => {
    const { bearer } = await makeKey(stage.server.sqlitePath, ['admin'], {
      metadata: { 'user.id': 'alice' },
    });
    const create = (user: string) =>
      ask(
        stage.everything,
        `mutation { createSession(input: {sessionId: "reused", metadata: {user: {id: "${user}"}}}) { session { id } } }`,
      );
    await create('bob');
    await ask(stage.everything, 'mutation { deleteSession(input: {sessionId: "reused"}) { sessionId } }');
    await create('alice');
    const query = '{ auditLog(sessionId: "reused") { nodes { action } } }';
    const count = async (as: string) => (await ask(as, query)).data.auditLog.nodes.length;
    await eventually(async () => expect(await count(bearers.admin)).toBe(3));
    expect(await count(bearer)).toBeLessThan(3);
    expect(await count(bearer)).toBeGreaterThan(0);
  });

  it('counts what is refused to one caller within a minute in one entry, and every wrong token of an address', async () => {
    const key = await makeKey(stage.server.sqlitePath, ['read']);
    const document = 'mutation { deleteSession(input: {sessionId: "audited"}) { sessionId } }';
    const counted = async () => {
      const found = (await refusalsOf(key.id)).filter(({ action }) => action === 'deleteSession');
      return { entries: found.length, count: found.reduce((sum, { count }) => sum + count, 0) };
    };
    for (let n = 0; n < 25; n++) expect(codes(await ask(key.bearer, document))).toEqual(['FORBIDDEN']);
    // A minute may end in between.
    await eventually(async () => expect((await counted()).count).toBe(25));
    expect((await counted()).entries).toBeLessThanOrEqual(2);
    const before = (await refusalsOf('')).filter(({ action }) => action === 'authenticate').length;
    for (let n = 0; n < 25; n++) await ask(`Bearer a.b.${n}`, '{ __typename }');
    const wrong = async () => (await refusalsOf('')).filter(({ action }) => action === 'authenticate');
    await eventually(async () => expect((await wrong()).some(({ count }) => count > 10)).toBe(true));
    expect((await wrong()).length - before).toBeLessThanOrEqual(4);
  });
});
