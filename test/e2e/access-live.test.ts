import { createClient } from 'graphql-ws';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { makeKey } from '../support/access.js';
import { eventually } from '../support/eventually.js';
import { guardedServer } from '../support/guarded-server.js';
import { follow } from '../support/live-client.js';

const stage = guardedServer();
const { ask, refusalsOf } = stage;

describe('a live subscription', () => {
  const clients: ReturnType<typeof createClient>[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.dispose();
  });
  const open = (
    authorization: string,
    onClosed: (event: { code: number; reason: string }) => void = () => {},
  ) => {
    const client = createClient({
      url: stage.server.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
      on: { closed: (event) => onClosed(event as { code: number; reason: string }) },
    });
    clients.push(client);
    return client;
  };
  const EVENTS =
    'subscription ($id: ID!) { sessionEvents(sessionId: $id) { __typename cursor ... on Ready { sessionExists } ... on MessageAdded { message { text } } } }';
  const say = (sessionId: string, text: string) =>
    ask(
      stage.everything,
      'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }',
      {
        input: { sessionId, agentId: 'a', createIfMissing: true, messages: [{ role: 'USER', text }] },
      },
    );
  const setUser = (sessionId: string, user: string) =>
    ask(
      stage.everything,
      'mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { __typename } }',
      {
        input: { sessionId, set: { 'user.id': user } },
      },
    );

  const byHeader = (value: string) =>
    class extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, { headers: { authorization: value } });
      }
    };

  it.each<[string, object]>([
    [
      'a capital letter in its introduction',
      { connectionParams: () => ({ Authorization: stage.everything }) },
    ],
    ['the header of its upgrade', { webSocketImpl: () => byHeader(stage.everything) }],
    [
      'its introduction, whatever a proxy adds',
      {
        connectionParams: () => ({ authorization: stage.everything }),
        webSocketImpl: () => byHeader('Basic eA=='),
      },
    ],
  ])('is let in by %s', async (_how, given) => {
    const { connectionParams, webSocketImpl } = given as Record<string, (() => never) | undefined>;
    const client = createClient({
      url: stage.server.url.replace('http', 'ws'),
      webSocketImpl: webSocketImpl?.() ?? WebSocket,
      connectionParams: connectionParams?.() ?? {},
      retryAttempts: 0,
    });
    clients.push(client);
    expect((await follow(client, EVENTS, { id: 'let-in' }).next()).__typename).toBe('Ready');
  });

  it('with two introductions that differ is closed with 4403', async () => {
    const closed = new Promise<{ code: number }>((resolve) => {
      const client = createClient({
        url: stage.server.url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: stage.everything, Authorization: 'Bearer other' },
        retryAttempts: 0,
        on: { closed: (event) => resolve(event as { code: number }) },
      });
      clients.push(client);
      follow(client, EVENTS, { id: 'let-in' }).ended.catch(() => {});
    });
    expect((await closed).code).toBe(4403);
  });

  it('without a good credential is closed with 4403 and a reason', async () => {
    const closed = new Promise<{ code: number; reason: string }>((resolve) => {
      follow(open('Bearer parley_000000000000_wrong', resolve), EVENTS, { id: 's' }).ended.catch(() => {});
    });
    expect(await closed).toMatchObject({ code: 4403, reason: 'The credential is not valid, or no longer.' });
  });

  it('ends within seconds of the revocation of its key, and misses nothing when it comes back with another one', async () => {
    const key = await makeKey(stage.server.sqlitePath, ['read']);
    await say('revoked', 'one');
    const closed = new Promise<{ code: number }>((resolve) => {
      const feed = follow(open(key.bearer, resolve), EVENTS, { id: 'revoked' });
      feed.ended.catch(() => {});
      void feed.next().then(() => key.revoke());
    });
    expect(await closed).toMatchObject({ code: 4403 });
    await eventually(async () =>
      expect(await refusalsOf(key.id)).toMatchObject([{ action: 'connection', outcome: 'UNAUTHENTICATED' }]),
    );
  });

  it('follows a session that is not within reach as one that does not exist', async () => {
    const { bearer } = await makeKey(stage.server.sqlitePath, ['read'], { metadata: { 'user.id': 'alice' } });
    await say('foreign', 'secret');
    await setUser('foreign', 'bob');
    const feed = follow(open(bearer), EVENTS, { id: 'foreign' });
    expect(await feed.next()).toMatchObject({ __typename: 'Ready', sessionExists: false });
    await say('foreign', 'more secrets');
    // Once it has come within reach it is there, with all that was said.
    await setUser('foreign', 'alice');
    expect(await feed.next()).toMatchObject({ __typename: 'SessionCreated' });
    expect(await feed.next()).toMatchObject({ message: { text: 'secret' } });
    expect(await feed.next()).toMatchObject({ message: { text: 'more secrets' } });
    await say('foreign', 'live');
    expect(await feed.next()).toMatchObject({ message: { text: 'live' } });
  });

  it('ends where the session leaves what its caller may see, before anything more is told', async () => {
    const { id, bearer } = await makeKey(stage.server.sqlitePath, ['read'], {
      metadata: { 'user.id': 'alice' },
    });
    await say('moving', 'one');
    await setUser('moving', 'alice');
    const feed = follow(open(bearer), EVENTS, { id: 'moving' });
    expect(await feed.next()).toMatchObject({ __typename: 'Ready', sessionExists: true });
    await setUser('moving', 'bob');
    await say('moving', 'not for alice');
    const seen: unknown[] = [];
    const errors = await feed.ended;
    await feed
      .next()
      .then((event) => seen.push(event))
      .catch(() => {});
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(JSON.stringify(seen)).not.toContain('not for alice');
    await eventually(async () =>
      expect(await refusalsOf(id)).toMatchObject([{ action: 'operation', outcome: 'FORBIDDEN' }]),
    );
  });

  it('of all activity tells of the sessions within reach alone', async () => {
    const { bearer } = await makeKey(stage.server.sqlitePath, ['read'], { sessionIdPrefix: 'mine-' });
    const feed = follow(
      open(bearer),
      'subscription { sessionActivity { __typename ... on SessionChanged { session { sessionId } } ... on SessionDeleted { sessionId } } }',
    );
    await feed.next();
    await say('theirs-1', 'x');
    await ask(stage.everything, 'mutation { deleteSession(input: {sessionId: "theirs-1"}) { sessionId } }');
    await say('mine-1', 'x');
    expect(await feed.next()).toMatchObject({ session: { sessionId: 'mine-1' } });
    await ask(stage.everything, 'mutation { deleteSession(input: {sessionId: "mine-1"}) { sessionId } }');
    const told = [await feed.next()];
    while (told.at(-1)?.__typename !== 'SessionDeleted') told.push(await feed.next());
    expect(JSON.stringify(told)).not.toContain('theirs');
  });
});
