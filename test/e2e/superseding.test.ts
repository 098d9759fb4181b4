import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, follow } from '../support/live-client.js';
import type { RunningServer } from '../support/server.js';
import { SERVERS } from '../support/server-on-mongo.js';

const APPEND = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) {
  messages { position supersedes { from to } supersededBy } agent { messageCount } } }`;
const READ = `query ($id: ID!, $first: Int, $last: Int, $after: String, $superseded: Boolean) { session(sessionId: $id) { agent(agentId: "a") {
  messageCount usage { totalTokens }
  messages(first: $first, last: $last, after: $after, superseded: $superseded) { totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    nodes { position text supersedes { from to } supersededBy } } } } }`;

describe.each(SERVERS)('messages that supersede earlier ones on %s', (_name, start) => {
  let server: RunningServer;
  const clients: Client[] = [];
  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    for (const client of clients) await client.dispose();
    await server.stop();
  });

  const ask = async (query: string, variables: object) => {
    const { body } = await server.request(query, variables as Record<string, unknown>);
    expect(body.errors).toBeUndefined();
    return body.data;
  };
  type Message = {
    role?: string;
    text?: string;
    content?: object[];
    supersedes?: object[];
    metadata?: object;
  };
  const append = async (sessionId: string, messages: Message[], more: object = {}) =>
    (
      await ask(APPEND, {
        input: {
          sessionId,
          agentId: 'a',
          createIfMissing: true,
          messages: messages.map((message) => ({ role: 'USER', ...message })),
          ...more,
        },
      })
    ).appendMessages;
  const read = async (id: string, variables: object = {}) =>
    (await ask(READ, { id, ...variables })).session.agent;
  const said = (...texts: string[]) =>
    texts.map((text) => ({ text, metadata: { usage: { totalTokens: 1 } } }));

  it('stay to be read, marked from both sides, and are left out where only what stands is asked for', async () => {
    const id = 'whole';
    await append(id, said('0', '1', '2'));
    const summary = { text: 'a summary', supersedes: [{ from: 0, to: 1 }] };
    expect(await append(id, [summary], { expectedMessageCount: 3 })).toEqual({
      messages: [{ position: 3, supersedes: [{ from: 0, to: 1 }], supersededBy: null }],
      agent: { messageCount: 4 },
    });
    await append(id, [{ content: [], supersedes: [{ from: 2, to: 2 }] }, ...said('5')]);
    const all = await read(id, { first: 20 });
    expect(all.messages.nodes.map(Object.values)).toEqual([
      [0, '0', [], 3],
      [1, '1', [], 3],
      [2, '2', [], 4],
      [3, 'a summary', [{ from: 0, to: 1 }], null],
      [4, '', [{ from: 2, to: 2 }], null],
      [5, '5', [], null],
    ]);
    expect(all).toMatchObject({ messageCount: 6, usage: { totalTokens: 4 } });
    const standing = await read(id, { first: 20, superseded: false });
    expect(standing.messages).toMatchObject({
      totalCount: 6,
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
    });
    expect(standing.messages.nodes.map(({ position }: { position: number }) => position)).toEqual([3, 5]);
  });

  it('are passed over by pages, forward and from the end', async () => {
    const id = 'pages';
    // Each odd one stands for the even one before it.
    for (let n = 0; n < 30; n++)
      await append(id, [{ text: `${n}`, ...(n % 2 ? { supersedes: [{ from: n - 1, to: n - 1 }] } : {}) }]);
    const positions: number[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { messages } = await read(id, { first: 4, after, superseded: false });
      positions.push(...messages.nodes.map(({ position }: { position: number }) => position));
      ({ endCursor: after, hasNextPage: more } = messages.pageInfo);
    }
    expect(positions).toEqual(Array.from({ length: 15 }, (_, n) => 2 * n + 1));
    const { messages } = await read(id, { last: 2, superseded: false });
    expect(messages.nodes.map(({ position }: { position: number }) => position)).toEqual([27, 29]);
    expect(messages.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('come with their marks in the event that tells of them, on a socket, and in a replay', async () => {
    const id = 'live';
    await append(id, said('0', '1'));
    const client = connect(server.url);
    clients.push(client);
    const query = `subscription ($id: ID!, $after: String) { messageAdded(sessionId: $id, after: $after) { __typename cursor
      ... on MessageAdded { message { position supersedes { from to } supersededBy } } } }`;
    const feed = follow(client, query, { id });
    const { cursor } = await feed.next();
    await append(id, [
      { text: 'instead', supersedes: [{ from: 0, to: 1 }] },
      { content: [], supersedes: [{ from: 2, to: 2 }] },
    ]);
    const messages = [(await feed.next()).message, (await feed.next()).message];
    expect(messages).toEqual([
      { position: 2, supersedes: [{ from: 0, to: 1 }], supersededBy: 3 },
      { position: 3, supersedes: [{ from: 2, to: 2 }], supersededBy: null },
    ]);
    const again = follow(client, query, { id, after: cursor });
    expect((await again.next()).__typename).toBe('Ready');
    expect((await again.next()).message).toEqual(messages[0]);
    feed.stop();
    again.stop();
  });

  it('can be what a reply becomes', async () => {
    const id = 'reply';
    await append(id, said('0'));
    const { startReply } = await ask(
      'mutation ($input: StartReplyInput!) { startReply(input: $input) { replyId epoch } }',
      { input: { sessionId: id, agentId: 'a' } },
    );
    const finish =
      'mutation ($input: FinishReplyInput!) { finishReply(input: $input) { message { position supersedes { from to } } } }';
    const message = { role: 'ASSISTANT', text: 'better', supersedes: [{ from: 0, to: 1 }] };
    const refused = await server.request(finish, { input: { ...startReply, message } });
    expect(refused.body.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    const right = { ...message, supersedes: [{ from: 0, to: 0 }] };
    const { finishReply } = await ask(finish, { input: { ...startReply, message: right } });
    expect(finishReply.message).toEqual({ position: 1, supersedes: [{ from: 0, to: 0 }] });
  });

  it.each([
    [[{ from: -1, to: 0 }], 'messages[0].supersedes[0] is from -1 to 0'],
    [[{ from: 1, to: 0 }], 'messages[0].supersedes[0] is from 1 to 0'],
    [[{ from: 0, to: 1 }], 'supersedes is from 0 to 1 in a message that would have the position 1'],
    [
      Array.from({ length: 101 }, () => ({ from: 0, to: 0 })),
      'messages[0].supersedes holds 101 ranges; it takes up to 100',
    ],
  ])('are BAD_USER_INPUT with ranges that cannot be (%#)', async (supersedes, text) => {
    const id = 'refused';
    await append(id, said('0'), { idempotencyKey: 'first' });
    const input = { sessionId: id, agentId: 'a', messages: [{ role: 'USER', text: 'x', supersedes }] };
    const { body } = await server.request(APPEND, { input });
    expect(body.errors?.[0]).toMatchObject({
      message: expect.stringContaining(text),
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect((await read(id, { first: 5 })).messageCount).toBe(1);
  });
});
