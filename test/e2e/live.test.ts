import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CloseEvent, connect, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';
import { makeTempFolder } from '../support/temp-folder.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const SESSION_EVENTS = `subscription ($id: ID!, $after: String) { sessionEvents(sessionId: $id, after: $after) {
  __typename cursor
  ... on Ready { sessionExists }
  ... on MessageAdded { agentId message { messageId role text } }
  ... on MessageUpdated { agentId message { messageId text redacted } }
  ... on MetadataChanged { session { metadata } }
  ... on FeedbackAdded { feedback { rating comment } }
  ... on AgentUpdated { agent { agentId model } }
  ... on SessionDeleted { sessionId }
  ... on Resync { reason agentId } } }`;
const MESSAGE_ADDED = `subscription ($id: ID!, $after: String) { messageAdded(sessionId: $id, agentId: "support", after: $after) {
  __typename cursor ... on MessageAdded { message { messageId text } } } }`;
const ACTIVITY = `subscription ($app: String, $after: String) { sessionActivity(filter: {applicationName: $app}, after: $after) {
  __typename cursor ... on SessionChanged { session { sessionId updatedAt } } ... on SessionDeleted { sessionId } } }`;

async function mutate(name: string, type: string, input: object, selection = '__typename') {
  const { body } = await server.request(
    `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`,
    { input },
  );
  expect(body.errors).toBeUndefined();
  return body.data[name];
}
const say = (sessionId: string, ...texts: string[]) =>
  mutate('appendMessages', 'AppendMessagesInput', {
    sessionId,
    agentId: 'support',
    createIfMissing: true,
    messages: texts.map((text) => ({ role: 'USER', text })),
  });

describe('a subscription over a real socket', () => {
  it('tells everything that happens to a session, from before it exists until it is deleted', async () => {
    const client = connect(server.url);
    const events = follow(client, SESSION_EVENTS, { id: 'whole' });
    expect(await events.next()).toMatchObject({ __typename: 'Ready', sessionExists: false });
    await say('whole', 'Hello', 'there');
    expect(await events.next()).toMatchObject({ __typename: 'SessionCreated' });
    expect(await events.next()).toMatchObject({
      agentId: 'support',
      message: { messageId: 0, text: 'Hello' },
    });
    expect(await events.next()).toMatchObject({
      agentId: 'support',
      message: { messageId: 1, text: 'there' },
    });
    await mutate('updateMetadata', 'UpdateMetadataInput', {
      sessionId: 'whole',
      set: { 'user.id': 'alice' },
    });
    expect(await events.next()).toMatchObject({ session: { metadata: { user: { id: 'alice' } } } });
    await mutate('addFeedback', 'AddFeedbackInput', { sessionId: 'whole', rating: 'UP', comment: 'Good' });
    expect(await events.next()).toMatchObject({ feedback: { rating: 'UP', comment: 'Good' } });
    await mutate('upsertAgent', 'UpsertAgentInput', { sessionId: 'whole', agentId: 'support', model: 'm' });
    expect(await events.next()).toMatchObject({ agent: { agentId: 'support', model: 'm' } });
    await mutate('redactMessage', 'RedactMessageInput', {
      sessionId: 'whole',
      agentId: 'support',
      messageId: 0,
      replacement: { role: 'USER', text: '[removed]' },
    });
    expect(await events.next()).toMatchObject({
      message: { messageId: 0, text: '[removed]', redacted: true },
    });
    await mutate('deleteSession', 'DeleteSessionInput', { sessionId: 'whole' });
    expect(await events.next()).toMatchObject({ __typename: 'SessionDeleted', sessionId: 'whole' });
    expect(await events.ended).toBeNull();
    await client.dispose();
  });

  it('resumes by cursor on a new socket: what was missed, once and in order, then live', async () => {
    await say('resume', 'one');
    const first = connect(server.url);
    const before = follow(first, MESSAGE_ADDED, { id: 'resume' });
    const { cursor } = await before.next();
    await first.dispose();
    await say('resume', 'two', 'three');
    const second = connect(server.url);
    const after = follow(second, MESSAGE_ADDED, { id: 'resume', after: cursor });
    expect(await after.next()).toMatchObject({ __typename: 'Ready' });
    expect(await after.next()).toMatchObject({ message: { messageId: 1, text: 'two' } });
    expect(await after.next()).toMatchObject({ message: { messageId: 2, text: 'three' } });
    await say('resume', 'four');
    expect(await after.next()).toMatchObject({ message: { messageId: 3, text: 'four' } });
    await second.dispose();
  });

  it('is shared by many equal subscribers, each of which sees each message once', async () => {
    const clients = Array.from({ length: 30 }, () => connect(server.url));
    const feeds = clients.map((client) => follow(client, MESSAGE_ADDED, { id: 'many' }));
    await Promise.all(feeds.map((feed) => feed.next()));
    for (let count = 0; count < 10; count++) await say('many', `m${count}`);
    for (const feed of feeds) {
      expect((await feed.next()).__typename).toBe('SessionCreated');
      for (let count = 0; count < 10; count++) expect((await feed.next()).message.text).toBe(`m${count}`);
    }
    await Promise.all(clients.map((client) => client.dispose()));
  });

  it('tells the sessions of a list that change, and only those', async () => {
    const client = connect(server.url);
    const events = follow(client, ACTIVITY, { app: 'demo' });
    expect((await events.next()).__typename).toBe('Ready');
    await mutate('createSession', 'CreateSessionInput', { sessionId: 'other-app', applicationName: 'other' });
    await mutate('createSession', 'CreateSessionInput', { sessionId: 'demo-app', applicationName: 'demo' });
    const changed = await events.next();
    expect(changed).toMatchObject({ __typename: 'SessionChanged', session: { sessionId: 'demo-app' } });
    events.stop();
    await say('demo-app', 'while away');
    const again = follow(client, ACTIVITY, { app: 'demo', after: changed.cursor });
    expect((await again.next()).__typename).toBe('Ready');
    expect(await again.next()).toMatchObject({ session: { sessionId: 'demo-app' } });
    await mutate('deleteSession', 'DeleteSessionInput', { sessionId: 'demo-app' });
    expect(await again.next()).toMatchObject({ __typename: 'SessionDeleted', sessionId: 'demo-app' });
    await client.dispose();
  });

  it('also answers queries and mutations', async () => {
    const client = connect(server.url);
    const answers: unknown[] = [];
    for await (const answer of client.iterate({ query: '{ session(sessionId: "nobody") { sessionId } }' }))
      answers.push(answer);
    expect(answers).toEqual([{ data: { session: null } }]);
    await client.dispose();
  });
});

describe('what a subscription refuses', () => {
  it.each([
    ['a damaged cursor', SESSION_EVENTS, { id: 's', after: 'AAAA' }, 'INVALID_CURSOR'],
    ['a name that cannot be stored', SESSION_EVENTS, { id: '' }, 'INVALID_NAME'],
    ['a document that is none', 'subscription {', {}, 'GRAPHQL_PARSE_FAILED'],
    ['a field that is not there', 'subscription { nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a missing variable', SESSION_EVENTS, {}, 'BAD_USER_INPUT'],
    ['no operation', 'fragment F on Session { sessionId }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a filter that tests nothing',
      'subscription { sessionActivity(filter: {metadata: [{path: "a"}]}) { cursor } }',
      {},
      'BAD_USER_INPUT',
    ],
    [
      'a query that asks for too much',
      '{ sessions(first: 200) { nodes { agents { messages(last: 200) { nodes { text } } } } } }',
      {},
      'QUERY_TOO_COMPLEX',
    ],
  ])('is %s: a result with a coded error, then the end', async (_what, query, variables, code) => {
    const client = connect(server.url);
    const errors = await follow(client, query, variables).ended;
    expect(errors?.[0]?.extensions.code).toBe(code);
    expect(JSON.stringify(errors)).not.toMatch(/stack|node_modules/);
    await client.dispose();
  });

  it('is a cursor of another session', async () => {
    const client = connect(server.url);
    const { cursor } = await follow(client, SESSION_EVENTS, { id: 'mine' }).next();
    const errors = await follow(client, SESSION_EVENTS, { id: 'yours', after: cursor }).ended;
    expect(errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');
    await client.dispose();
  });

  it('is more than 200 operations on one socket, while the others go on', async () => {
    const client = connect(server.url);
    const feeds = Array.from({ length: 1_000 }, () => follow(client, MESSAGE_ADDED, { id: 'crowd' }));
    const opened = await Promise.all(
      feeds.map((feed) =>
        Promise.race([
          feed.next().then(
            () => true,
            () => false,
          ),
          feed.ended.then(() => false),
        ]),
      ),
    );
    expect(opened.filter(Boolean)).toHaveLength(200);
    const errors = await feeds.at(-1)?.ended;
    expect(errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
    await say('crowd', 'hello');
    expect((await feeds[0]?.next())?.__typename).toBe('SessionCreated');
    await client.dispose();
  });
});

describe('a server that stops', () => {
  it('closes sockets with 1012, and a client resumes at the next one by its cursor', async () => {
    const folder = await makeTempFolder();
    const sqlitePath = join(folder.path, 'shared.db');
    const first = await startServer({ sqlitePath });
    let closed: (event: CloseEvent) => void = () => {};
    const closing = new Promise<CloseEvent>((resolve) => {
      closed = resolve;
    });
    const client = connect(first.url, { onClosed: (event) => closed(event) });
    const events = follow(client, MESSAGE_ADDED, { id: 's' });
    const { cursor } = await events.next();
    await first.request(
      'mutation { appendMessages(input: {sessionId: "s", agentId: "support", createIfMissing: true, messages: [{role: USER, text: "kept"}]}) { __typename } }',
    );
    await first.stop();
    expect((await closing).code).toBe(1012);
    const second = await startServer({ sqlitePath });
    const again = follow(connect(second.url), MESSAGE_ADDED, { id: 's', after: cursor });
    expect((await again.next()).__typename).toBe('Ready');
    expect((await again.next()).__typename).toBe('SessionCreated');
    expect(await again.next()).toMatchObject({ message: { messageId: 0, text: 'kept' } });
    await second.stop();
    await folder.remove();
  });
});

describe('two servers on one file', () => {
  it("reach each other's subscribers, and take each other's cursors", async () => {
    const other = await startServer({ sqlitePath: server.sqlitePath });
    const client = connect(other.url);
    const there = follow(client, MESSAGE_ADDED, { id: 'both' });
    const { cursor } = await there.next();
    await say('both', 'from the first');
    expect((await there.next()).__typename).toBe('SessionCreated');
    expect(await there.next()).toMatchObject({ message: { text: 'from the first' } });
    const here = follow(connect(server.url), MESSAGE_ADDED, { id: 'both', after: cursor });
    expect((await here.next()).__typename).toBe('Ready');
    expect((await here.next()).__typename).toBe('SessionCreated');
    expect(await here.next()).toMatchObject({ message: { text: 'from the first' } });
    await client.dispose();
    await other.stop();
  });
});
