import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageVersion } from '../../src/version.js';
import { eventually } from '../support/eventually.js';
import { connect, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';

const STATUS = `{ serverStatus {
  ready version
  works { reads writes live }
  store { engine ok reason nearlyFull }
  feed { state reason lagMs heardAt lastChangeAt followers queued longestQueue }
  sockets { open subscriptions groups waitingBytes mostWaitingBytes }
} }`;

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const status = async () => (await server.request(STATUS)).body.data.serverStatus;
const ready = async () => {
  const response = await fetch(new URL('/ready', server.url));
  return { status: response.status, body: (await response.json()) as object };
};

describe('serverStatus', () => {
  it('shows a server at rest', async () => {
    expect(await status()).toEqual({
      ready: true,
      version: packageVersion(),
      works: { reads: true, writes: true, live: true },
      store: { engine: 'SQLITE', ok: true, reason: null, nearlyFull: 0 },
      feed: {
        state: 'LIVE',
        reason: null,
        lagMs: 0,
        heardAt: expect.stringMatching(/Z$/),
        lastChangeAt: null,
        followers: 0,
        queued: 0,
        longestQueue: 0,
      },
      sockets: { open: 0, subscriptions: 0, groups: 0, waitingBytes: 0, mostWaitingBytes: 0 },
    });
  });

  it('counts sockets, subscriptions and the groups that equal ones form, until they leave', async () => {
    const clients = [connect(server.url), connect(server.url)];
    const query = 'subscription ($id: ID!) { sessionEvents(sessionId: $id) { __typename cursor } }';
    const feeds = ['s', 's', 't'].map((id, index) =>
      follow(clients[index % 2] as (typeof clients)[0], query, { id }),
    );
    await Promise.all(feeds.map((feed) => feed.next()));
    await eventually(async () =>
      expect(await status()).toMatchObject({
        feed: { followers: 2 },
        sockets: { open: 2, subscriptions: 3, groups: 2 },
      }),
    );
    await server.request('mutation { createSession(input: {sessionId: "s"}) { session { id } } }');
    await feeds[0]?.next();
    expect(new Date((await status()).feed.lastChangeAt).getTime()).toBeGreaterThan(Date.now() - 60_000);

    for (const feed of feeds) feed.stop();
    await eventually(async () =>
      expect(await status()).toMatchObject({
        feed: { followers: 0 },
        sockets: { open: 0, subscriptions: 0, groups: 0 },
      }),
    );
  });
});

describe('/ready', () => {
  it('tells what serverStatus tells', async () => {
    const { status: code, body } = await ready();
    expect(code).toBe(200);
    expect(body).toMatchObject({
      ready: true,
      works: { reads: true, writes: true, live: true },
      store: { engine: 'sqlite', ok: true },
      feed: { state: 'live' },
    });
    expect(Object.keys(body)).toEqual(['ready', 'version', 'works', 'store', 'feed', 'sockets']);
  });
});
