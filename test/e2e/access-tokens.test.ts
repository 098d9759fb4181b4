import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { codes, makeKey } from '../support/access.js';
import { eventually } from '../support/eventually.js';
import { guardedServer } from '../support/guarded-server.js';

const stage = guardedServer();
const { ask, bearers } = stage;

describe('a session token', () => {
  const MAKE =
    'mutation ($input: CreateSessionTokenInput!) { createSessionToken(input: $input) { token expiresAt } }';

  it('opens one session for a while, and with its scopes alone', async () => {
    await ask(stage.everything, 'mutation { createSession(input: {sessionId: "talk"}) { session { id } } }');
    const { data } = await ask(stage.everything, MAKE, {
      input: { sessionId: 'talk', scopes: ['READ', 'FEEDBACK'], expiresIn: 60 },
    });
    const { token, expiresAt } = data.createSessionToken;
    expect(new Date(expiresAt).getTime() - Date.now()).toBeLessThanOrEqual(60_000);
    const bearer = `Bearer ${token}`;
    expect((await ask(bearer, '{ sessions { nodes { sessionId } } }')).data.sessions.nodes).toEqual([
      { sessionId: 'talk' },
    ]);
    const feedback =
      'mutation { addFeedback(input: {sessionId: "talk", rating: UP}) { feedback { rating } } }';
    expect((await ask(bearer, feedback)).data.addFeedback.feedback).toEqual({ rating: 'UP' });
    const append =
      'mutation { appendMessages(input: {sessionId: "talk", agentId: "a", createIfMissing: true, messages: [{role: USER, text: "x"}]}) { __typename } }';
    expect(codes(await ask(bearer, append))).toEqual(['FORBIDDEN']);
    expect(codes(await ask(bearer, MAKE, { input: { sessionId: 'talk', scopes: ['READ'] } }))).toEqual([
      'FORBIDDEN',
    ]);
    expect(codes(await ask(`${bearer.slice(0, -3)}abc`, '{ __typename }'))).toEqual(['UNAUTHENTICATED']);
  });

  it('ends with its session: it neither makes it anew, nor opens a later one of its name', async () => {
    const CREATE = 'mutation { createSession(input: {sessionId: "brief"}) { session { sessionId } } }';
    await ask(stage.everything, CREATE);
    const { data } = await ask(stage.everything, MAKE, {
      input: { sessionId: 'brief', scopes: ['READ', 'APPEND'] },
    });
    const bearer = `Bearer ${data.createSessionToken.token}`;
    const append = (createIfMissing: boolean) =>
      ask(
        bearer,
        `mutation { appendMessages(input: {sessionId: "brief", agentId: "a", createIfMissing: ${createIfMissing}, messages: [{role: USER, text: "x"}]}) { messages { text } } }`,
      );
    expect((await append(true)).data.appendMessages.messages).toEqual([{ text: 'x' }]);
    expect(codes(await ask(bearer, CREATE))).toEqual(['SESSION_EXISTS']);

    await ask(stage.everything, 'mutation { deleteSession(input: {sessionId: "brief"}) { sessionId } }');
    const seen = async () => {
      const query =
        '{ session(sessionId: "brief") { messageCount } sessions { totalCount nodes { sessionId } } }';
      const answer = await ask(bearer, query);
      const appended = [await append(false), await append(true), await ask(bearer, CREATE)];
      const client = createClient({
        url: stage.server.url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: bearer },
        retryAttempts: 0,
      });
      const events = client.iterate({
        query: 'subscription { messageAdded(sessionId: "brief") { ... on Ready { sessionExists } } }',
      });
      const { value: ready } = await events.next();
      await client.dispose();
      return { shown: answer.data, codes: appended.flatMap(codes), ready: ready?.data };
    };
    const nothing = {
      shown: { session: null, sessions: { totalCount: 0, nodes: [] } },
      codes: ['SESSION_NOT_FOUND', 'FORBIDDEN', 'FORBIDDEN'],
      ready: { messageAdded: { sessionExists: false } },
    };
    expect(await seen()).toEqual(nothing);
    const exists = '{ session(sessionId: "brief") { messageCount } }';
    expect((await ask(stage.everything, exists)).data.session).toBeNull();
    await ask(stage.everything, CREATE);
    expect(await seen()).toEqual(nothing);
    expect((await ask(stage.everything, exists)).data.session).toEqual({ messageCount: 0 });
  });

  it('grants nothing that its maker may not do, and no wrong time', async () => {
    expect(
      codes(await ask(bearers.read, MAKE, { input: { sessionId: 'talk', scopes: ['APPEND'] } })),
    ).toEqual(['FORBIDDEN']);
    for (const expiresIn of [0, -1, 86_401]) {
      expect(
        codes(
          await ask(stage.everything, MAKE, { input: { sessionId: 'talk', scopes: ['READ'], expiresIn } }),
        ),
      ).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('ends with the key of whoever had it made', async () => {
    const key = await makeKey(stage.server.sqlitePath, ['read']);
    const { data } = await ask(key.bearer, MAKE, { input: { sessionId: 'talk', scopes: ['READ'] } });
    const bearer = `Bearer ${data.createSessionToken.token}`;
    expect((await ask(bearer, '{ __typename }')).status).toBe(200);
    await key.revoke();
    await eventually(async () => expect((await ask(bearer, '{ __typename }')).status).toBe(401));
  });
});

describe('the viewer password', () => {
  it('opens its own session for reading', async () => {
    const { default: Database } = await import('better-sqlite3');
    await ask(stage.everything, 'mutation { createSession(input: {sessionId: "seen"}) { session { id } } }');
    const db = new Database(stage.server.sqlitePath, { readonly: true });
    onTestFinished(() => void db.close());
    const { viewer_password: password } = db
      .prepare('SELECT viewer_password FROM sessions WHERE session_id = ?')
      .get('seen') as { viewer_password: string };
    const id = Buffer.from('seen').toString('base64url');
    const bearer = `Bearer svp_${id}.${password}`;
    expect((await ask(bearer, '{ session(sessionId: "seen") { sessionId } }')).data.session).toEqual({
      sessionId: 'seen',
    });
    expect((await ask(bearer, '{ session(sessionId: "talk") { sessionId } }')).data.session).toBeNull();
    expect(
      codes(await ask(bearer, 'mutation { deleteSession(input: {sessionId: "seen"}) { sessionId } }')),
    ).toEqual(['FORBIDDEN']);
    expect(codes(await ask(`Bearer svp_${id}.${'x'.repeat(32)}`, '{ __typename }'))).toEqual([
      'UNAUTHENTICATED',
    ]);
  });

  it('cannot be guessed at length', async () => {
    const id = Buffer.from('guessed').toString('base64url');
    const answers: string[] = [];
    for (let n = 0; n < 12; n++)
      answers.push(...codes(await ask(`Bearer svp_${id}.guess${n}`, '{ __typename }')));
    expect(answers.slice(0, 10)).toEqual(Array(10).fill('UNAUTHENTICATED'));
    expect(answers.slice(10)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    const { headers } = await ask(`Bearer svp_${id}.again`, '{ __typename }');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
