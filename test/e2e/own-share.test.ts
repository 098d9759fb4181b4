import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { askAs, makeKey } from '../support/access.js';
import { eventually } from '../support/eventually.js';
import { frame } from '../support/fuzz/frames.js';
import { open, upgrade } from '../support/hostile/attacks.js';
import { type RunningServer, startServer } from '../support/server.js';
import { introduced } from '../support/talk.js';

/* What one caller may send, and what a little of it may cost. */

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const named = (count: number, field: string) =>
  Array.from({ length: count }, (_, n) => `f${n}: ${field}`).join(' ');
const KIB = 1_024;

async function overSocket(query: string, variables: Record<string, unknown>) {
  const { socket, say, hear } = await introduced(server.url);
  say({ id: '1', type: 'subscribe', payload: { query, variables } });
  const { payload } = (await hear()) as { payload: { errors?: unknown } };
  socket.terminate();
  return payload.errors ?? payload;
}

const over = {
  HTTP: async (query: string, variables: Record<string, unknown> = {}) =>
    (await server.request(query, variables)).body.errors,
  WebSocket: (query: string, variables: Record<string, unknown> = {}) => overSocket(query, variables),
};

describe.each(Object.entries(over))('over %s', (_name, errorsOf) => {
  const code = (code: string) => [expect.objectContaining({ extensions: expect.objectContaining({ code }) })];

  it.each([
    ['an id', `query ($text: ID!) { ${named(200, 'node(id: $text) { id }')} }`],
    [
      'a cursor',
      `query ($text: String) { sessions(first: 200) { nodes { agents { messages(after: $text) { totalCount } } } } }`,
    ],
    [
      'a name',
      `query ($text: ID!) { sessions { nodes { ${named(20, 'agent(agentId: $text) { agentId }')} } } }`,
    ],
    [
      'a default value',
      `query ($text: ID! = "${'x'.repeat(500 * KIB)}") { ${named(200, 'node(id: $text) { id }')} }`,
    ],
    [
      'a text in a fragment',
      `{ ${named(200, 'session(sessionId: "s") { ...F }')} } fragment F on Session { agent(agentId: "${'x'.repeat(500 * KIB)}") { agentId } }`,
    ],
  ])('%s of half a megabyte is not read anew in hundreds of places', async (name, query) => {
    const variables =
      query.includes('$text') && name !== 'a default value' ? { text: 'A'.repeat(500 * KIB) } : {};
    expect(await errorsOf(query, variables)).toEqual(code('QUERY_TOO_COMPLEX'));
  });

  it('a long argument in one place is like any other', async () => {
    expect(
      await errorsOf('query ($text: ID!) { node(id: $text) { id } }', { text: 'A'.repeat(900 * KIB) }),
    ).not.toEqual(code('QUERY_TOO_COMPLEX'));
  });

  it('a document of very many lines is refused before the place of each error in it is looked for', async () => {
    const errors = await errorsOf(`${'\n'.repeat(30_000)}{ ${named(100, 'nothing')} }`);
    expect(errors).toEqual(code('QUERY_TOO_COMPLEX'));
  });

  it('a document of more than a megabyte is refused before the place of each error in it is looked for', async () => {
    const errors = await errorsOf(`{ ${named(100, 'nothing')} } #${'x'.repeat(KIB * KIB)}`);
    expect(errors).toEqual(code('QUERY_TOO_COMPLEX'));
  });

  it('a document with hundreds of fields of one name is refused before each is compared with each', async () => {
    const errors = await errorsOf(`{ ${'session(sessionId: "s") { sessionId } '.repeat(300)} }`);
    expect(errors).toEqual(code('QUERY_TOO_COMPLEX'));
  });

  it('a document of some thousand lines is taken', async () => {
    const errors = await errorsOf(`${'\n'.repeat(10_000)}{ nothing }`);
    expect(errors).toEqual(code('GRAPHQL_VALIDATION_FAILED'));
  });
});

describe('JSON that takes many times its length in memory', () => {
  const brackets = `[${'{},'.repeat(800_000)}{}]`;

  it('is refused over HTTP before it is parsed', async () => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query": "query ($j: JSON) { __typename }", "variables": {"j": ${brackets}}}`,
    });
    expect([response.status, await response.json()]).toEqual([
      413,
      { errors: [{ message: expect.any(String), extensions: { code: 'PAYLOAD_TOO_LARGE' } }] },
    ]);
  });

  it('closes a socket', async () => {
    const { socket, closed } = await introduced(server.url);
    socket.send(
      `{"id": "1", "type": "subscribe", "payload": {"query": "{ a }", "variables": {"j": ${brackets}}}}`,
    );
    expect((await closed).code).toBe(1009);
  });

  it('is taken where it is a text, or a long list of numbers', async () => {
    const write = `mutation ($state: JSONObject!) {
      appendMessages(input: {sessionId: "numbers", agentId: "a", createIfMissing: true, messages: [{role: USER, text: "a"}]}) { agent { agentId } }
      upsertAgent(input: {sessionId: "numbers", agentId: "a", state: $state}) { agent { agentId } }
    }`;
    const state = {
      text: '{"a":[]}'.repeat(100_000),
      numbers: Array.from({ length: 300_000 }, (_, n) => n / 4),
    };
    const { body } = await server.request(write, { state });
    expect(body.errors).toBeUndefined();
    const read = await server.request('{ session(sessionId: "numbers") { agent(agentId: "a") { state } } }');
    expect(read.body.data.session.agent.state).toEqual(state);
  });
});

