import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';

const MB = 1024 * 1024;

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
  await append('long', [{ text: 'x'.repeat(2 * MB) }, { text: 'y'.repeat(2 * MB) }]);
  await append('many', Array(20_000).fill({ cachePoint: { type: 'default' } }));
});
afterAll(() => server.stop());

async function append(agentId: string, content: object[], metadata?: object): Promise<void> {
  const messages = [{ role: 'USER', content, metadata }];
  const input = { sessionId: 's', agentId, createIfMissing: true, messages };
  const query = 'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }';
  expect((await server.request(query, { input })).body.errors).toBeUndefined();
}

/** Fields of the one message of an agent. */
const read = (agentId: string, fields: string) =>
  `{ session(sessionId: "s") { agent(agentId: "${agentId}") { messages(last: 1) { nodes { ${fields} } } } } }`;
const names = (count: number, field: string) =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');

const TOO_COMPLEX = {
  data: null,
  errors: [{ message: expect.stringContaining('smaller pages'), extensions: { code: 'QUERY_TOO_COMPLEX' } }],
};

describe('an answer', () => {
  it('gives a long text, and gives it a few times', async () => {
    const { status, body } = await server.request(read('long', names(5, 'text')));
    expect(status).toBe(200);
    const [node] = body.data.session.agent.messages.nodes;
    expect(Object.values(node).map((text) => String(text).length)).toEqual(Array(5).fill(4 * MB + 1));
  });

  it.each([9, 900])('is refused where it would give it under %i names', async (count) => {
    const { body } = await server.request(read('long', names(count, 'text')));
    expect(body).toMatchObject(TOO_COMPLEX);
  });

  it('is the same over WebSocket, also the second time, when it is known how it is answered', async () => {
    await append('said', [{ text: `"${'z"\\'.repeat(MB / 4)}` }]);
    const client = connect(server.url);
    for (const query of [read('said', 'text messageId again: text'), read('long', names(2, 'text'))]) {
      const { body } = await server.request(query);
      for (let time = 0; time < 2; time++) {
        const feed = follow(client, query);
        const session = await feed.next();
        // Of texts of megabytes a difference would not be shown.
        expect(JSON.stringify(session) === JSON.stringify(body.data.session)).toBe(true);
        expect(await feed.ended).toBeNull();
      }
    }
    await client.dispose();
  });

  it('is refused over WebSocket as over HTTP', async () => {
    const client = connect(server.url);
    const ended = await follow(client, read('long', names(9, 'text'))).ended;
    expect(ended).toMatchObject(TOO_COMPLEX.errors);
    await client.dispose();
  });

  it('gives all blocks of a message', async () => {
    const { body } = await server.request(read('many', 'content { __typename }'));
    expect(body.data.session.agent.messages.nodes[0].content).toHaveLength(20_000);
  });

  it('is refused where it would give the many calls that wait for an approval under many names', async () => {
    const approvals = Array.from({ length: 20_000 }, (_, index) => `call ${index}`);
    const metadata = { framework: { approvals } };
    await append('waiting', [{ text: 'a' }], metadata);
    const { body } = await server.request(read('waiting', 'awaitingApproval'));
    expect(body.data.session.agent.messages.nodes[0].awaitingApproval).toEqual(approvals);
    const { body: refused } = await server.request(read('waiting', names(60, 'awaitingApproval')));
    expect(refused.errors).toMatchObject(TOO_COMPLEX.errors);
  });

  it('is refused where it would ask each of many blocks for much', async () => {
    const fragment = `fragment F on ContentBlock { ... on CachePointBlock { ${names(60, 'type')} } }`;
    for (const query of [
      read('many', `content { ${names(60, '__typename')} }`),
      `${read('many', 'content { ...F }')} ${fragment}`,
      read('many', names(60, 'content { __typename }')),
    ]) {
      const { body } = await server.request(query);
      expect(body.errors[0]).toMatchObject({
        message: expect.stringContaining('1000000 fields'),
        extensions: { code: 'QUERY_TOO_COMPLEX' },
      });
    }
  });

  it('is there for the next who asks', async () => {
    expect((await server.request('{ __typename }')).body).toEqual({ data: { __typename: 'Query' } });
  });
});
