import { createClient } from 'graphql-ws';
import { beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Reach, SCOPES, type Scope } from '../../src/domain/access/policy.js';
import { makeKey } from '../support/access.js';
import { answerOf, everyFieldApart } from '../support/every-field.js';
import { guardedServer } from '../support/guarded-server.js';
import { NEEDS } from '../support/root-fields.js';

const stage = guardedServer();
const LEVELS = 5;
/** In everything that is stored beyond the reach of the callers, and in nothing else. */
const SECRET = 'c0ffee5ec2e7';

const globalId = (...parts: (string | number)[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
const replyOf = (id: string) => `reply of ${id}`;
const message = { role: 'USER', text: 'x' };

/** What each root field is asked of a session by its id, in several ways; null: it is about none, or for all of them (below). */
const ABOUT: Record<string, ((id: string) => object)[] | null> = {
  'Query.caller': null,
  'Query.sessions': [
    (id) => ({ filter: { sessionIds: [id] } }),
    (id) => ({ filter: { sessionIdPrefix: id } }),
    (id) => ({ filter: { or: [{ sessionIds: [id] }, { not: { sessionType: 'AGENT' } }] } }),
    () => ({ filter: { metadata: [{ path: 'secret', eq: SECRET }] } }),
    () => ({ filter: { agentIds: [SECRET] } }),
  ],
  'Query.serverStatus': null,
  'Query.auditLog': [(id) => ({ sessionId: id })],
  'Query.webhookEndpoints': null,
  'Query.webhookDeadLetters': null,
  'Query.node': [
    (id) => ({ id: globalId('Session', id) }),
    (id) => ({ id: globalId('Agent', id, 'a') }),
    (id) => ({ id: globalId('Message', id, 'a', 0) }),
  ],
  'Query.session': [(id) => ({ sessionId: id })],
  'Mutation.createSession': null,
  'Mutation.deleteSession': [(id) => ({ input: { sessionId: id } })],
  'Mutation.eraseSessions': [
    (id) => ({ input: { filter: { sessionIds: [id] }, dryRun: true } }),
    (id) => ({ input: { filter: { sessionIds: [id] } } }),
  ],
  'Mutation.upsertAgent': [(id) => ({ input: { sessionId: id, agentId: 'a' } })],
  'Mutation.appendMessages': [
    (id) => ({ input: { sessionId: id, agentId: 'a', messages: [message] } }),
    (id) => ({ input: { sessionId: id, agentId: 'a', messages: [message], expectedMessageCount: 7 } }),
    (id) => ({ input: { sessionId: id, agentId: 'a', messages: [message], idempotencyKey: 'known' } }),
    (id) => ({ input: { sessionId: id, agentId: 'a', messages: [{ ...message, clientId: 'client' }] } }),
  ],
  'Mutation.recordMetrics': [
    (id) => ({ input: { sessionId: id, agentId: 'a', messageId: 0, metrics: {} } }),
    (id) => ({ input: { id: globalId('Message', id, 'a', 0), metrics: {} } }),
  ],
  'Mutation.redactMessage': [
    (id) => ({ input: { sessionId: id, agentId: 'a', clientId: 'client', replacement: message } }),
  ],
  'Mutation.updateMetadata': [
    (id) => ({ input: { sessionId: id, set: { a: 1 } } }),
    (id) => ({ input: { sessionId: id, set: { 'secret.x': 1 } } }),
  ],
  'Mutation.deleteMetadata': [(id) => ({ input: { sessionId: id, paths: ['secret'] } })],
  'Mutation.addFeedback': [(id) => ({ input: { sessionId: id, rating: 'UP' } })],
  'Mutation.createSessionToken': [(id) => ({ input: { sessionId: id, scopes: ['READ'] } })],
  'Mutation.startReply': [(id) => ({ input: { sessionId: id, agentId: 'a' } })],
  'Mutation.continueReply': [
    (id) => ({ input: { replyId: replyOf(id), epoch: 1, offset: 0, parts: [] } }),
    (id) => ({ input: { replyId: replyOf(id), epoch: 1, offset: 99, parts: [] } }),
    (id) => ({ input: { replyId: replyOf(id), epoch: 9, offset: 0, parts: [] } }),
  ],
  'Mutation.finishReply': [(id) => ({ input: { replyId: replyOf(id), epoch: 1 } })],
  'Mutation.abortReply': [
    (id) => ({ input: { replyId: replyOf(id) } }),
    (id) => ({ input: { replyId: replyOf(id), keep: 'MESSAGE' } }),
  ],
  'Mutation.writeSnapshot': [(id) => ({ input: { sessionId: id, key: 'k', data: '' } })],
  'Mutation.deleteSnapshot': [(id) => ({ input: { sessionId: id, key: 'k' } })],
  'Subscription.messageAdded': [(id) => ({ sessionId: id, replies: true })],
  'Subscription.sessionEvents': [(id) => ({ sessionId: id, replies: true })],
  'Subscription.sessionActivity': null,
};
/** The types of the arguments that are given. */
const TYPES: Record<string, string> = {
  filter: 'SessionFilter',
  sessionId: 'ID!',
  id: 'ID!',
  replies: 'Boolean',
  first: 'Int',
};

/** `snapshot` is what a session token cannot ask for; `edges` have nothing that `nodes` have not. */
const WITHOUT = ['snapshot', 'snapshotKeys', 'edges'];

/** Documents that ask for every field of the answer together. */
function documentsOf(label: string, variables: object): string[] {
  const [root = '', name = ''] = label.split('.');
  const typeOf = (argument: string) =>
    argument === 'input' ? `${name[0]?.toUpperCase()}${name.slice(1)}Input!` : TYPES[argument];
  const names = Object.keys(variables);
  const declared = names.map((argument) => `$${argument}: ${typeOf(argument)}`).join(', ');
  const given = names.map((argument) => `${argument}: $${argument}`).join(', ');
  const call = names.length > 0 ? `${name}(${given})` : name;
  const levels = root === 'Mutation' ? 3 : LEVELS;
  return everyFieldApart(answerOf(label), levels, WITHOUT).map(
    (selection) => `${root.toLowerCase()} Ask${declared && `(${declared})`} { ${call} { ${selection} } }`,
  );
}

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

const LIMITED: Record<string, Reach> = {
  application: { applicationName: 'shop' },
  prefix: { sessionIdPrefix: 'shop-' },
  metadata: { metadata: { 'user.id': 'alice' } },
  'one session': { sessionId: 'shop-own' },
  all: { applicationName: 'shop', sessionIdPrefix: 'shop-', metadata: { 'user.id': 'alice' } },
};
const bearers: Record<string, string> = {};
const SCOPED = SCOPES.filter((scope): scope is Exclude<Scope, 'admin'> => scope !== 'admin');
beforeAll(async () => {
  const own = { applicationName: 'shop', metadata: { user: { id: 'alice' } } };
  const foreign = { applicationName: 'desk', metadata: { user: { id: 'bob' }, secret: SECRET } };
  await fill('shop-own', 'own', own);
  await fill('desk-foreign', SECRET, foreign);
  for (const [name, reach] of Object.entries(LIMITED))
    bearers[name] = (await makeKey(stage.server.sqlitePath, SCOPED, reach)).bearer;
  const { data } = await stage.ask(
    stage.everything,
    'mutation { createSessionToken(input: {sessionId: "shop-own", scopes: [READ, APPEND, REPLY, FEEDBACK]}) { token } }',
  );
  bearers['a session token'] = `Bearer ${data.createSessionToken.token}`;
});
const LIMITS = [...Object.keys(LIMITED), 'a session token'];

/** The answer, without what any two answers differ in, and with the ids taken out. */
function anonymous(answer: object, id: string): string {
  const text = JSON.stringify(answer, (key, value) =>
    ['headers', 'cursor', 'startCursor', 'endCursor', 'correlationId'].includes(key) ? null : value,
  );
  const globals = [globalId('Session', id), globalId('Agent', id, 'a'), globalId('Message', id, 'a', 0)];
  return [...globals, id].reduce((left, word) => left.replaceAll(word, '<id>'), text);
}

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

/** Answers of operations that were never carried out. */
const UNASKED =
  /GRAPHQL_VALIDATION_FAILED|GRAPHQL_PARSE_FAILED|QUERY_TOO_COMPLEX|BAD_REQUEST|UNAUTHENTICATED/;

it('every root field is asked of a session, or it is said that it is of none', () => {
  expect(Object.keys(ABOUT).sort()).toEqual(Object.keys(NEEDS).sort());
});

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
