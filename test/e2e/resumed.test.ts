import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstEvents } from '../support/live-client.js';
import type { RunningServer } from '../support/server.js';
import { SERVERS } from '../support/server-on-mongo.js';

const FIELDS = '{ __typename cursor ... on Ready { sessionExists resumed } ... on Resync { reason } }';
const SUBSCRIPTIONS = [
  ['messageAdded', `subscription ($after: String) { messageAdded(sessionId: "s", after: $after) ${FIELDS} }`],
  [
    'sessionEvents',
    `subscription ($after: String) { sessionEvents(sessionId: "s", after: $after) ${FIELDS} }`,
  ],
  ['sessionActivity', `subscription ($after: String) { sessionActivity(after: $after) ${FIELDS} }`],
] as const;

describe.each(SERVERS)('Ready says whether the feed goes on, on %s', (_store, start) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start();
    await create('s');
  });
  afterAll(() => server.stop());

  const create = (sessionId: string) =>
    server.request('mutation ($id: ID!) { createSession(input: {sessionId: $id}) { session { id } } }', {
      id: sessionId,
    });
  const remove = (sessionId: string) =>
    server.request('mutation ($id: ID!) { deleteSession(input: {sessionId: $id}) { sessionId } }', {
      id: sessionId,
    });

  it.each(SUBSCRIPTIONS)('of %s: not without a cursor, with one it does', async (_name, query) => {
    const [fresh] = await firstEvents(server.url, query, null);
    expect(fresh).toMatchObject({ __typename: 'Ready', resumed: false });
    const [again] = await firstEvents(server.url, query, fresh.cursor);
    expect(again).toMatchObject({ __typename: 'Ready', resumed: true });
    // As clients do that subscribe again with what they sent first: the only sign that something may be missing.
    const [anew] = await firstEvents(server.url, query, null);
    expect(anew).toMatchObject({ __typename: 'Ready', resumed: false });
  });

  it('of a session that was removed since: it goes on to its end', async () => {
    const query = `subscription ($after: String) { sessionEvents(sessionId: "gone", after: $after) ${FIELDS} }`;
    await create('gone');
    const [{ cursor }] = await firstEvents(server.url, query, null);
    await remove('gone');
    expect(await firstEvents(server.url, query, cursor, 2)).toMatchObject([
      { __typename: 'Ready', resumed: true, sessionExists: false },
      { __typename: 'SessionDeleted' },
    ]);
  });

  it('of a session that was made anew since: it does not, and Resync says why', async () => {
    const query = `subscription ($after: String) { sessionEvents(sessionId: "anew", after: $after) ${FIELDS} }`;
    await create('anew');
    const [{ cursor }] = await firstEvents(server.url, query, null);
    await remove('anew');
    await create('anew');
    expect(await firstEvents(server.url, query, cursor, 2)).toMatchObject([
      { __typename: 'Ready', resumed: false, sessionExists: true },
      { __typename: 'Resync', reason: 'SESSION_RECREATED' },
    ]);
  });
});
