import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';

const MB = 1024 * 1024;

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

async function append(text: string): Promise<void> {
  const input = {
    sessionId: 's',
    agentId: 'a',
    createIfMissing: true,
    messages: [{ role: 'USER', text }],
  };
  const query = 'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }';
  expect((await server.request(query, { input })).body.errors).toBeUndefined();
}

const subscription = (fields: string, after: string | null = null) => `subscription {
  messageAdded(sessionId: "s", after: ${JSON.stringify(after)}) {
    __typename cursor ... on MessageAdded { message { ${fields} } } } }`;

describe('messages larger than what is loaded ahead', () => {
  it('come in their order, live and after a time away, each once', async () => {
    await append('first');
    const client = connect(server.url);
    const before = follow(client, subscription('position'));
    const ready = await before.next();
    const sizes = [10, 2 * MB, 20, 3 * MB, 3 * MB, 30];
    for (const [index, size] of sizes.entries()) await append(`${index}`.repeat(size));
    for (let index = 0; index < sizes.length; index++) {
      expect((await before.next()).message).toEqual({ position: index + 1 });
    }
    const away = follow(client, subscription('position text', ready.cursor));
    expect((await away.next()).__typename).toBe('Ready');
    for (const [index, size] of sizes.entries()) {
      const { message } = await away.next();
      expect([message.position, message.text.length]).toEqual([index + 1, size]);
    }
    await client.dispose();
  });
});
