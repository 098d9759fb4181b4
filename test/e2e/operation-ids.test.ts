import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { connect, follow } from '../support/live-client.js';
import type { RunningServer } from '../support/server.js';
import { SERVERS } from '../support/server-on-mongo.js';
import { introduced, type Talk } from '../support/talk.js';

const ROUNDS = 20;
/** `name` tells the events of one operation from those of another under the same id. */
const events = (name: string) =>
  `subscription ($id: ID!, $after: String) { ${name}: sessionEvents(sessionId: $id, after: $after) { __typename cursor } }`;
const NOTHING_LEFT = {
  feed: { followers: 0 },
  sockets: { open: 0, subscriptions: 0, groups: 0 },
};

describe.each(SERVERS)('an id that is used again at once on one socket, on %s', (_store, start) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start();
    await server.request('mutation { createSession(input: {sessionId: "s"}) { session { id } } }');
  });
  afterAll(() => server.stop());

  const subscribe = (id: string, name: string, after: string | null = null) => ({
    id,
    type: 'subscribe',
    payload: { query: events(name), variables: { id: 's', after } },
  });
  const complete = (id: string) => ({ id, type: 'complete' });
  const expectStatus = (wanted: object) =>
    vi.waitFor(
      async () => {
        const { body } = await server.request(
          '{ serverStatus { feed { followers } sockets { open subscriptions groups } } }',
        );
        expect(body.data.serverStatus).toEqual(wanted);
      },
      { timeout: 10_000 },
    );
  let changes = 0;
  const changeSession = () =>
    server.request(
      `mutation { updateMetadata(input: {sessionId: "s", set: {a: ${++changes}}}) { session { id } } }`,
    );

  async function socket(): Promise<Talk> {
    const talking = await introduced(server.url);
    onTestFinished(() => talking.socket.terminate());
    return talking;
  }

  /** Hears until the operation tells of this. Meanwhile come events alone: `complete` would be of another. */
  async function untilTold({ hear }: Talk, name: string, type: string): Promise<void> {
    for (let told: string | undefined; told !== type; ) {
      const message = await hear();
      expect(message).toMatchObject({ id: '1', type: 'next' });
      told = message.payload.data[name]?.__typename;
    }
  }

  async function cursorNow(): Promise<string> {
    const client = connect(server.url);
    const { cursor } = await follow(client, events('now'), { id: 's' }).next();
    await client.dispose();
    return cursor;
  }

  it('names the last operation, whose events alone come, and leaves nothing of the others', async () => {
    const talking = await socket();
    const { say, hear } = talking;
    for (let round = 0; round < ROUNDS; round++) {
      say(subscribe('1', `other${round}`));
      say(complete('1'));
    }
    say(subscribe('1', 'last'));
    await untilTold(talking, 'last', 'Ready');
    await expectStatus({ feed: { followers: 1 }, sockets: { open: 1, subscriptions: 1, groups: 1 } });
    await changeSession();
    expect(await hear()).toMatchObject({ payload: { data: { last: { __typename: 'MetadataChanged' } } } });
    say(complete('1'));
    await expectStatus({ feed: { followers: 0 }, sockets: { open: 1, subscriptions: 0, groups: 0 } });
    talking.socket.close();
    await expectStatus(NOTHING_LEFT);
  });

  it('with a cursor, gives the new operation no `complete` of the old one', async () => {
    const after = await cursorNow();
    await changeSession();
    const talking = await socket();
    const { say } = talking;
    for (let round = 0; round < ROUNDS; round++) {
      say(subscribe('1', `old${round}`, after));
      say(complete('1'));
      say(subscribe('1', `new${round}`, after));
      await untilTold(talking, `new${round}`, 'MetadataChanged');
      say(complete('1'));
    }
    say(subscribe('1', 'old', after));
    say(complete('1'));
    say(subscribe('1', 'last'));
    await untilTold(talking, 'last', 'Ready');
    await changeSession();
    await untilTold(talking, 'last', 'MetadataChanged');
    talking.socket.close();
    await expectStatus(NOTHING_LEFT);
  });

  it('leaves nothing where the socket goes while the operations begin', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const talking = await socket();
      talking.say(subscribe('1', 'first'));
      talking.say(complete('1'));
      talking.say(subscribe('1', 'second'));
      if (round % 2) talking.socket.close();
      else talking.socket.terminate();
    }
    await expectStatus(NOTHING_LEFT);
  });

  it('may be used again by a client that subscribes and leaves at once, as graphql-ws does', async () => {
    const client = connect(server.url);
    const kept = follow(client, events('kept'), { id: 's' });
    expect(await kept.next()).toMatchObject({ __typename: 'Ready' });
    for (let round = 0; round < ROUNDS; round++) follow(client, events(`left${round}`), { id: 's' }).stop();
    await expectStatus({ feed: { followers: 1 }, sockets: { open: 1, subscriptions: 1, groups: 1 } });
    await client.dispose();
    await expectStatus(NOTHING_LEFT);
  });
});
