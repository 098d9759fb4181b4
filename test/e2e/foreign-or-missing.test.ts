import { createClient } from 'graphql-ws';
import { beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Reach, SCOPES, type Scope } from '../../src/domain/access/policy.js';
import { makeKey } from '../support/access.js';
import { ABOUT, anonymous, documentsOf, replyOf, SECRET, UNASKED } from '../support/asked-of-a-session.js';
import { guardedServer } from '../support/guarded-server.js';
import { NEEDS } from '../support/root-fields.js';
import { SERVERS } from '../support/server-on-mongo.js';

const LIMITED: Record<string, Reach> = {
  application: { applicationName: 'shop' },
  prefix: { sessionIdPrefix: 'shop-' },
  metadata: { metadata: { 'user.id': 'alice' } },
  'one session': { sessionId: 'shop-own' },
  all: { applicationName: 'shop', sessionIdPrefix: 'shop-', metadata: { 'user.id': 'alice' } },
};
const LIMITS = [...Object.keys(LIMITED), 'a session token'];
const SCOPED = SCOPES.filter((scope): scope is Exclude<Scope, 'admin'> => scope !== 'admin');

it('every root field is asked of a session, or it is said that it is of none', () => {
  expect(Object.keys(ABOUT).sort()).toEqual(Object.keys(NEEDS).sort());
});

describe.each(SERVERS)('on %s', (_engine, start) => {
  const stage = guardedServer(start);

  const write = async (name: string, input: object) => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const document = `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`;
    const { errors, data } = await stage.ask(stage.everything, document, { input });
    expect(errors).toBeUndefined();
    return data[name];
  };

  /** A session with something in every place. */
  async function fill(sessionId: string, text: string, more: object): Promise<void> {
    const secret = { secret: text };
    await write('createSession', { sessionId, ...more });
    const agent = { state: secret, conversationManagerState: secret, promptMetadata: secret };
    await write('upsertAgent', { sessionId, agentId: 'a', model: text, systemPrompt: text, ...agent });
    await write('upsertAgent', { sessionId, agentId: text });
    const said = { role: 'USER', text, metadata: secret, clientId: 'client', trackingId: text };
    const append = { sessionId, agentId: 'a', messages: [said], idempotencyKey: 'known' };
    await write('appendMessages', append);
    const redacted = { sessionId, agentId: 'a', messageId: 0, replacement: { role: 'USER', text } };
    await write('redactMessage', { ...redacted, guardrailEvent: { action: text, trace: secret } });
    await write('addFeedback', { sessionId, comment: text, fields: secret });
    await write('writeSnapshot', { sessionId, key: 'k', data: Buffer.from(text).toString('base64') });
    await write('startReply', { sessionId, agentId: 'a', replyId: replyOf(sessionId) });
    const parts = [{ block: 0, text }];
    const { data } = await stage.ask(
      stage.everything,
      'mutation ($input: ContinueReplyInput!) { continueReply(input: $input) { offset } }',
      { input: { replyId: replyOf(sessionId), epoch: 1, offset: 0, parts } },
    );
    expect(data.continueReply.offset).toBe(text.length);
  }

  const bearers: Record<string, string> = {};
  beforeAll(async () => {
    const own = { applicationName: 'shop', metadata: { user: { id: 'alice' } } };
    const foreign = { applicationName: 'desk', metadata: { user: { id: 'bob' }, secret: SECRET } };
    await fill('shop-own', 'own', own);
    await fill('desk-foreign', SECRET, foreign);
    for (const [name, reach] of Object.entries(LIMITED))
      bearers[name] = (await makeKey(stage.server.database, SCOPED, reach)).bearer;
    const { data } = await stage.ask(
      stage.everything,
      'mutation { createSessionToken(input: {sessionId: "shop-own", scopes: [READ, APPEND, REPLY, FEEDBACK]}) { token } }',
    );
    bearers['a session token'] = `Bearer ${data.createSessionToken.token}`;
  });

  /** What a subscription tells first. */
  async function first(bearer: string, query: string, variables: object): Promise<object> {
    const client = createClient({
      url: stage.server.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization: bearer },
      retryAttempts: 0,
    });
    try {
      const events = client.iterate({ query, variables: variables as Record<string, unknown> });
      return (await events.next()).value as object;
    } catch (errors) {
      return { errors };
    } finally {
      await client.dispose();
    }
  }

  async function ask(bearer: string, label: string, variables: object): Promise<object[]> {
    const answers: object[] = [];
    for (const document of documentsOf(label, variables)) {
      const isLive = label.startsWith('Subscription.');
      answers.push(await (isLive ? first : stage.ask)(bearer, document, variables));
    }
    return answers;
  }

  describe.each(LIMITS)('a caller limited by %s', (limit) => {
    it.each(
      Object.entries(ABOUT).flatMap(([label, ways]) =>
        (ways ?? []).map((way, n) => [`${label}, ${n}`, label, way] as const),
      ),
    )('is answered of a session beyond its reach as of none: %s', async (_way, label, variables) => {
      const bearer = bearers[limit] as string;
      const foreign = await ask(bearer, label, variables('desk-foreign'));
      const missing = await ask(bearer, label, variables('desk-nothing'));
      expect(anonymous(foreign, 'desk-foreign')).toBe(anonymous(missing, 'desk-nothing'));
      expect(JSON.stringify(foreign)).not.toContain(JSON.stringify(SECRET));
      expect(JSON.stringify(foreign)).not.toMatch(UNASKED);
    });

    it('sees nothing of it in anything that its own session shows, nor in a list', async () => {
      const bearer = bearers[limit] as string;
      for (const [label, variables] of [
        ['Query.sessions', {}],
        ['Query.sessions', { first: 200 }],
        ['Query.session', { sessionId: 'shop-own' }],
        ['Query.caller', {}],
        ['Subscription.sessionActivity', {}],
      ] as const) {
        const text = JSON.stringify(await ask(bearer, label, variables));
        expect(text).not.toContain('"errors"');
        expect(text).not.toMatch(new RegExp(`${SECRET}|desk-foreign|bob`));
      }
    });
  });

  it('nothing of it was changed by any of them', async () => {
    const query = `query { session(sessionId: "desk-foreign") {
    messageCount feedback { comment } metadata agents { agentId } snapshotKeys activeReplies { state text } } }`;
    const { data } = await stage.ask(stage.everything, query);
    expect(data.session).toEqual({
      messageCount: 1,
      feedback: [{ comment: SECRET }],
      metadata: { user: { id: 'bob' }, secret: SECRET },
      agents: [{ agentId: 'a' }, { agentId: SECRET }],
      snapshotKeys: ['k'],
      activeReplies: [{ state: 'WRITING', text: SECRET }],
    });
  });
});