it('what is full of brackets counts for a read as what it takes when it is parsed', async () => {
  const agent = (name: string) =>
    server.request(
      `mutation ($state: JSONObject!) {
        appendMessages(input: {sessionId: "brackets", agentId: "${name}", createIfMissing: true, messages: [{role: USER, text: "a"}]}) { agent { agentId } }
        upsertAgent(input: {sessionId: "brackets", agentId: "${name}", state: $state}) { agent { agentId } }
      }`,
      { state: { lists: Array.from({ length: 400_000 }, () => []) } },
    );
  for (const name of ['a', 'b']) expect((await agent(name)).body.errors).toBeUndefined();
  const state = (name: string) => `${name}: agent(agentId: "${name}") { state }`;
  const read = (fields: string) => server.request(`{ session(sessionId: "brackets") { ${fields} } }`);
  // Together they have two megabytes.
  expect((await read(`${state('a')} ${state('b')}`)).body.errors[0].extensions.code).toBe(
    'QUERY_TOO_COMPLEX',
  );
  expect((await read(state('a'))).body.data.session.a.state.lists).toHaveLength(400_000);
});

describe('a message of a socket', () => {
  it('that is to introduce it is refused as soon as it says that it is too large', async () => {
    const socket = await open(new URL(server.url).port as unknown as number);
    await upgrade(socket);
    socket.write(frame('{', { length: 1_000_000 }));
    const [answer] = await once(socket, 'data');
    // A frame that closes, with 4400.
    expect([answer[0], answer.readUInt16BE(2)]).toEqual([0x88, 4400]);
    socket.destroy();
  });

  it('is taken whole where it is large, beside others of its caller', async () => {
    const append = `mutation ($text: String!, $agent: ID!) {
      appendMessages(input: {sessionId: "large", agentId: $agent, createIfMissing: true, messages: [{role: USER, text: $text}]}) {
        added { messageId }
      }
    }`;
    const answers = Array.from({ length: 6 }, async (_, n) => {
      const { socket, say, hear } = await introduced(server.url);
      say({
        id: '1',
        type: 'subscribe',
        payload: { query: append, variables: { text: 'x'.repeat(3_000_000), agent: `a${n}` } },
      });
      const answer = await hear();
      socket.terminate();
      return answer;
    });
    expect(await Promise.all(answers)).toEqual(
      answers.map(() => ({
        id: '1',
        type: 'next',
        payload: { data: { appendMessages: { added: [{ messageId: 0 }] } } },
      })),
    );
  });

  it('keeps its place among those of its socket where it waits for a turn', async () => {
    const { socket, say, hear } = await introduced(server.url);
    const query = 'query ($j: JSON) { sessions(filter: {metadata: [{path: "a", eq: $j}]}) { totalCount } }';
    say({ id: 'large', type: 'subscribe', payload: { query, variables: { j: 'x'.repeat(2_000_000) } } });
    say({ type: 'ping' });
    say({ id: 'small', type: 'subscribe', payload: { query: '{ __typename }' } });
    const heard = [await hear(), await hear(), await hear()] as { type: string; id?: string }[];
    expect(heard.map(({ type }) => type)).toContain('pong');
    socket.terminate();
  });
});

describe('bodies that do not say how long they are', () => {
  const headers = { 'content-type': 'application/json' };
  const chunked = (query: string, more: Record<string, string> = {}) =>
    fetch(server.url, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: new Blob([JSON.stringify({ query })]).stream(),
      duplex: 'half',
    } as RequestInit);

  it('may ask for any number of event streams, which take no place among large bodies', async () => {
    const query = 'subscription { sessionEvents(sessionId: "streams") { cursor } }';
    const streams = await Promise.all(
      Array.from({ length: 8 }, () => chunked(query, { accept: 'text/event-stream' })),
    );
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
    expect(await (await chunked('{ __typename }')).json()).toEqual({ data: { __typename: 'Query' } });
    for (const { body } of streams) await body?.cancel();
  });
});

