import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ParleyError } from '../../src/domain/errors.js';
import type { SessionStore } from '../../src/domain/sessions/session-store.js';
import { connect, follow } from '../support/live-client.js';
import type { RunningServer } from '../support/server.js';
import { SERVERS } from '../support/server-on-mongo.js';

/** How many look-ups take too long from now on, and how many did. */
const store = vi.hoisted(() => ({ slow: 0, timedOut: 0 }));

vi.mock('../../src/stores/open-store.js', async (original) => {
  const { openStore } = await original<typeof import('../../src/stores/open-store.js')>();
  return {
    async openStore(...options: Parameters<typeof openStore>) {
      const opened = await openStore(...options);
      const findSessions: SessionStore['findSessions'] = async (...query) => {
        if (store.slow === 0) return opened.sessions.findSessions(...query);
        store.slow--;
        store.timedOut++;
        throw new ParleyError('TIMEOUT', 'The filter had to read too many sessions.');
      };
      const sessions = { ...opened.sessions, findSessions };
      return { ...opened, sessions };
    },
  };
});

const ACTIVITY = `subscription ($after: String) { sessionActivity(filter: {metadata: [{path: "a", gte: 0}]}, after: $after) {
  __typename cursor ... on SessionChanged { session { sessionId } }
} }`;

describe.each(SERVERS)('an activity filter that takes too long, on %s', (_store, start) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start();
    await server.request('mutation { createSession(input: {sessionId: "s"}) { session { id } } }');
  });
  afterAll(() => server.stop());
  beforeEach(() => Object.assign(store, { slow: 0, timedOut: 0 }));

  let changes = 0;
  const change = () =>
    server.request(
      `mutation { updateMetadata(input: {sessionId: "s", set: {a: ${++changes}}}) { session { id } } }`,
    );

  it('is tried again, unseen, where that helps', async () => {
    const client = connect(server.url);
    const feed = follow(client, ACTIVITY);
    expect(await feed.next()).toMatchObject({ __typename: 'Ready' });
    store.slow = 2;
    await change();
    expect(await feed.next()).toMatchObject({ __typename: 'SessionChanged' });
    expect(store.timedOut).toBe(2);
    await client.dispose();
  });

  it('ends each of its subscriptions with TIMEOUT, once, and nothing is lost for who comes back with the cursor', async () => {
    const clients = [connect(server.url), connect(server.url)] as const;
    const feeds = clients.map((client) => follow(client, ACTIVITY));
    for (const feed of feeds) expect(await feed.next()).toMatchObject({ __typename: 'Ready' });
    const other = follow(clients[0], 'subscription { sessionEvents(sessionId: "s") { __typename cursor } }');
    expect(await other.next()).toMatchObject({ __typename: 'Ready' });
    store.slow = Number.POSITIVE_INFINITY;
    await change();
    const ends = await Promise.all(feeds.map(({ ended }) => ended));
    for (const errors of ends) {
      expect(errors).toMatchObject([
        { message: 'The filter had to read too many sessions.', extensions: { code: 'TIMEOUT' } },
      ]);
    }
    // Who asks for no filter goes on, on the same socket; and nothing goes on in the background.
    expect(await other.next()).toMatchObject({ __typename: 'MetadataChanged' });
    const { body } = await server.request('{ serverStatus { feed { followers } sockets { groups } } }');
    expect(body.data.serverStatus).toEqual({ feed: { followers: 1 }, sockets: { groups: 1 } });

    store.slow = 0;
    const after = ends[0]?.[0]?.extensions.cursor;
    const back = follow(clients[0], ACTIVITY, { after });
    expect(await back.next()).toMatchObject({ __typename: 'Ready' });
    expect(await back.next()).toMatchObject({ __typename: 'SessionChanged', session: { sessionId: 's' } });
    await Promise.all(clients.map((client) => client.dispose()));
  });
});
