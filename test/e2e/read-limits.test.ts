import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';

const MB = 1024 * 1024;

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ maxReadBytes: 4 * MB });
  for (let index = 0; index < 3; index++) await append('long', [{ text: 'x'.repeat(MB) }]);
  const state = { notes: 'y'.repeat(3 * MB) };
  await write('upsertAgent', 'UpsertAgentInput', { sessionId: 's', agentId: 'other', state });
  await write('updateMetadata', 'UpdateMetadataInput', { sessionId: 's', set: { big: 'z'.repeat(3 * MB) } });
});
afterAll(() => server.stop());

async function write(mutation: string, type: string, input: object): Promise<void> {
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename } }`;
  expect((await server.request(query, { input })).body.errors).toBeUndefined();
}
const append = (agentId: string, content: object[]) =>
  write('appendMessages', 'AppendMessagesInput', {
    sessionId: 's',
    agentId,
    createIfMissing: true,
    messages: [{ role: 'USER', content }],
  });

const pages = (fields: string) =>
  Array.from(
    { length: 6 },
    (_, index) => `p${index}: messages(first: ${20 + index}) { nodes { ${fields} } }`,
  );
const session = (fields: string) => `{ session(sessionId: "s") { ${fields} } }`;
const agent = (agentId: string, fields: string) => session(`agent(agentId: "${agentId}") { ${fields} }`);

const TOO_MUCH = {
  message: expect.stringMatching(/would read \d+ bytes .* at most 4194304 are allowed/),
  extensions: { code: 'QUERY_TOO_COMPLEX', limit: 4 * MB, bytes: expect.any(Number) },
};

describe('what an operation may read', () => {
  it('is less than six pages of large messages under six names', async () => {
    const { status, body } = await server.request(agent('long', pages('text').join(' ')));
    expect(status).toBe(200);
    expect(body.errors).toMatchObject([TOO_MUCH]);
  });

  it('is for all of its fields together', async () => {
    const fields = ['long', 'other'].map(
      (id) => `${id}: agent(agentId: "${id}") { state messages { nodes { text } } }`,
    );
    expect((await server.request(session(fields[0] as string))).body.errors).toBeUndefined();
    expect((await server.request(session(fields[1] as string))).body.errors).toBeUndefined();
    expect((await server.request(session(fields.join(' ')))).body.errors).toMatchObject([TOO_MUCH, TOO_MUCH]);
  });

  it('counts the blocks of replies, however little they say', async () => {
    const parts = Array.from({ length: 1_000 }, (_, block) => ({ block, text: 'x' }));
    for (let index = 0; index < 20; index++) {
      const replyId = `r${index}`;
      await write('startReply', 'StartReplyInput', { sessionId: 's', agentId: 'long', replyId });
      await write('continueReply', 'ContinueReplyInput', { replyId, epoch: 1, offset: 0, parts });
    }
    const blocks = (first: number) => agent('long', `replies(first: ${first}) { blocks { block } }`);
    expect((await server.request(blocks(10))).body.errors).toBeUndefined();
    const { body } = await server.request(blocks(20));
    expect(body.errors[0]).toMatchObject(TOO_MUCH);
  });

  it('is counted for what is selected alone', async () => {
    const { body } = await server.request(agent('long', pages('messageId position role').join(' ')));
    expect(body.errors).toBeUndefined();
    expect(body.data.session.agent.p0.nodes).toHaveLength(3);
    const light = 'sessionId messageCount agents { agentId messageCount messages { nodes { messageId } } }';
    expect((await server.request(session(light))).body.errors).toBeUndefined();
  });

  it('is the same for lists, whoever finds them', async () => {
    const list = (filter: string, fields: string) =>
      `{ sessions(filter: ${filter}) { nodes { ${fields} } } }`;
    for (const filter of ['{}', '{metadata: [{path: "big", exists: true}]}']) {
      const both = `a: metadata b: metadata`;
      const one = (await server.request(list(filter, both))).body;
      expect(one.data.sessions.nodes).toHaveLength(1);
      const twice = `{ a: sessions(filter: ${filter}) { nodes { metadata } } b: sessions(filter: ${filter}) { nodes { metadata } } }`;
      expect((await server.request(twice)).body.errors).toMatchObject([TOO_MUCH]);
    }
  });

  it('is the same over WebSocket', async () => {
    const client = connect(server.url);
    const ended = await follow(client, agent('long', pages('text').join(' '))).ended;
    expect(ended).toMatchObject([TOO_MUCH]);
    await client.dispose();
  });

  it('is given back: one operation after the other, and many at once, are answered', async () => {
    const read = () => server.request(agent('long', 'messages { nodes { text } }'));
    const answers = await Promise.all(Array.from({ length: 20 }, read));
    for (const { body } of answers) expect(body.data.session.agent.messages.nodes).toHaveLength(3);
  });
});