it('bodies that are never whole are cut where those of one caller are larger than a few of the largest', async () => {
  const small = await startServer({ maxBodyBytes: 64 * KIB });
  onTestFinished(() => small.stop());
  const { port } = new URL(small.url);
  const [most, half] = [4 * 64 * KIB + 8 * KIB * KIB, 32 * KIB];
  const sockets = await Promise.all(
    Array.from({ length: Math.ceil(most / half) + 20 }, () => open(Number(port))),
  );
  const cut = new Set<unknown>();
  for (const socket of sockets) {
    socket
      .on('end', () => cut.add(socket))
      .on('close', () => cut.add(socket))
      .resume();
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${60 * KIB}\r\n\r\n`,
    );
    socket.write(Buffer.alloc(half, ' '));
  }
  await eventually(() => expect(cut.size).toBeGreaterThanOrEqual(15));
  expect(cut.size).toBeLessThan(60);
  expect((await small.request('{ __typename }')).body).toEqual({ data: { __typename: 'Query' } });
  for (const socket of sockets) socket.destroy();
});

describe('the subscriptions of one socket', () => {
  it('ask together for no more than ten of the largest with each event', async () => {
    const { socket, say, hear } = await introduced(server.url);
    const query = (n: number) => `subscription { sessionEvents(sessionId: "s${n}") {
      cursor ... on MetadataChanged { session { agents { messages(first: 200) { nodes { text } } } } } } }`;
    // 1,005 objects each.
    for (let n = 0; n < 99; n++) say({ id: `${n}`, type: 'subscribe', payload: { query: query(n) } });
    for (let n = 0; n < 99; n++) expect(await hear()).toMatchObject({ type: 'next' });
    say({ id: 'more', type: 'subscribe', payload: { query: query(100) } });
    expect(await hear()).toMatchObject({
      id: 'more',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
    say({ id: '0', type: 'complete' });
    say({ id: 'again', type: 'subscribe', payload: { query: query(100) } });
    expect(await hear()).toMatchObject({ id: 'again', type: 'next' });
    socket.terminate();
  });
});

describe('where operations are counted', () => {
  const create = (id: string) =>
    `mutation { createSession(input: {sessionId: "${id}"}) { session { sessionId } } }`;
  const tokenFor = (id: string) =>
    `mutation { createSessionToken(input: {sessionId: "${id}", scopes: [READ]}) { token } }`;

  it('a key has no more of them by session tokens that it has made', async () => {
    const limited = await startServer({ rateLimit: 1 });
    onTestFinished(() => limited.stop());
    const key = await makeKey(limited.sqlitePath, ['read', 'append']);
    const other = await makeKey(limited.sqlitePath, ['read']);
    await askAs(limited.url, key.bearer, create('s'));
    const { data } = await askAs(limited.url, key.bearer, tokenFor('s'));
    const token = `Bearer ${data.createSessionToken.token}`;
    const asked = Array.from({ length: 16 }, (_, n) =>
      askAs(limited.url, n % 2 ? key.bearer : token, '{ __typename }'),
    );
    const good = (await Promise.all(asked)).filter(({ status }) => status === 200);
    // Five at once, of the key and the token together.
    expect(good.length).toBeLessThanOrEqual(5);
    expect((await askAs(limited.url, other.bearer, '{ __typename }')).status).toBe(200);
  });

  it.each(Object.keys(over))('each mutation of one operation is one of them, over %s', async (protocol) => {
    const limited = await startServer({ rateLimit: 1 });
    onTestFinished(() => limited.stop());
    const many = `mutation { ${Array.from({ length: 8 }, (_, n) => `m${n}: createSession(input: {sessionId: "s${n}"}) { session { sessionId } }`).join(' ')} }`;
    const errors = async () => {
      if (protocol === 'HTTP') return (await limited.request(many)).body.errors;
      const { socket, say, hear } = await introduced(limited.url);
      say({ id: '1', type: 'subscribe', payload: { query: many } });
      const { payload } = (await hear()) as { payload: { errors?: unknown } };
      socket.terminate();
      return payload.errors;
    };
    expect(await errors()).toEqual([
      expect.objectContaining({
        path: ['m5'],
        extensions: expect.objectContaining({ code: 'RATE_LIMITED' }),
      }),
    ]);
  });
});

it('connections that never ask for anything keep nobody away, and sockets that are introduced are not among them', async () => {
  const { port } = new URL(server.url);
  const { socket, say, hear } = await introduced(server.url);
  const silent = await Promise.all(Array.from({ length: 300 }, () => open(Number(port))));
  await Promise.all(silent.slice(0, 100).map(upgrade));
  expect((await server.request('{ __typename }')).body).toEqual({ data: { __typename: 'Query' } });
  say({ type: 'ping' });
  expect(await hear()).toMatchObject({ type: 'pong' });
  socket.terminate();
  for (const one of silent) one.destroy();
});
