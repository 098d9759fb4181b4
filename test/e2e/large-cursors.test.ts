import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, follow } from '../support/live-client.js';
import type { RunningServer } from '../support/server.js';
import { SERVERS } from '../support/server-on-mongo.js';

const FOLLOW = `subscription ($after: String) { messageAdded(sessionId: "many", after: $after) {
  __typename cursor
  ... on Ready { resumed }
  ... on MessageAdded { message { text } }
} }`;
const AGENTS = 1_200;
const AT_ONCE = 60;

describe.each(SERVERS)('the cursor of a session with very many agents, on %s', (_store, start) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start();
    for (let from = 0; from < AGENTS; from += AT_ONCE) {
      const appends = Array.from({ length: AT_ONCE }, (_, n) => {
        const agentId = `${'long'.repeat(30)}-${from + n}`;
        return `a${n}: appendMessages(input: {sessionId: "many", agentId: "${agentId}", createIfMissing: true, messages: [{role: USER, text: "first"}]}) { added { position } }`;
      });
      const { body } = await server.request(`mutation { ${appends.join(' ')} }`);
      expect(body.errors).toBeUndefined();
    }
  });
  afterAll(() => server.stop());

  it('opens its subscription again, over a socket, with what came meanwhile', async () => {
    const client = connect(server.url);
    const ready = await follow(client, FOLLOW).next();
    expect(ready).toMatchObject({ __typename: 'Ready' });
    await client.dispose();
    // Much longer than other arguments are.
    expect(ready.cursor.length).toBeGreaterThan(150_000);
    await server.request(
      'mutation { appendMessages(input: {sessionId: "many", agentId: "new", createIfMissing: true, messages: [{role: USER, text: "meanwhile"}]}) { added { position } } }',
    );
    const back = connect(server.url);
    const feed = follow(back, FOLLOW, { after: ready.cursor });
    expect(await feed.next()).toMatchObject({ __typename: 'Ready', resumed: true });
    expect(await feed.next()).toMatchObject({ __typename: 'MessageAdded', message: { text: 'meanwhile' } });
    await back.dispose();
  });
});
