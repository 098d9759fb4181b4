import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, follow } from '../support/live-client.js';
import type { RunningServer } from '../support/server.js';
import { SERVERS } from '../support/server-on-mongo.js';

const ACTIVITY = `subscription ($filter: SessionFilter, $after: String) { sessionActivity(filter: $filter, after: $after) {
  __typename cursor
  ... on Ready { resumed }
  ... on SessionChanged { session { sessionId } }
  ... on SessionLeft { sessionId }
} }`;
const OPEN = { metadata: [{ path: 'status', eq: 'open' }] };

describe.each(SERVERS)('a list that refreshes itself, on %s', (_store, start) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start();
    for (const id of ['one', 'two']) {
      await server.request(
        'mutation ($input: CreateSessionInput!) { createSession(input: $input) { session { id } } }',
        { input: { sessionId: id, metadata: { status: 'open' } } },
      );
    }
  });
  afterAll(() => server.stop());

  const setStatus = (sessionId: string, status: string) =>
    server.request(
      'mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { session { id } } }',
      { input: { sessionId, set: { status } } },
    );

  it('is told by each of its equal subscriptions what left it, and after a reconnect what left meanwhile', async () => {
    const clients = [connect(server.url), connect(server.url)] as const;
    const feeds = clients.map((client) => follow(client, ACTIVITY, { filter: OPEN }));
    for (const feed of feeds) expect(await feed.next()).toMatchObject({ __typename: 'Ready' });
    await setStatus('one', 'closed');
    let cursor = '';
    for (const feed of feeds) {
      const left = await feed.next();
      expect(left).toMatchObject({ __typename: 'SessionLeft', sessionId: 'one' });
      cursor = left.cursor;
    }
    await Promise.all(clients.map((client) => client.dispose()));

    await setStatus('two', 'closed');
    const back = connect(server.url);
    const feed = follow(back, ACTIVITY, { filter: OPEN, after: cursor });
    expect(await feed.next()).toMatchObject({ __typename: 'Ready', resumed: true });
    expect(await feed.next()).toMatchObject({ __typename: 'SessionLeft', sessionId: 'two' });
    await setStatus('one', 'open');
    expect(await feed.next()).toMatchObject({ __typename: 'SessionChanged', session: { sessionId: 'one' } });
    await back.dispose();
  });
});
