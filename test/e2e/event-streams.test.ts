import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeKey } from '../support/access.js';
import { openStream } from '../support/event-stream.js';
import { connect, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';

// Who takes nothing for ten seconds is dropped without a word: on a busy machine a reader that is slow on purpose would be.
vi.mock(import('../../src/server-limits.js'), async (original) => {
  const limits = await original();
  return { ...limits, SOCKET_LIMITS: { ...limits.SOCKET_LIMITS, stalledAfterMs: 600_000 } };
});

const FOLLOW = `subscription ($id: ID!, $after: String) { messageAdded(sessionId: $id, after: $after) {
  __typename cursor ... on MessageAdded { message { text } }
} }`;

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

async function say(sessionId: string, ...texts: string[]): Promise<void> {
  const messages = texts.map((text) => ({ role: 'USER', text }));
  const { body } = await server.request(
    'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }',
    { input: { sessionId, agentId: 'a', createIfMissing: true, messages } },
  );
  expect(body.errors).toBeUndefined();
}

const remove = (id: string) =>
  server.request('mutation ($id: ID!) { deleteSession(input: {sessionId: $id}) { __typename } }', { id });

const sockets = async () =>
  (await server.request('{ serverStatus { sockets { open subscriptions groups waitingBytes } } }')).body.data
    .serverStatus.sockets;

/** Asked again until it is so: the end of a connection arrives when it does. */
async function untilNobodyFollows(): Promise<void> {
  const nobody = { open: 0, subscriptions: 0, groups: 0, waitingBytes: 0 };
  let now = await sockets();
  while (JSON.stringify(now) !== JSON.stringify(nobody)) now = await sockets();
}

describe('a subscription by server-sent events', () => {
  it('is followed by graphql-sse to its end', async () => {
    await say('official', 'before');
    const client = createClient({ url: server.url, retryAttempts: 0 });
    const told: string[] = [];
    for await (const { data, errors } of client.iterate({ query: FOLLOW, variables: { id: 'official' } })) {
      expect(errors).toBeUndefined();
      // biome-ignore lint/suspicious/noExplicitAny: an event of any type.
      const event = (data as any).messageAdded;
      told.push(event.message?.text ?? event.__typename);
      if (event.__typename === 'Ready') await say('official', 'line one\nline two');
      else if (event.message) await remove('official');
    }
    expect(told).toEqual(['Ready', 'line one\nline two', 'SessionDeleted']);
    client.dispose();
    await untilNobodyFollows();
  });

  it.each(['GET', 'POST'] as const)(
    'by %s: a comment at once, then each result as it comes',
    async (method) => {
      await say(method, 'before');
      const stream = await openStream(server.url, FOLLOW, { id: method }, { method });
      expect(stream.response.status).toBe(200);
      expect(Object.fromEntries(stream.response.headers)).toMatchObject({
        'content-type': 'text/event-stream; charset=utf-8',
        // Nothing on the way keeps it, collects it or packs it.
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
        'x-content-type-options': 'nosniff',
      });
      expect(await stream.block()).toEqual({ event: null, data: null });
      expect((await stream.next())?.data.data.messageAdded.__typename).toBe('Ready');
      expect(await sockets()).toMatchObject({ open: 1, subscriptions: 1, groups: 1 });
      await say(method, 'live');
      expect(await stream.next()).toMatchObject({
        event: 'next',
        data: { data: { messageAdded: { __typename: 'MessageAdded', message: { text: 'live' } } } },
      });
      stream.leave();
      await untilNobodyFollows();
    },
  );

  it('is answered so wherever events are accepted, and other operations as JSON where that is', async () => {
    const headers = { accept: 'application/graphql-response+json, application/json, text/event-stream' };
    const stream = await openStream(server.url, FOLLOW, { id: 'both' }, { headers });
    expect((await stream.next())?.data.data.messageAdded.__typename).toBe('Ready');
    stream.leave();
    const query = await openStream(server.url, '{ __typename } # no subscription', {}, { headers });
    expect(query.response.headers.get('content-type')).toBe(
      'application/graphql-response+json; charset=utf-8',
    );
    await untilNobodyFollows();
  });

  it('shares the results of those over WebSocket', async () => {
    await say('shared', 'before');
    const client = connect(server.url);
    const overSocket = follow(client, FOLLOW, { id: 'shared' });
    await overSocket.next();
    const stream = await openStream(server.url, FOLLOW, { id: 'shared' });
    await stream.next();
    expect(await sockets()).toMatchObject({ open: 2, subscriptions: 2, groups: 1 });
    await say('shared', 'one');
    expect((await stream.next())?.data.data.messageAdded).toEqual(await overSocket.next());
    stream.leave();
    await client.dispose();
    await untilNobodyFollows();
  });

  it('resumes with the last cursor', async () => {
    await say('resumed', 'one');
    const first = await openStream(server.url, FOLLOW, { id: 'resumed' });
    const after = (await first.next())?.data.data.messageAdded.cursor;
    first.leave();
    await say('resumed', 'two', 'three');
    const second = await openStream(server.url, FOLLOW, { id: 'resumed', after });
    const told = [await second.next(), await second.next(), await second.next()];
    expect(told.map((block) => block?.data.data.messageAdded.message?.text)).toEqual([
      undefined,
      'two',
      'three',
    ]);
    second.leave();
  });
});

describe('what is wrong with an operation', () => {
  it.each([
    ['its syntax', 'subscription {', {}, 'GRAPHQL_PARSE_FAILED'],
    ['a field', 'subscription { no }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a variable', FOLLOW, { id: { no: 1 } }, 'BAD_USER_INPUT'],
    ['a name', FOLLOW, { id: '' }, 'INVALID_NAME'],
    ['a cursor', FOLLOW, { id: 's', after: 'no' }, 'INVALID_CURSOR'],
    ['a query', '{ no }', {}, 'GRAPHQL_VALIDATION_FAILED'],
  ])('is told by an event: %s', async (_what, query, variables, code) => {
    const stream = await openStream(server.url, query, variables);
    expect(stream.response.status).toBe(200);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await stream.next()).toMatchObject({
      event: 'next',
      data: { errors: [{ extensions: { code } }] },
    });
    expect(await stream.next()).toEqual({ event: 'complete', data: null });
    expect(await stream.next()).toBeNull();
  });

  it('is told in the form of a subscription where JSON is accepted, too', async () => {
    const headers = { accept: 'application/json, text/event-stream' };
    const stream = await openStream(server.url, FOLLOW, { id: 3.5 }, { headers });
    expect(await stream.next()).toMatchObject({
      data: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    });
  });

  it('leaves nobody behind', untilNobodyFollows);
});

