import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAs, makeKey } from '../support/access.js';
import { type RunningServer, startServer } from '../support/server.js';

const MB = 1024 * 1024;

let server: RunningServer;
let everyone: string;
let alice: string;
beforeAll(async () => {
  server = await startServer({ maxReadBytes: 4 * MB });
  const scopes = ['read', 'append', 'reply', 'snapshot', 'metadata'] as const;
  everyone = (await makeKey(server.sqlitePath, scopes)).bearer;
  alice = (await makeKey(server.sqlitePath, scopes, { metadata: { user: 'alice' } })).bearer;
  for (const [sessionId, size] of [
    ['large', 3 * MB],
    ['huge', 5 * MB],
  ] as const) {
    const metadata = { user: 'alice', notes: 'x'.repeat(size) };
    expect(await codes(everyone, 'createSession', { sessionId, metadata })).toEqual([]);
    const reply = { sessionId, agentId: 'a', replyId: `of ${sessionId}`, createIfMissing: true };
    expect(await codes(everyone, 'startReply', reply)).toEqual([]);
  }
});
afterAll(() => server.stop());

async function codes(bearer: string, mutation: string, input: object): Promise<string[]> {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename } }`;
  const { errors = [] } = await askAs(server.url, bearer, query, { input });
  return errors.map(({ extensions }) => extensions.code);
}

describe('of who is limited by metadata', () => {
  it('a session is looked at once, however often an operation asks for snapshots and replies', async () => {
    const keys = Array.from({ length: 50 }, (_, index) => `k${index}: snapshotKeys(prefix: "${index}")`);
    const fields = `${keys.join(' ')} snapshot(key: "k") { key } activeReplies { replyId } agent(agentId: "a") {
      replies { replyId } reply(replyId: "of large") { replyId } }`;
    const { data, errors } = await askAs(server.url, alice, `{ session(sessionId: "large") { ${fields} } }`);
    expect(errors).toBeUndefined();
    expect(data.session).toMatchObject({ k49: [], activeReplies: [{ replyId: 'of large' }] });
  });

  it.each([
    ['writeSnapshot', { sessionId: 'huge', key: 'k', data: '' }],
    ['deleteSnapshot', { sessionId: 'huge', key: 'k' }],
    ['startReply', { sessionId: 'huge', agentId: 'a' }],
    ['continueReply', { replyId: 'of huge', epoch: 1, offset: 0, parts: [] }],
    ['abortReply', { replyId: 'of huge', epoch: 1 }],
  ])(
    '%s loads nothing of a session whose metadata is more than an operation may read',
    async (mutation, input) => {
      expect(await codes(alice, mutation, input)).toEqual([]);
    },
  );

  it.each([4_000, 600_000, 5 * MB])(
    'a session beyond its reach costs nothing, with %i characters of metadata',
    async (size) => {
      const hidden = `hidden ${size}`;
      // The first is almost all that an operation may read.
      const own = {
        sessionId: `own ${size}`,
        metadata: { user: 'alice', notes: 'x'.repeat(4 * MB - 3_000) },
      };
      const metadata = { user: 'bob', notes: 'x'.repeat(size) };
      expect(await codes(everyone, 'createSession', own)).toEqual([]);
      expect(await codes(everyone, 'createSession', { sessionId: hidden, metadata })).toEqual([]);
      const query = `query ($own: ID!, $other: ID!) {
      own: session(sessionId: $own) { metadata(paths: ["user"]) }
      other: session(sessionId: $other) { sessionId snapshotKeys agents { agentId } }
    }`;
      for (const other of [hidden, 'missing']) {
        const { data, errors } = await askAs(server.url, alice, query, { own: own.sessionId, other });
        expect({ data, errors }).toEqual({ data: { own: { metadata: { user: 'alice' } }, other: null } });
      }
    },
  );

  it('a write is judged by what is there as it begins, whatever the operation saw before', async () => {
    const session = { sessionId: 'moved', metadata: { user: 'alice' } };
    expect(await codes(everyone, 'createSession', session)).toEqual([]);
    const write = { sessionId: 'moved', key: 'k', data: '' };
    expect(await codes(alice, 'writeSnapshot', write)).toEqual([]);
    await codes(everyone, 'updateMetadata', { sessionId: 'moved', set: { user: 'bob' } });
    expect(await codes(alice, 'writeSnapshot', write)).toEqual(['SESSION_NOT_FOUND']);
  });
});
