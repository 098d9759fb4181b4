import { on, once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { connect, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
  await server.request('mutation { createSession(input: { sessionId: "s" }) { session { sessionId } } }');
});
afterAll(() => server.stop());

const LONG = '1234567890123456789';
const UPDATE =
  'mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { session { metadata } } }';
const APPEND =
  'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { messageId } } }';
const LIST = 'query ($filter: SessionFilter) { sessions(filter: $filter) { nodes { sessionId } } }';

type Answer = {
  data?: Record<string, unknown>;
  errors?: { message: string; extensions: { code: string } }[];
};

/** The body is text, because `JSON.stringify` would round the very numbers. */
async function post(query: string, variables = '{}'): Promise<Answer> {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
  });
  return (await response.json()) as Answer;
}

function expectRefused({ data, errors }: Answer, path: string, digits = LONG): void {
  expect(data ?? null).toBeNull();
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  expect(errors?.[0]?.message).toContain(`${path} is the number ${digits}, whose digits would be lost`);
  expect(errors?.[0]?.message).toContain('Send it as a string.');
}

const stored = async () => {
  const { data } = await post('{ session(sessionId: "s") { metadata messageCount } }');
  return data?.session as { metadata: Record<string, unknown>; messageCount: number };
};
const set = (value: string) => `{"input":{"sessionId":"s","set":{"n":${value}}}}`;

describe('an integer that no double holds is refused, with its path', () => {
  it('in a tool input, which keeps nothing of the append', async () => {
    const answer = await post(
      APPEND,
      `{"input":{"sessionId":"s","agentId":"a","createIfMissing":true,"messages":[{"role":"ASSISTANT","content":[{"toolUse":{"toolUseId":"t","name":"find","input":{"ids":[1,${LONG}]}}}]}]}}`,
    );
    expectRefused(answer, 'variables.input.messages[0].content[0].toolUse.input.ids[1]');
    expect((await stored()).messageCount).toBe(0);
  });

  it.each([
    '9007199254740992',
    '-9007199254740993',
    '100000000000000000000',
    '3.14159265358979323846',
    '1e999',
  ])('as metadata: %s', async (written) => {
    expectRefused(await post(UPDATE, set(written)), 'variables.input.set.n', written);
    expect((await stored()).metadata).not.toHaveProperty('n');
  });

  it('in a filter', async () => {
    const filter = `{"filter":{"metadata":[{"path":"n","gt":${LONG}}]}}`;
    expectRefused(await post(LIST, filter), 'variables.filter.metadata[0].gt');
  });

  it('as a literal of the document', async () => {
    const document = `mutation { updateMetadata(input: { sessionId: "s", set: { a: [{ n: ${LONG} }] } }) { session { sessionId } } }`;
    expectRefused(await post(document), 'updateMetadata.input.set.a[0].n');
    const byDefault = `query ($v: JSON = ${LONG}) { sessions(filter: { metadata: [{ path: "n", gt: $v }] }) { nodes { sessionId } } }`;
    expectRefused(await post(byDefault), 'variables.v');
  });

  it('in the variables of a GET', async () => {
    const search = new URLSearchParams({
      query: LIST,
      variables: `{"filter":{"metadata":[{"path":"n","lt":${LONG}}]}}`,
    });
    const response = await fetch(`${server.url}?${search}`, {
      headers: { accept: 'application/graphql-response+json' },
    });
    expectRefused((await response.json()) as Answer, 'variables.filter.metadata[0].lt');
  });

  it('in the variables of an operation on a socket, which goes on', async () => {
    const socket = new WebSocket(server.url.replace(/^http/, 'ws'), 'graphql-transport-ws');
    const answers = on(socket, 'message');
    const next = async () => JSON.parse(String((await answers.next()).value[0]));
    await once(socket, 'open');
    socket.send('{"type":"connection_init"}');
    expect((await next()).type).toBe('connection_ack');
    const send = (id: string, value: string) =>
      socket.send(
        `{"id":"${id}","type":"subscribe","payload":{"query":${JSON.stringify(UPDATE)},"variables":${set(value)}}}`,
      );
    send('a', LONG);
    const refused = await next();
    expect(refused.id).toBe('a');
    const errors = refused.type === 'error' ? refused.payload : refused.payload.errors;
    expectRefused({ errors }, 'variables.input.set.n');
    let after: { id: string };
    send('b', '7');
    do after = await next();
    while (after.id !== 'b');
    expect(after).toMatchObject({
      payload: { data: { updateMetadata: { session: { metadata: { n: 7 } } } } },
    });
    socket.close();
  });

  it('in the literals of an operation on a socket', async () => {
    const client = connect(server.url);
    const feed = follow(
      client,
      `subscription { sessionActivity(filter: { metadata: [{ path: "n", gt: ${LONG} }] }) { cursor } }`,
    );
    const errors = await feed.ended;
    expect(errors?.[0]?.message).toContain(`is the number ${LONG}, whose digits would be lost`);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    await client.dispose();
  });
});

describe('a number that a double holds is kept', () => {
  it.each([
    ['9007199254740991', 9_007_199_254_740_991],
    ['-9007199254740991', -9_007_199_254_740_991],
    ['1e20', 1e20],
    ['0.10000000000000001', 0.1],
    ['5e-324', 5e-324],
    [`"${LONG}"`, LONG],
  ])('%s', async (written, kept) => {
    expect((await post(UPDATE, set(written))).errors).toBeUndefined();
    expect((await stored()).metadata.n).toBe(kept);
  });
});
