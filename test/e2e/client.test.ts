import { createServer } from 'node:http';
import { join } from 'node:path';
import { type GraphQLInputObjectType, getNamedType, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { credentialOf } from '../../src/client/credential.js';
import { type ClientOptions, createClient, type Operation, ParleyError } from '../../src/client/index.js';
import { subscriptionEvents } from '../../src/client/subscription-events.js';
import { createSchema } from '../../src/graphql/schema.js';
import { makeKey } from '../support/access.js';
import { eventually } from '../support/eventually.js';
import { folderPerTest } from '../support/folder-per-test.js';
import { freePort } from '../support/free-port.js';
import { startKillable } from '../support/killable-server.js';
import { listening } from '../support/listening.js';
import { type RunningServer, startServer } from '../support/server.js';

interface Appended {
  appendMessages: { messages: { messageId: number }[]; added: { messageId: number }[] };
}
interface Conversation {
  session: { agent: { messages: { nodes: { text: string }[] } } } | null;
}
interface Said {
  __typename: string;
  cursor: string;
  message?: { text: string };
}

const APPEND = `mutation ($input: AppendMessagesInput!) {
  appendMessages(input: $input) { messages { messageId } added { messageId } }
}`;
const TEXTS: Operation<Conversation, { id: string }> = parse(
  'query ($id: ID!) { session(sessionId: $id) { agent(agentId: "a") { messages(first: 200) { nodes { text } } } } }',
);
const FOLLOW = `subscription ($id: ID!, $after: String) {
  messageAdded(sessionId: $id, after: $after) { __typename cursor ... on MessageAdded { message { text } } }
}`;

const inputOf = (sessionId: string, ...texts: string[]) => ({
  input: {
    sessionId,
    agentId: 'a',
    createIfMissing: true,
    messages: texts.map((text) => ({ role: 'USER', text })),
  },
});

const folder = folderPerTest();
let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

function clientOf(url: string, options: Partial<ClientOptions> = {}) {
  const client = createClient({ url, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** Passes requests on, and loses the answers that `loses` says; the bodies that were passed on. */
async function losingProxy(to: string, loses: (count: number) => boolean) {
  const bodies: string[] = [];
  const proxy = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    const answer = await fetch(to, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const text = await answer.text();
    if (loses(bodies.length)) request.socket.destroy();
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  });
  return { url: await listening(proxy), bodies };
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it did not fail'),
    (error) => error as ParleyError,
  );

describe('the client: queries and mutations', () => {
  it('writes and reads, by text and by typed document', async () => {
    const client = clientOf(server.url);
    const { appendMessages } = await client.mutate<Appended>(APPEND, inputOf('written', 'one', 'two'));
    expect(appendMessages.added.map(({ messageId }) => messageId)).toEqual([0, 1]);
    const { session } = await client.query(TEXTS, { id: 'written' });
    expect(session?.agent.messages.nodes.map(({ text }) => text)).toEqual(['one', 'two']);
  });

  it('fails with the code and the words of the server', async () => {
    const client = clientOf(server.url);
    const missing = await failureOf(
      client.mutate('mutation ($input: DeleteSessionInput!) { deleteSession(input: $input) { sessionId } }', {
        input: { sessionId: 'nobody' },
      }),
    );
    expect(missing).toBeInstanceOf(ParleyError);
    expect(missing).toMatchObject({
      code: 'SESSION_NOT_FOUND',
      message: 'There is no session "nobody". Create it with createSession, or append with createIfMissing.',
      details: { path: 'deleteSession' },
    });
    const unknown = await failureOf(client.query('{ nothing }', {}));
    expect(unknown).toMatchObject({ code: 'BAD_USER_INPUT', details: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  });

  it('refuses a document that it cannot send as asked', async () => {
    const client = clientOf(server.url);
    for (const [document, said] of [
      ['{', 'cannot be read'],
      ['mutation { deleteSession(input: {sessionId: "a"}) { sessionId } }', 'it holds a mutation'],
      ['query A { __typename } query B { __typename }', 'none, or several'],
    ] as const) {
      expect(await failureOf(client.query(document, {}))).toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining(said),
      });
    }
    expect(() => createClient({ url: 'localhost:4000' })).toThrow(/it is "localhost:4000"/);
  });

  it('carries out a write once though its answers are lost', async () => {
    const { url, bodies } = await losingProxy(server.url, (count) => count < 3);
    const { appendMessages } = await clientOf(url).mutate<Appended>(APPEND, inputOf('lost', 'once'));
    expect(appendMessages.added).toHaveLength(1);
    expect(bodies).toHaveLength(3);
    expect(new Set(bodies).size).toBe(1);
    const { session } = await clientOf(server.url).query(TEXTS, { id: 'lost' });
    expect(session?.agent.messages.nodes).toEqual([{ text: 'once' }]);
  });

  it('sends again what is the same when it is made once more', async () => {
    const { url, bodies } = await losingProxy(server.url, (count) => count < 3);
    const document = `mutation ($input: WriteSnapshotInput!, $gone: DeleteSnapshotInput!) {
      writeSnapshot(input: $input) { snapshot { data } } deleteSnapshot(input: $gone) { key } }`;
    const input = { sessionId: 'again', key: 'kept', data: 'eA==', createIfMissing: true };
    const answer = await clientOf(url).mutate(document, { input, gone: { sessionId: 'again', key: 'none' } });
    expect(answer).toEqual({
      writeSnapshot: { snapshot: { data: 'eA==' } },
      deleteSnapshot: { key: 'none' },
    });
    expect(bodies).toHaveLength(3);
    expect(bodies[0]).not.toContain('idempotencyKey');
  });

  it('does not send again what takes no key, nor an input that is written out', async () => {
    const { url, bodies } = await losingProxy(server.url, () => true);
    const client = clientOf(url);
    const writes = [
      client.mutate('mutation ($input: DeleteSessionInput!) { deleteSession(input: $input) { sessionId } }', {
        input: { sessionId: 'nobody' },
      }),
      client.mutate(
        'mutation { createSession(input: {sessionId: "written-out"}) { session { sessionId } } }',
        {},
      ),
    ];
    for (const failure of await Promise.all(writes.map(failureOf)))
      expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(bodies).toHaveLength(2);
  });

  it('knows each input of the schema that takes no key', async () => {
    const inputs = Object.values(createSchema().getMutationType()?.getFields() ?? {}).flatMap(({ args }) =>
      args.map(({ type }) => getNamedType(type) as GraphQLInputObjectType),
    );
    const unkeyed = inputs.filter((input) => !('idempotencyKey' in input.getFields()));
    expect(unkeyed.length).toBeGreaterThan(0);
    const sent: string[] = [];
    for (const { name } of unkeyed) {
      const { url, bodies } = await losingProxy(server.url, () => false);
      const document = `mutation ($input: ${name}!) { anything(input: $input) { id } }`;
      await failureOf(clientOf(url).mutate(document, { input: {} }));
      sent.push(...bodies);
    }
    expect(sent).toHaveLength(unkeyed.length);
    for (const body of sent) expect(body).not.toContain('idempotencyKey');
  });

  it('says where there is no server, and where another program answers', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}/graphql`;
    const gone = await failureOf(clientOf(nowhere, { retries: 0 }).query('{ __typename }', {}));
    expect(gone).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(nowhere) });
    const url = await listening(createServer((_request, response) => void response.end('<html>')));
    expect(await failureOf(clientOf(url).query('{ __typename }', {}))).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('not answered as a GraphQL server does'),
    });
  });

  it.each([
    [401, 'UNAUTHENTICATED'],
    [403, 'FORBIDDEN'],
    [413, 'PAYLOAD_TOO_LARGE'],
    [429, 'RATE_LIMITED'],
    [503, 'STORE_UNAVAILABLE'],
    [404, 'BAD_USER_INPUT'],
  ])('says by a code what a gateway answers with %i alone', async (status, code) => {
    const { url } = await gateway(() => [status, { 'content-type': 'text/html' }]);
    const failed = await failureOf(clientOf(url, { retries: 0 }).query('{ __typename }', {}));
    expect(failed).toMatchObject({ code, message: expect.stringContaining(`status ${status}`) });
  });

  it('names the address that a gateway says is the right one, and follows to none', async () => {
    const { url, asked } = await gateway(() => [308, { location: '/api/graphql' }]);
    const failed = await failureOf(clientOf(url).query('{ __typename }', {}));
    expect(failed).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('the address is /api/graphql'),
    });
    expect(asked()).toBe(1);
  });

  it.each([
    ['in seconds', () => '1'],
    ['until when', () => new Date(Date.now() + 1_000).toUTCString()],
  ])(
    'waits as long as a gateway asks %s, and sends again what that has not passed on',
    async (_how, after) => {
      const { url, asked } = await gateway((count) =>
        count === 1 ? [429, { 'retry-after': after() }] : null,
      );
      const DELETE = 'mutation ($input: DeleteSessionInput!) { deleteSession(input: $input) { sessionId } }';
      const failed = await failureOf(clientOf(url).mutate(DELETE, { input: { sessionId: 'none' } }));
      expect(failed).toMatchObject({ code: 'SESSION_NOT_FOUND' });
      expect(asked()).toBe(2);
    },
  );

  it.each(['3600', '99999999'])('tells who is asked to wait for %s seconds, and does not', async (after) => {
    const { url, asked } = await gateway(() => [503, { 'retry-after': after }]);
    const failed = await failureOf(clientOf(url).query('{ __typename }', {}));
    expect(failed).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { retryAfter: Number(after) } });
    expect(asked()).toBe(1);
  });

  it('says that TLS is spoken where there is none', async () => {
    const secure = server.url.replace('http:', 'https:');
    const failed = await failureOf(clientOf(secure).query('{ __typename }', {}));
    expect(failed).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('does not speak TLS'),
    });
  });

  it('gives up a server that does not answer, and a caller that has gone', async () => {
    const url = await listening(createServer(() => {}));
    const late = await failureOf(clientOf(url, { timeout: 10, retries: 1 }).query('{ __typename }', {}));
    expect(late).toMatchObject({ code: 'TIMEOUT' });
    const reason = new Error('enough');
    const leaving = new AbortController();
    const asked = failureOf(clientOf(url).query('{ __typename }', {}, { signal: leaving.signal }));
    leaving.abort(reason);
    expect(await asked).toBe(reason);
    const closing = createClient({ url });
    const waiting = failureOf(closing.query('{ __typename }', {}));
    await closing.close();
    expect(await waiting).toMatchObject({ message: 'The client was closed.' });
  });
});

/** What stands before the server, and answers itself unless there is nothing to say. */
async function gateway(answer: (count: number) => [status: number, headers: Record<string, string>] | null) {
  let count = 0;
  const proxy = createServer(async (request, response) => {
    const [status, headers] = answer(++count) ?? [];
    if (status !== undefined) return void response.writeHead(status, headers).end('<html>');
    let body = '';
    for await (const chunk of request) body += chunk;
    const headersOn = { 'content-type': 'application/json' };
    const passed = await fetch(server.url, { method: 'POST', headers: headersOn, body });
    response.writeHead(passed.status, headersOn).end(await passed.text());
  });
  return { url: await listening(proxy), asked: () => count };
}

/** A server that asks for a credential, and a function that gives one key after the other. */
async function guardedWithTwoKeys() {
  const guarded = await startServer();
  onTestFinished(() => guarded.stop());
  const first = await makeKey(guarded.sqlitePath, ['read', 'append']);
  const second = await makeKey(guarded.sqlitePath, ['read', 'append']);
  const given = [first.bearer, second.bearer];
  let asked = 0;
  return { url: guarded.url, first, asked: () => asked, next: () => given[asked++] ?? null };
}

describe('the client: credentials', () => {
  it('asks for a fresh one when the server refuses the last, once for many requests', async () => {
    const { url, first, asked, next } = await guardedWithTwoKeys();
    const client = clientOf(url, { authorization: async () => next() });
    await client.mutate(APPEND, inputOf('renewed', 'by the first'));
    await first.revoke();
    // A revoked key is known after a moment.
    await eventually(async () => {
      await client.query(TEXTS, { id: 'renewed' });
      expect(asked()).toBe(2);
    });
    await client.mutate(APPEND, inputOf('renewed', 'by the second'));
    expect(asked()).toBe(2);
  });

  it('asks for a fresh one where a gateway refuses the last by its status alone', async () => {
    const { url } = await gateway((count) => (count === 1 ? [401, {}] : null));
    let given = 0;
    const authorization = () => `Bearer ${++given}`;
    expect(await clientOf(url, { authorization }).query('{ __typename }', {})).toEqual({
      __typename: 'Query',
    });
    expect(given).toBe(2);
  });

  it('says that the fresh one is refused, too', async () => {
    const guarded = await startServer();
    onTestFinished(() => guarded.stop());
    await makeKey(guarded.sqlitePath, ['read']);
    let asked = 0;
    const client = clientOf(guarded.url, { authorization: () => `Bearer wrong-${asked++}` });
    expect(await failureOf(client.query('{ __typename }', {}))).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(asked).toBe(2);
    const events = client.subscribe(FOLLOW, { id: 'nobody' });
    expect(await failureOf(events.next())).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('passes on what the function throws', async () => {
    const failure = new Error('no token to be had');
    const client = clientOf(server.url, {
      authorization() {
        throw failure;
      },
    });
    expect(await failureOf(client.query('{ __typename }', {}))).toBe(failure);
    expect(await failureOf(client.subscribe(FOLLOW, { id: 'nobody' }).next())).toBe(failure);
  });
});

describe('the client: subscriptions', () => {
  /** The texts until there are as many. */
  async function textsOf(events: AsyncIterable<Said>, count: number): Promise<string[]> {
    const texts: string[] = [];
    for await (const { message } of events) {
      if (message) texts.push(message.text);
      if (texts.length === count) break;
    }
    return texts;
  }

  it('gives each message once and in order over a killed server', async () => {
    const killable = await startKillable({ SQLITE_PATH: join(folder.path, 'parley.db') });
    onTestFinished(async () => void (await killable.stop()));
    const states: string[] = [];
    const client = clientOf(killable.url, { onConnection: (state) => states.push(state) });
    const events = client.subscribe<Said>(FOLLOW, { id: 'killed' });
    expect((await events.next()).value).toMatchObject({ __typename: 'Ready' });
    await client.mutate(APPEND, inputOf('killed', 'one'));
    const texts = textsOf(events, 3);
    await killable.killAndRestart();
    await client.mutate(APPEND, inputOf('killed', 'two', 'three'));
    expect(await texts).toEqual(['one', 'two', 'three']);
    expect(states.filter((state) => state === 'lost')).toHaveLength(1);
  });

  it('goes on with a fresh credential when one ends', async () => {
    const { url, first, asked, next } = await guardedWithTwoKeys();
    const client = clientOf(url, { authorization: next });
    const events = client.subscribe<Said>(FOLLOW, { id: 'ended' });
    await events.next();
    await client.mutate(APPEND, inputOf('ended', 'one'));
    const texts = textsOf(events, 2);
    await first.revoke();
    await eventually(() => expect(asked()).toBe(2));
    await client.mutate(APPEND, inputOf('ended', 'two'));
    expect(await texts).toEqual(['one', 'two']);
  });

  it('holds no more events than may wait, and misses none', async () => {
    const client = clientOf(server.url);
    const many = Array.from({ length: 30 }, (_, index) => `${index}`);
    await client.mutate(APPEND, inputOf('slow', 'before'));
    const over = new AbortController();
    onTestFinished(() => over.abort());
    const events = subscriptionEvents<Said>(
      {
        url: server.url,
        credential: credentialOf(null),
        query: FOLLOW,
        variables: { id: 'slow' },
        onState() {},
        onUnreachable() {},
      },
      over.signal,
      4,
    );
    expect((await events.next()).value).toMatchObject({ __typename: 'Ready' });
    for (const text of many) await client.mutate(APPEND, inputOf('slow', text));
    expect(await textsOf(events, 30)).toEqual(many);
  });

  it('ends with the feed, by its signal and by leaving the loop', async () => {
    const client = clientOf(server.url);
    await client.mutate(APPEND, inputOf('over', 'one'));
    const events = client.subscribe<Said>(FOLLOW, { id: 'over' });
    await events.next();
    await client.mutate(
      'mutation ($input: DeleteSessionInput!) { deleteSession(input: $input) { sessionId } }',
      {
        input: { sessionId: 'over' },
      },
    );
    expect((await events.next()).value).toMatchObject({ __typename: 'SessionDeleted' });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    const leaving = new AbortController();
    const aborted = client.subscribe<Said>(FOLLOW, { id: 'over' }, { signal: leaving.signal });
    await aborted.next();
    leaving.abort();
    expect(await aborted.next()).toEqual({ done: true, value: undefined });
    const left = client.subscribe<Said>(FOLLOW, { id: 'over' });
    for await (const { __typename } of left) if (__typename === 'Ready') break;
    expect(await left.next()).toEqual({ done: true, value: undefined });
  });

  it('ends where it is left while it waits, as a stream of the web leaves it', async () => {
    const events = clientOf(server.url).subscribe<Said>(FOLLOW, { id: 'quiet' });
    await events.next();
    const waiting = events.next();
    expect(await events.return()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('asks for what it resumes by', async () => {
    const client = clientOf(server.url);
    expect(() => client.subscribe('subscription { messageAdded(sessionId: "a") { cursor } }', {})).toThrow(
      /declare \$after/,
    );
    const bare =
      'subscription ($after: String) { messageAdded(sessionId: "a", after: $after) { __typename } }';
    expect(await failureOf(client.subscribe(bare, {}).next())).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('Select __typename and cursor'),
    });
    const refused = client.subscribe(FOLLOW, { id: '' });
    expect(await failureOf(refused.next())).toMatchObject({ code: 'INVALID_NAME' });
  });
});

describe('the client: replies', () => {
  it('writes one through a killed server, and each piece once', async () => {
    const killable = await startKillable({ SQLITE_PATH: join(folder.path, 'parley.db') });
    onTestFinished(async () => void (await killable.stop()));
    const client = clientOf(killable.url);
    const reply = await client.startReply({ sessionId: 'killed', agentId: 'a', createIfMissing: true });
    await reply.write({ kind: 'reasoning', text: 'hm' });
    await reply.write('Hello, ');
    await killable.killAndRestart();
    await reply.pipe(
      (async function* () {
        yield { type: 'text-delta', id: '1', text: 'wor' };
        yield { type: 'text-delta', id: '1', text: 'ld' };
      })(),
    );
    expect(await reply.finish({ metadata: { usage: { inputTokens: 1 } } })).toMatchObject({
      messageId: 0,
      position: 0,
    });
    const { session } = await client.query(TEXTS, { id: 'killed' });
    expect(session?.agent.messages.nodes).toEqual([{ text: expect.stringMatching(/^Hello, \n*world$/) }]);
  });

  it('goes on with one, and fences the writer before', async () => {
    const client = clientOf(server.url);
    const options = { sessionId: 'taken', agentId: 'a', createIfMissing: true, durability: 'EACH' as const };
    const first = await client.startReply(options);
    await first.write({ kind: 'tool-input', toolUseId: 't', name: 'n', text: '{' });
    const states = 'query ($id: ID!) { session(sessionId: $id) { activeReplies { offset } } }';
    await eventually(async () =>
      expect(await client.query(states, { id: 'taken' })).toEqual({
        session: { activeReplies: [{ offset: 1 }] },
      }),
    );
    const second = await client.startReply({ ...options, replyId: first.replyId });
    await expect(first.finish()).rejects.toMatchObject({ code: 'REPLY_TAKEN_OVER' });
    await second.write({ kind: 'tool-input', toolUseId: 't', name: 'n', text: '}' });
    await second.write('Done');
    await second.finish();
    const { session } = await client.query(TEXTS, { id: 'taken' });
    expect(session?.agent.messages.nodes).toEqual([{ text: 'Done' }]);
  });

  it('leaves nothing of one that is aborted', async () => {
    const client = clientOf(server.url);
    const reply = await client.startReply({ sessionId: 'aborted', agentId: 'a', createIfMissing: true });
    await reply.write('nothing of this');
    expect(await reply.abort({ reason: 'stopped' })).toBeNull();
    const { session } = await client.query(TEXTS, { id: 'aborted' });
    expect(session?.agent.messages.nodes).toEqual([]);
  });

  it('is refused at once where its client is closed', async () => {
    const client = clientOf(server.url);
    const reply = await client.startReply({ sessionId: 'left', agentId: 'a', createIfMissing: true });
    await reply.write('Hello');
    await reply.flush();
    await client.close();
    for (const call of [() => reply.write('!'), () => reply.finish(), () => reply.abort()])
      expect(await failureOf(call())).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: 'The client was closed.',
      });
    await reply[Symbol.asyncDispose]();
  });
});