it('a subscription that takes JSON alone is told where it could run', async () => {
  const { body } = await server.request(FOLLOW, { id: 's' });
  expect(body.errors[0]).toMatchObject({
    message: expect.stringContaining('accept: text/event-stream'),
    extensions: { code: 'BAD_REQUEST' },
  });
});

describe('a query or a mutation by server-sent events', () => {
  it('has one result', async () => {
    const asked = await openStream(server.url, '{ __typename }');
    expect(await asked.next()).toEqual({ event: 'next', data: { data: { __typename: 'Query' } } });
    expect(await asked.next()).toEqual({ event: 'complete', data: null });
    expect(await asked.next()).toBeNull();

    const made = await openStream(
      server.url,
      'mutation { createSession(input: {sessionId: "by-event"}) { session { sessionId } } }',
    );
    expect((await made.next())?.data).toEqual({
      data: { createSession: { session: { sessionId: 'by-event' } } },
    });
  });

  it('changes nothing by GET', async () => {
    const query = 'mutation { createSession(input: {sessionId: "by-get"}) { session { sessionId } } }';
    const { response } = await openStream(server.url, query, {}, { method: 'GET' });
    expect(response.status).toBe(405);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect((await server.request('{ session(sessionId: "by-get") { id } }')).body.data.session).toBeNull();
  });

  it('is taken from no foreign page', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    const { response } = await openStream(server.url, FOLLOW, { id: 's' }, { method: 'GET', headers });
    expect(response.status).toBe(403);
  });
});

