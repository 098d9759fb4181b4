import { beforeAll, describe, expect, it } from 'vitest';
import { SCOPES } from '../../src/domain/access/policy.js';
import { codes, makeKey } from '../support/access.js';
import { guardedServer } from '../support/guarded-server.js';

const stage = guardedServer();
const { ask } = stage;

describe('a caller who is limited', () => {
  const SESSIONS = [
    { sessionId: 'shop-alice', applicationName: 'shop', metadata: { user: { id: 'alice' } } },
    { sessionId: 'shop-bob', applicationName: 'shop', metadata: { user: { id: 'bob' } } },
    { sessionId: 'desk-alice', applicationName: 'desk', metadata: { user: { id: 'alice' } } },
  ];
  const CREATE =
    'mutation ($input: CreateSessionInput!) { createSession(input: $input) { session { sessionId applicationName metadata } } }';
  const APPEND =
    'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { id } } }';
  const ids: Record<string, string> = {};
  const bearer: Record<string, string> = {};
  beforeAll(async () => {
    for (const input of SESSIONS) {
      await ask(stage.everything, CREATE, { input });
      const message = {
        sessionId: input.sessionId,
        agentId: 'a',
        createIfMissing: true,
        messages: [{ role: 'USER', text: 'hi' }],
      };
      const { data } = await ask(stage.everything, APPEND, { input: message });
      ids[input.sessionId] = data.appendMessages.messages[0].id;
    }
    const reaches = {
      application: { applicationName: 'shop' },
      prefix: { sessionIdPrefix: 'shop-' },
      metadata: { metadata: { 'user.id': 'alice' } },
      one: { sessionId: 'shop-alice' },
      both: { applicationName: 'shop', metadata: { 'user.id': 'alice' } },
    };
    for (const [name, reach] of Object.entries(reaches))
      bearer[name] = (await makeKey(stage.server.sqlitePath, SCOPES, reach)).bearer;
  });

  it.each([
    ['application', ['shop-alice', 'shop-bob']],
    ['prefix', ['shop-alice', 'shop-bob']],
    ['metadata', ['desk-alice', 'shop-alice']],
    ['one', ['shop-alice']],
    ['both', ['shop-alice']],
  ])('by %s sees these alone, in lists and counts', async (name, expected) => {
    const query = '{ sessions(first: 50) { totalCount nodes { sessionId } } }';
    const { data } = await ask(bearer[name] as string, query);
    expect(data.sessions.nodes.map(({ sessionId }: { sessionId: string }) => sessionId).sort()).toEqual(
      expected,
    );
    expect(data.sessions.totalCount).toBe(expected.length);
    const hidden = SESSIONS.map(({ sessionId }) => sessionId).filter((id) => !expected.includes(id));
    for (const sessionId of hidden) {
      const filtered = await ask(
        bearer[name] as string,
        'query ($ids: [ID!]) { sessions(filter: {sessionIds: $ids}) { totalCount nodes { sessionId } } }',
        { ids: [sessionId] },
      );
      expect(filtered.data.sessions).toEqual({ totalCount: 0, nodes: [] });
    }
  });

  /** With the id taken out, what a foreign session answers and what none at all does. */
  const anonymised = (answer: object, sessionId: string) =>
    JSON.stringify(answer).replaceAll(sessionId, '<id>');

  it.each(['application', 'prefix', 'metadata', 'one', 'both'])(
    'by %s cannot tell a foreign session from a missing one',
    async (name) => {
      const [foreign, missing] = [
        name === 'application' || name === 'prefix' ? 'desk-alice' : 'shop-bob',
        'desk-nobody',
      ];
      const operations: [string, (sessionId: string) => object][] = [
        ['query ($id: ID!) { session(sessionId: $id) { sessionId agents { agentId } } }', (id) => ({ id })],
        [
          'query ($id: ID!) { node(id: $id) { id } }',
          (id) => ({ id: Buffer.from(JSON.stringify(['Session', id])).toString('base64url') }),
        ],
        [
          'query ($id: ID!) { node(id: $id) { id } }',
          (id) => ({ id: Buffer.from(JSON.stringify(['Agent', id, 'a'])).toString('base64url') }),
        ],
        [
          'mutation ($input: DeleteSessionInput!) { deleteSession(input: $input) { sessionId } }',
          (id) => ({ input: { sessionId: id } }),
        ],
        [
          'mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { session { id } } }',
          (id) => ({ input: { sessionId: id, set: { a: 1 } } }),
        ],
        [
          'mutation ($input: AddFeedbackInput!) { addFeedback(input: $input) { feedback { comment } } }',
          (id) => ({ input: { sessionId: id, rating: 'UP' } }),
        ],
        [
          APPEND,
          (id) => ({ input: { sessionId: id, agentId: 'a', messages: [{ role: 'USER', text: 'x' }] } }),
        ],
        [
          APPEND,
          (id) => ({
            input: {
              sessionId: id,
              agentId: 'a',
              createIfMissing: name === 'prefix' || name === 'one',
              messages: [{ role: 'USER', text: 'x' }],
            },
          }),
        ],
        [
          'mutation ($input: CreateSessionTokenInput!) { createSessionToken(input: $input) { token } }',
          (id) => ({ input: { sessionId: id, scopes: ['READ'] } }),
        ],
      ];
      for (const [document, variables] of operations) {
        const { headers: _a, ...one } = await ask(bearer[name] as string, document, variables(foreign));
        const { headers: _b, ...other } = await ask(bearer[name] as string, document, variables(missing));
        expect(anonymised(one, foreign)).toBe(anonymised(other, missing));
      }
      const shown = await ask(
        stage.everything,
        'query ($id: ID!) { session(sessionId: $id) { messageCount feedback { comment } } }',
        { id: foreign },
      );
      expect(shown.data.session).toEqual({ messageCount: 1, feedback: [] });
    },
  );

  it('makes sessions within its reach, and changes nothing that decides about it', async () => {
    const made = await ask(bearer.both as string, CREATE, {
      input: { sessionId: 'new', metadata: { topic: 1 } },
    });
    expect(made.data.createSession.session).toEqual({
      sessionId: 'new',
      applicationName: 'shop',
      metadata: { topic: 1, user: { id: 'alice' } },
    });
    for (const input of [
      { sessionId: 'x', applicationName: 'desk' },
      { sessionId: 'x', metadata: { user: { id: 'bob' } } },
    ]) {
      expect(codes(await ask(bearer.both as string, CREATE, { input }))).toEqual(['FORBIDDEN']);
    }
    expect(codes(await ask(bearer.prefix as string, CREATE, { input: {} }))).toEqual(['FORBIDDEN']);
    expect(codes(await ask(bearer.prefix as string, CREATE, { input: { sessionId: 'desk-x' } }))).toEqual([
      'FORBIDDEN',
    ]);
    for (const path of ['user', 'user.id', 'user.id.x']) {
      const document =
        'mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { session { id } } }';
      const answer = await ask(bearer.both as string, document, {
        input: { sessionId: 'new', set: { [path]: 'bob' } },
      });
      expect(codes(answer)).toEqual(['FORBIDDEN']);
    }
  });
});