it('a client that does not read is ended, told from where to resume, and keeps nobody else waiting', async () => {
  await say('flood', 'before');
  const search = new URLSearchParams({ query: FOLLOW, variables: JSON.stringify({ id: 'flood' }) });
  const slow = await new Promise<IncomingMessage>((resolve, reject) => {
    const asking: ClientRequest = get(`${server.url}?${search}`, {
      headers: { accept: 'text/event-stream' },
    });
    asking.on('response', resolve).on('error', reject);
  });
  let text = '';
  slow.setEncoding('utf8');
  const ready = new Promise<void>((resolve) => {
    slow.on('data', (chunk) => {
      // Only its end is looked at: all of it is many megabytes.
      text = `${text.slice(-50_000)}${chunk}`;
      if (text.includes('Ready')) resolve();
    });
  });
  await ready;
  slow.pause();

  const neighbour = await openStream(server.url, FOLLOW, { id: 'flood' });
  await neighbour.next();
  const long = 'x'.repeat(20_000);
  for (let round = 0; round < 20; round++) {
    await say('flood', ...Array.from({ length: 100 }, (_, count) => `${round * 100 + count} ${long}`));
    for (let count = 0; count < 100; count++) {
      const block = await neighbour.next();
      expect(parseInt(block?.data.data.messageAdded.message.text, 10)).toBe(round * 100 + count);
    }
  }
  const { waitingBytes } = await sockets();
  expect(waitingBytes).toBeLessThan(20 * 1024 * 1024);

  const over = new Promise((resolve, reject) => slow.on('end', resolve).on('error', reject));
  slow.resume();
  await over;
  const [last, complete] = text.trim().split('\n\n').slice(-2);
  expect(complete).toBe('event: complete\ndata:');
  const error = JSON.parse(String(last).replace('event: next\ndata: ', '')).errors[0];
  expect(error.extensions.code).toBe('SUBSCRIBER_TOO_SLOW');
  const resumed = await openStream(server.url, FOLLOW, { id: 'flood', after: error.extensions.cursor });
  await resumed.next();
  const missed = (await resumed.next())?.data.data.messageAdded.message.text;
  const seen = [...text.matchAll(/"text":"(\d+) /g)].map(([, number]) => Number(number));
  expect(parseInt(missed, 10)).toBe((seen.at(-1) ?? Number.NaN) + 1);
  resumed.leave();
  neighbour.leave();
  await untilNobodyFollows();
});

describe('with credentials', () => {
  let guarded: RunningServer;
  let writer: { bearer: string };
  beforeAll(async () => {
    guarded = await startServer();
    writer = await makeKey(guarded.sqlitePath, ['read', 'append', 'admin']);
  });
  afterAll(() => guarded.stop());

  it('a stream without a good one is refused by its status', async () => {
    const { response } = await openStream(guarded.url, FOLLOW, { id: 's' });
    expect(response.status).toBe(401);
    expect(await response.headers.get('www-authenticate')).toBe('Bearer');
    const wrong = { authorization: 'Bearer parley_000000000000_wrong' };
    expect((await openStream(guarded.url, FOLLOW, { id: 's' }, { headers: wrong })).response.status).toBe(
      401,
    );
  });

  it('a stream ends within seconds of the revocation of its key, with an error, and goes on with another key', async () => {
    const headers = { authorization: writer.bearer };
    const key = await makeKey(guarded.sqlitePath, ['read']);
    const stream = await openStream(
      guarded.url,
      FOLLOW,
      { id: 'revoked' },
      { headers: { authorization: key.bearer } },
    );
    const after = (await stream.next())?.data.data.messageAdded.cursor;
    await key.revoke();
    expect(await stream.next()).toMatchObject({
      event: 'next',
      data: {
        errors: [{ message: expect.stringContaining('ended'), extensions: { code: 'UNAUTHENTICATED' } }],
      },
    });
    expect(await stream.next()).toEqual({ event: 'complete', data: null });
    expect(await stream.next()).toBeNull();

    const append = `mutation { appendMessages(input: {sessionId: "revoked", agentId: "a", createIfMissing: true,
      messages: [{role: USER, text: "missed"}]}) { __typename } }`;
    await (await openStream(guarded.url, append, {}, { headers })).next();
    const resumed = await openStream(guarded.url, FOLLOW, { id: 'revoked', after }, { headers });
    const told = [await resumed.next(), await resumed.next(), await resumed.next()];
    expect(told.map((block) => block?.data.data.messageAdded.__typename)).toEqual([
      'Ready',
      'SessionCreated',
      'MessageAdded',
    ]);
    resumed.leave();
  });
});
