import { type GraphQLArgument, type GraphQLInputType, isNonNullType, isObjectType } from 'graphql';
import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { SCOPES, type Scope } from '../../src/domain/access/policy.js';
import { createSchema } from '../../src/graphql/schema.js';
import { askAs, makeKey } from '../support/access.js';
import { eventually } from '../support/eventually.js';
import { follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';

let server: RunningServer;
const bearers = {} as Record<Scope, string>;
let everything = '';
beforeAll(async () => {
  server = await startServer();
  for (const scope of SCOPES) bearers[scope] = (await makeKey(server.sqlitePath, [scope])).bearer;
  everything = (await makeKey(server.sqlitePath, SCOPES)).bearer;
});
afterAll(() => server.stop());

const ask = (bearer: string | null, query: string, variables: object = {}) =>
  askAs(server.url, bearer, query, variables);
const codes = ({ errors = [] }: { errors?: { extensions: { code: string } }[] }) =>
  errors.map(({ extensions }) => extensions.code);

/** What each root field needs, null: a credential of any scope; one that is missing here fails the test below. */
const NEEDS: Record<string, Scope | null> = {
  'Query.caller': null,
  'Query.node': 'read',
  'Query.session': 'read',
  'Query.sessions': 'read',
  'Query.serverStatus': 'admin',
  'Query.auditLog': 'admin',
  'Query.webhookEndpoints': 'admin',
  'Query.webhookDeadLetters': 'admin',
  'Mutation.createSession': 'append',
  'Mutation.deleteSession': 'delete',
  'Mutation.eraseSessions': 'delete',
  'Mutation.upsertAgent': 'append',
  'Mutation.appendMessages': 'append',
  'Mutation.recordMetrics': 'append',
  'Mutation.redactMessage': 'redact',
  'Mutation.updateMetadata': 'metadata',
  'Mutation.deleteMetadata': 'metadata',
  'Mutation.addFeedback': 'feedback',
  'Mutation.createSessionToken': 'read',
  'Mutation.startReply': 'reply',
  'Mutation.continueReply': 'reply',
  'Mutation.finishReply': 'reply',
  'Mutation.abortReply': 'reply',
  'Mutation.writeSnapshot': 'snapshot',
  'Mutation.deleteSnapshot': 'snapshot',
  'Subscription.messageAdded': 'read',
  'Subscription.sessionEvents': 'read',
  'Subscription.sessionActivity': 'read',
};

const INPUTS: Record<string, object> = {
  createSession: { sessionId: 'made' },
  deleteSession: { sessionId: 'nobody' },
  eraseSessions: { filter: { sessionIds: ['nobody'] } },
  upsertAgent: { sessionId: 'nobody', agentId: 'a' },
  appendMessages: { sessionId: 'nobody', agentId: 'a', messages: [{ role: 'USER', text: 'x' }] },
  recordMetrics: { sessionId: 'nobody', agentId: 'a', messageId: 0, metrics: {} },
  redactMessage: {
    sessionId: 'nobody',
    agentId: 'a',
    messageId: 0,
    replacement: { role: 'USER', text: '-' },
  },
  updateMetadata: { sessionId: 'nobody', set: { a: 1 } },
  deleteMetadata: { sessionId: 'nobody', paths: ['a'] },
  addFeedback: { sessionId: 'nobody', rating: 'UP' },
  createSessionToken: { sessionId: 'nobody', scopes: ['READ'] },
  startReply: { sessionId: 'nobody', agentId: 'a' },
  continueReply: { replyId: 'none', epoch: 1, offset: 0, parts: [] },
  finishReply: { replyId: 'none', epoch: 1 },
  abortReply: { replyId: 'none' },
  writeSnapshot: { sessionId: 'nobody', key: 'k', data: '' },
  deleteSnapshot: { sessionId: 'nobody', key: 'k' },
};

interface RootField {
  type: 'Query' | 'Mutation' | 'Subscription';
  name: string;
  document: string;
  variables: object;
}

/** Every root field of the schema, as a document that asks for it. */
function rootFields(): RootField[] {
  const schema = createSchema();
  return (['Query', 'Mutation', 'Subscription'] as const).flatMap((type) => {
    const fields = (
      schema.getType(type) as unknown as { getFields(): Record<string, { args: GraphQLArgument[] }> }
    ).getFields();
    return Object.entries(fields).map(([name, { args }]) => {
      const needed = args.filter(({ type: argument }) => isNonNullType(argument));
      const inputs: [string, GraphQLInputType, unknown][] = needed.map(({ name: argument, type: of }) => [
        argument,
        of,
        argument === 'input' ? INPUTS[name] : argument === 'id' ? globalId : 'nobody',
      ]);
      const declared = inputs.map(([argument, of]) => `$${argument}: ${of}`).join(', ');
      const passed = inputs.map(([argument]) => `${argument}: $${argument}`).join(', ');
      const list = {
        sessions: '{ nodes { sessionId } }',
        serverStatus: '{ ready }',
        auditLog: '{ nodes { action } }',
      };
      return {
        type,
        name,
        document: `${type.toLowerCase()} Ask${declared && `(${declared})`} { ${name}${passed && `(${passed})`} ${(list as Record<string, string>)[name] ?? '{ __typename }'} }`,
        variables: Object.fromEntries(inputs.map(([argument, , value]) => [argument, value])),
      };
    });
  });
}
const globalId = Buffer.from(JSON.stringify(['Session', 'nobody'])).toString('base64url');

const REFUSALS =
  'query ($who: String) { auditLog(first: 200, callerId: $who) { nodes { callerName action sessionId outcome count } } }';
const refusalsOf = async (who: string) =>
  (await ask(bearers.admin, REFUSALS, { who })).data.auditLog.nodes as {
    action: string;
    sessionId: string | null;
    outcome: string;
    count: number;
  }[];

/** The same over a WebSocket: the first result. */
async function askLive(bearer: string, { document, variables }: RootField) {
  const client = createClient({
    url: server.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: bearer },
    retryAttempts: 0,
  });
  try {
    return await new Promise<{ errors?: { extensions: { code: string } }[] }>((resolve, reject) => {
      client.subscribe(
        { query: document, variables: variables as Record<string, unknown> },
        {
          next: (result) => resolve(result as never),
          error: (errors) => (Array.isArray(errors) ? resolve({ errors }) : reject(errors)),
          complete: () => {},
        },
      );
    });
  } finally {
    await client.dispose();
  }
}

describe('every root field', () => {
  it('has a line in the table', () => {
    expect(
      rootFields()
        .map(({ type, name }) => `${type}.${name}`)
        .sort(),
    ).toEqual(Object.keys(NEEDS).sort());
    const types = Object.values(createSchema().getTypeMap()).filter(isObjectType);
    expect(types.length).toBeGreaterThan(20);
  });

  describe.each(SCOPES)('with the scope %s alone', (scope) => {
    it.each(rootFields().map((field) => [`${field.type}.${field.name}`, field] as const))(
      '%s is allowed or forbidden as the table says, over HTTP and WebSocket',
      async (label, field) => {
        const needed = NEEDS[label];
        const allowed = needed === null || needed === scope;
        const answers = [
          ...(field.type === 'Subscription'
            ? []
            : [await ask(bearers[scope], field.document, field.variables)]),
          await askLive(bearers[scope], field),
        ];
        for (const answer of answers) {
          if (allowed) expect(codes(answer)).not.toContain('FORBIDDEN');
          else expect(codes(answer)).toEqual(['FORBIDDEN']);
        }
      },
    );
  });

  it.each(rootFields().map((field) => [`${field.type}.${field.name}`, field] as const))(
    '%s asks for a credential',
    async (_label, field) => {
      const { status, headers, ...answer } = await ask(null, field.document, field.variables);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe('Bearer');
      expect(codes(answer)).toEqual(['UNAUTHENTICATED']);
    },
  );
});

describe('a caller', () => {
  const CALLER = '{ caller { kind id name scopes sessionId expiresAt } }';

  it('is told who it is and what it may do', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    const key = await makeKey(server.sqlitePath, ['feedback', 'read'], {}, { expiresAt, name: 'web' });
    expect((await ask(key.bearer, CALLER)).data.caller).toEqual({
      kind: 'KEY',
      id: key.id,
      name: 'web',
      scopes: ['READ', 'FEEDBACK'],
      sessionId: null,
      expiresAt: expiresAt.toISOString(),
    });
  });

  it('with the token of one session is told which one', async () => {
    const input = { sessionId: 'mine' };
    await ask(
      everything,
      'mutation ($input: CreateSessionInput!) { createSession(input: $input) { __typename } }',
      {
        input,
      },
    );
    const { data } = await ask(
      everything,
      'mutation { createSessionToken(input: {sessionId: "mine", scopes: [READ]}) { token } }',
    );
    const { caller } = (await ask(`Bearer ${data.createSessionToken.token}`, CALLER)).data;
    expect(caller).toMatchObject({ kind: 'SESSION_TOKEN', scopes: ['READ'], sessionId: 'mine' });
  });

  it('without a credential, where none is asked for, may do everything', async () => {
    const open = await startServer();
    onTestFinished(() => open.stop());
    const { body } = await open.request(CALLER);
    expect(body.data.caller).toMatchObject({ kind: 'ANONYMOUS', id: '', expiresAt: null });
    expect(body.data.caller.scopes).toHaveLength(SCOPES.length);
  });
});

describe('what an append gives back', () => {
  it('shows no more than the scope allows', async () => {
    const document =
      'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { text } session { metadata } } }';
    const input = {
      sessionId: 'own',
      agentId: 'a',
      createIfMissing: true,
      messages: [{ role: 'USER', text: 'x' }],
    };
    const answer = await ask(bearers.append, document, { input });
    expect(codes(answer)).toEqual(['FORBIDDEN']);
    expect(
      (await ask(bearers.append, document.replace(/ session \{.*?\}/, ''), { input })).errors,
    ).toBeUndefined();
  });
});

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
      await ask(everything, CREATE, { input });
      const message = {
        sessionId: input.sessionId,
        agentId: 'a',
        createIfMissing: true,
        messages: [{ role: 'USER', text: 'hi' }],
      };
      const { data } = await ask(everything, APPEND, { input: message });
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
      bearer[name] = (await makeKey(server.sqlitePath, SCOPES, reach)).bearer;
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
        everything,
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
      url: server.url.replace('http', 'ws'),
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
      everything,
      'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }',
      {
        input: { sessionId, agentId: 'a', createIfMissing: true, messages: [{ role: 'USER', text }] },
      },
    );
  const setUser = (sessionId: string, user: string) =>
    ask(
      everything,
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
    ['a capital letter in its introduction', { connectionParams: () => ({ Authorization: everything }) }],
    ['the header of its upgrade', { webSocketImpl: () => byHeader(everything) }],
    [
      'its introduction, whatever a proxy adds',
      {
        connectionParams: () => ({ authorization: everything }),
        webSocketImpl: () => byHeader('Basic eA=='),
      },
    ],
  ])('is let in by %s', async (_how, given) => {
    const { connectionParams, webSocketImpl } = given as Record<string, (() => never) | undefined>;
    const client = createClient({
      url: server.url.replace('http', 'ws'),
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
        url: server.url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: everything, Authorization: 'Bearer other' },
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
    const key = await makeKey(server.sqlitePath, ['read']);
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
    const { bearer } = await makeKey(server.sqlitePath, ['read'], { metadata: { 'user.id': 'alice' } });
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
    const { id, bearer } = await makeKey(server.sqlitePath, ['read'], { metadata: { 'user.id': 'alice' } });
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
    const { bearer } = await makeKey(server.sqlitePath, ['read'], { sessionIdPrefix: 'mine-' });
    const feed = follow(
      open(bearer),
      'subscription { sessionActivity { __typename ... on SessionChanged { session { sessionId } } ... on SessionDeleted { sessionId } } }',
    );
    await feed.next();
    await say('theirs-1', 'x');
    await ask(everything, 'mutation { deleteSession(input: {sessionId: "theirs-1"}) { sessionId } }');
    await say('mine-1', 'x');
    expect(await feed.next()).toMatchObject({ session: { sessionId: 'mine-1' } });
    await ask(everything, 'mutation { deleteSession(input: {sessionId: "mine-1"}) { sessionId } }');
    const told = [await feed.next()];
    while (told.at(-1)?.__typename !== 'SessionDeleted') told.push(await feed.next());
    expect(JSON.stringify(told)).not.toContain('theirs');
  });
});

describe('a session token', () => {
  const MAKE =
    'mutation ($input: CreateSessionTokenInput!) { createSessionToken(input: $input) { token expiresAt } }';

  it('opens one session for a while, and with its scopes alone', async () => {
    await ask(everything, 'mutation { createSession(input: {sessionId: "talk"}) { session { id } } }');
    const { data } = await ask(everything, MAKE, {
      input: { sessionId: 'talk', scopes: ['READ', 'FEEDBACK'], expiresIn: 60 },
    });
    const { token, expiresAt } = data.createSessionToken;
    expect(new Date(expiresAt).getTime() - Date.now()).toBeLessThanOrEqual(60_000);
    const bearer = `Bearer ${token}`;
    expect((await ask(bearer, '{ sessions { nodes { sessionId } } }')).data.sessions.nodes).toEqual([
      { sessionId: 'talk' },
    ]);
    const feedback =
      'mutation { addFeedback(input: {sessionId: "talk", rating: UP}) { feedback { rating } } }';
    expect((await ask(bearer, feedback)).data.addFeedback.feedback).toEqual({ rating: 'UP' });
    const append =
      'mutation { appendMessages(input: {sessionId: "talk", agentId: "a", createIfMissing: true, messages: [{role: USER, text: "x"}]}) { __typename } }';
    expect(codes(await ask(bearer, append))).toEqual(['FORBIDDEN']);
    expect(codes(await ask(bearer, MAKE, { input: { sessionId: 'talk', scopes: ['READ'] } }))).toEqual([
      'FORBIDDEN',
    ]);
    expect(codes(await ask(`${bearer.slice(0, -3)}abc`, '{ __typename }'))).toEqual(['UNAUTHENTICATED']);
  });

  it('ends with its session: it neither makes it anew, nor opens a later one of its name', async () => {
    const CREATE = 'mutation { createSession(input: {sessionId: "brief"}) { session { sessionId } } }';
    await ask(everything, CREATE);
    const { data } = await ask(everything, MAKE, {
      input: { sessionId: 'brief', scopes: ['READ', 'APPEND'] },
    });
    const bearer = `Bearer ${data.createSessionToken.token}`;
    const append = (createIfMissing: boolean) =>
      ask(
        bearer,
        `mutation { appendMessages(input: {sessionId: "brief", agentId: "a", createIfMissing: ${createIfMissing}, messages: [{role: USER, text: "x"}]}) { messages { text } } }`,
      );
    expect((await append(true)).data.appendMessages.messages).toEqual([{ text: 'x' }]);
    expect(codes(await ask(bearer, CREATE))).toEqual(['SESSION_EXISTS']);

    await ask(everything, 'mutation { deleteSession(input: {sessionId: "brief"}) { sessionId } }');
    const seen = async () => {
      const query =
        '{ session(sessionId: "brief") { messageCount } sessions { totalCount nodes { sessionId } } }';
      const answer = await ask(bearer, query);
      const appended = [await append(false), await append(true), await ask(bearer, CREATE)];
      const client = createClient({
        url: server.url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: bearer },
        retryAttempts: 0,
      });
      const events = client.iterate({
        query: 'subscription { messageAdded(sessionId: "brief") { ... on Ready { sessionExists } } }',
      });
      const { value: ready } = await events.next();
      await client.dispose();
      return { shown: answer.data, codes: appended.flatMap(codes), ready: ready?.data };
    };
    const nothing = {
      shown: { session: null, sessions: { totalCount: 0, nodes: [] } },
      codes: ['SESSION_NOT_FOUND', 'FORBIDDEN', 'FORBIDDEN'],
      ready: { messageAdded: { sessionExists: false } },
    };
    expect(await seen()).toEqual(nothing);
    const exists = '{ session(sessionId: "brief") { messageCount } }';
    expect((await ask(everything, exists)).data.session).toBeNull();
    await ask(everything, CREATE);
    expect(await seen()).toEqual(nothing);
    expect((await ask(everything, exists)).data.session).toEqual({ messageCount: 0 });
  });

  it('grants nothing that its maker may not do, and no wrong time', async () => {
    expect(
      codes(await ask(bearers.read, MAKE, { input: { sessionId: 'talk', scopes: ['APPEND'] } })),
    ).toEqual(['FORBIDDEN']);
    for (const expiresIn of [0, -1, 86_401]) {
      expect(
        codes(await ask(everything, MAKE, { input: { sessionId: 'talk', scopes: ['READ'], expiresIn } })),
      ).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('ends with the key of whoever had it made', async () => {
    const key = await makeKey(server.sqlitePath, ['read']);
    const { data } = await ask(key.bearer, MAKE, { input: { sessionId: 'talk', scopes: ['READ'] } });
    const bearer = `Bearer ${data.createSessionToken.token}`;
    expect((await ask(bearer, '{ __typename }')).status).toBe(200);
    await key.revoke();
    await eventually(async () => expect((await ask(bearer, '{ __typename }')).status).toBe(401));
  });
});

describe('the viewer password', () => {
  it('opens its own session for reading', async () => {
    const { default: Database } = await import('better-sqlite3');
    await ask(everything, 'mutation { createSession(input: {sessionId: "seen"}) { session { id } } }');
    const db = new Database(server.sqlitePath, { readonly: true });
    onTestFinished(() => void db.close());
    const { viewer_password: password } = db
      .prepare('SELECT viewer_password FROM sessions WHERE session_id = ?')
      .get('seen') as { viewer_password: string };
    const id = Buffer.from('seen').toString('base64url');
    const bearer = `Bearer svp_${id}.${password}`;
    expect((await ask(bearer, '{ session(sessionId: "seen") { sessionId } }')).data.session).toEqual({
      sessionId: 'seen',
    });
    expect((await ask(bearer, '{ session(sessionId: "talk") { sessionId } }')).data.session).toBeNull();
    expect(
      codes(await ask(bearer, 'mutation { deleteSession(input: {sessionId: "seen"}) { sessionId } }')),
    ).toEqual(['FORBIDDEN']);
    expect(codes(await ask(`Bearer svp_${id}.${'x'.repeat(32)}`, '{ __typename }'))).toEqual([
      'UNAUTHENTICATED',
    ]);
  });

  it('cannot be guessed at length', async () => {
    const id = Buffer.from('guessed').toString('base64url');
    const answers: string[] = [];
    for (let n = 0; n < 12; n++)
      answers.push(...codes(await ask(`Bearer svp_${id}.guess${n}`, '{ __typename }')));
    expect(answers.slice(0, 10)).toEqual(Array(10).fill('UNAUTHENTICATED'));
    expect(answers.slice(10)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    const { headers } = await ask(`Bearer svp_${id}.again`, '{ __typename }');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('the audit', () => {
  it('has each write and each refusal: who, what, when, from where and how it ended', async () => {
    const key = await makeKey(server.sqlitePath, ['append'], {}, { name: 'writer' });
    await ask(key.bearer, 'mutation { createSession(input: {sessionId: "audited"}) { __typename } }');
    await ask(key.bearer, 'mutation { createSession(input: {sessionId: "audited"}) { __typename } }');
    await ask(key.bearer, '{ session(sessionId: "audited") { sessionId } }');
    const AUDIT =
      'query ($who: String, $after: String) { auditLog(first: 2, callerId: $who, after: $after) { nodes { callerKind callerName action sessionId outcome from at } pageInfo { hasNextPage endCursor } } }';
    const first = await eventually(async () => {
      const { auditLog } = (await ask(bearers.admin, AUDIT, { who: key.id })).data;
      // The last of the three is written by itself where the others did not wait for it.
      expect(auditLog.pageInfo.hasNextPage).toBe(true);
      return auditLog;
    });
    const second = (await ask(bearers.admin, AUDIT, { who: key.id, after: first.pageInfo.endCursor })).data
      .auditLog;
    const common = {
      callerKind: 'KEY',
      callerName: 'writer',
      sessionId: 'audited',
      from: expect.stringContaining('127.0.0.1'),
      at: expect.any(String),
    };
    expect([...first.nodes, ...second.nodes]).toEqual([
      { ...common, action: 'loadSessions', sessionId: null, outcome: 'FORBIDDEN' },
      { ...common, action: 'createSession', outcome: 'SESSION_EXISTS' },
      { ...common, action: 'createSession', outcome: 'ok' },
    ]);
    const refusals = (
      await ask(bearers.admin, 'query { auditLog(first: 200) { nodes { action outcome callerKind } } }')
    ).data.auditLog.nodes;
    expect(refusals).toContainEqual({
      action: 'authenticate',
      outcome: 'UNAUTHENTICATED',
      callerKind: 'ANONYMOUS',
    });
  });

  const refusable = rootFields().filter(({ type, name }) => NEEDS[`${type}.${name}`] !== null);
  it.each(refusable.map((field) => [`${field.type}.${field.name}`, field] as const))(
    'has the refusal of %s, over HTTP and WebSocket',
    async (label, field) => {
      const scopes = SCOPES.filter((scope) => scope !== NEEDS[label]);
      const key = await makeKey(server.sqlitePath, scopes);
      const overHttp = field.type !== 'Subscription';
      if (overHttp) await ask(key.bearer, field.document, field.variables);
      await askLive(key.bearer, field);
      await eventually(async () => {
        // Those of two minutes where one has ended meanwhile.
        const told = await refusalsOf(key.id);
        expect(new Set(told.map(({ action, outcome }) => `${action} ${outcome}`)).size).toBe(1);
        expect(told[0]?.outcome).toBe('FORBIDDEN');
        expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(overHttp ? 2 : 1);
      });
    },
  );

  it('has what of an operation was refused otherwise, once: its cost, its size, a field of its answer', async () => {
    const { id, bearer } = await makeKey(server.sqlitePath, ['append']);
    const countOf = async (action: string, outcome: string) =>
      (await refusalsOf(id))
        .filter((entry) => entry.action === action && entry.outcome === outcome)
        .reduce((sum, { count }) => sum + count, 0);
    const expected = async (action: string, outcome: string, count: number) =>
      eventually(async () => expect(await countOf(action, outcome)).toBe(count));
    const deep = '{ sessions(first: 200) { nodes { agents { messages(first: 200) { nodes { role } } } } } }';
    for (let n = 0; n < 2; n++) {
      expect(codes(await ask(bearer, deep))).toEqual(['QUERY_TOO_COMPLEX']);
      const made = await ask(bearer, 'mutation { createSession(input: {}) { session { updatedAt } } }');
      expect(codes(made)).toEqual(['FORBIDDEN']);
    }
    await expected('operation', 'QUERY_TOO_COMPLEX', 2);
    await expected('operation', 'FORBIDDEN', 2);
    const socket = createClient({
      url: server.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: bearer },
    });
    const asked = () => socket.iterate({ query: deep }).next();
    for (let n = 0; n < 2; n++)
      await expect(asked()).rejects.toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }]);
    await socket.dispose();
    await expected('operation', 'QUERY_TOO_COMPLEX', 4);
  });

  it('has an answer that is too long, the first time as the next, over HTTP and WebSocket', async () => {
    const { id, bearer } = await makeKey(server.sqlitePath, ['read']);
    const messages = [{ role: 'USER', text: 'x'.repeat(4 * 1024 * 1024) }];
    const input = { sessionId: 'too-long', agentId: 'a', createIfMissing: true, messages };
    const APPEND = 'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }';
    expect((await ask(bearers.append, APPEND, { input })).errors).toBeUndefined();
    const texts = Array.from({ length: 9 }, (_, n) => `t${n}: text`).join(' ');
    const query = (name: string) =>
      `query ${name} { session(sessionId: "too-long") { agent(agentId: "a") { messages(last: 1) { nodes { ${texts} } } } } }`;
    for (let n = 0; n < 2; n++)
      expect(codes(await ask(bearer, query('Http')))).toEqual(['QUERY_TOO_COMPLEX']);
    for (let n = 0; n < 2; n++) {
      const field = { type: 'Query' as const, name: '', document: query('Socket'), variables: {} };
      expect(codes(await askLive(bearer, field))).toEqual(['QUERY_TOO_COMPLEX']);
    }
    await eventually(async () => {
      const told = await refusalsOf(id);
      expect(told.every((entry) => entry.outcome === 'QUERY_TOO_COMPLEX')).toBe(true);
      expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    });
  });

  it('has what never became an operation: foreign pages and wrong credentials, over HTTP and WebSocket', async () => {
    const apart = await startServer();
    onTestFinished(() => apart.stop());
    const admin = (await makeKey(apart.sqlitePath, ['admin'])).bearer;
    const headers = { origin: 'https://foreign.example', 'content-type': 'application/json' };
    expect((await fetch(apart.url, { method: 'POST', headers, body: '{}' })).status).toBe(403);
    const url = apart.url.replace('http', 'ws');
    await new Promise((resolve) => {
      const socket = new WebSocket(url, 'graphql-transport-ws', { origin: 'https://foreign.example' });
      socket.on('error', () => {});
      socket.on('close', resolve);
    });
    await askAs(apart.url, 'Bearer x', '{ __typename }');
    for (const authorization of [7, 'Bearer x', 'Bearer a.b.c']) {
      await new Promise((resolve) => {
        createClient({
          url,
          webSocketImpl: WebSocket,
          lazy: false,
          onNonLazyError: () => {},
          retryAttempts: 0,
          connectionParams: { authorization },
          on: { closed: resolve },
        });
      });
    }
    const counted = async () => {
      const { data } = await askAs(apart.url, admin, REFUSALS);
      const sums: Record<string, number> = {};
      for (const { action, outcome, count } of data.auditLog.nodes) {
        sums[`${action} ${outcome}`] = (sums[`${action} ${outcome}`] ?? 0) + count;
      }
      return sums;
    };
    await eventually(async () =>
      expect(await counted()).toEqual({ 'request FORBIDDEN': 2, 'authenticate UNAUTHENTICATED': 4 }),
    );
  });

  it('shows a limited admin nothing of what webhooks are sent of all sessions', async () => {
    const limited = await makeKey(server.sqlitePath, ['admin'], { applicationName: 'app' });
    for (const query of [
      '{ webhookEndpoints { name } }',
      '{ webhookDeadLetters(endpoint: "crm") { nodes { id } } }',
    ]) {
      expect(codes(await ask(limited.bearer, query))).toEqual(['FORBIDDEN']);
      expect((await ask(bearers.admin, query)).errors).toBeUndefined();
    }
  });

  it('tells a limited admin of sessions within its reach alone, one at a time', async () => {
    const create = (id: string, user: string) =>
      ask(
        everything,
        `mutation { createSession(input: {sessionId: "${id}", metadata: {user: {id: "${user}"}}}) { session { id } } }`,
      );
    await create('logged-alice', 'alice');
    await create('logged-bob', 'bob');
    const query = 'query ($id: ID) { auditLog(sessionId: $id) { nodes { action sessionId } } }';
    const entries = async (bearer: string, id: string) =>
      (await ask(bearer, query, { id })).data.auditLog.nodes.map(({ action }: { action: string }) => action);
    await eventually(async () =>
      expect(await entries(bearers.admin, 'logged-bob')).toEqual(['createSession']),
    );
    for (const reach of [{ metadata: { 'user.id': 'alice' } }, { sessionIdPrefix: 'logged-a' }]) {
      const { bearer } = await makeKey(server.sqlitePath, ['admin'], reach);
      expect(await entries(bearer, 'logged-alice')).toEqual(['createSession']);
      expect(await entries(bearer, 'logged-bob')).toEqual([]);
      expect(await entries(bearer, 'nobody')).toEqual([]);
      expect(codes(await ask(bearer, query))).toEqual(['FORBIDDEN']);
    }
  });

  it('shows a limited admin nothing of what a session of the same name was before', async () => {
    const { bearer } = await makeKey(server.sqlitePath, ['admin'], { metadata: { 'user.id': 'alice' } });
    const create = (user: string) =>
      ask(
        everything,
        `mutation { createSession(input: {sessionId: "reused", metadata: {user: {id: "${user}"}}}) { session { id } } }`,
      );
    await create('bob');
    await ask(everything, 'mutation { deleteSession(input: {sessionId: "reused"}) { sessionId } }');
    await create('alice');
    const query = '{ auditLog(sessionId: "reused") { nodes { action } } }';
    const count = async (as: string) => (await ask(as, query)).data.auditLog.nodes.length;
    await eventually(async () => expect(await count(bearers.admin)).toBe(3));
    expect(await count(bearer)).toBeLessThan(3);
    expect(await count(bearer)).toBeGreaterThan(0);
  });

  it('counts what is refused to one caller within a minute in one entry, and every wrong token of an address', async () => {
    const key = await makeKey(server.sqlitePath, ['read']);
    const document = 'mutation { deleteSession(input: {sessionId: "audited"}) { sessionId } }';
    const counted = async () => {
      const found = (await refusalsOf(key.id)).filter(({ action }) => action === 'deleteSession');
      return { entries: found.length, count: found.reduce((sum, { count }) => sum + count, 0) };
    };
    for (let n = 0; n < 25; n++) expect(codes(await ask(key.bearer, document))).toEqual(['FORBIDDEN']);
    // A minute may end in between.
    await eventually(async () => expect((await counted()).count).toBe(25));
    expect((await counted()).entries).toBeLessThanOrEqual(2);
    const before = (await refusalsOf('')).filter(({ action }) => action === 'authenticate').length;
    for (let n = 0; n < 25; n++) await ask(`Bearer a.b.${n}`, '{ __typename }');
    const wrong = async () => (await refusalsOf('')).filter(({ action }) => action === 'authenticate');
    await eventually(async () => expect((await wrong()).some(({ count }) => count > 10)).toBe(true));
    expect((await wrong()).length - before).toBeLessThanOrEqual(4);
  });
});

describe('/ready', () => {
  it('tells whoever asks whether, and the scope admin why', async () => {
    const ready = new URL('/ready', server.url);
    expect(await (await fetch(ready)).json()).toEqual({ ready: true });
    for (const scope of SCOPES.filter((scope) => scope !== 'admin')) {
      const answer = await fetch(ready, { headers: { authorization: bearers[scope] } });
      expect(await answer.json()).toEqual({ ready: true });
    }
    const whole = await fetch(ready, { headers: { authorization: bearers.admin } });
    expect(await whole.json()).toMatchObject({ ready: true, store: { ok: true } });
    expect((await fetch(ready, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    expect((await fetch(new URL('/health', server.url))).status).toBe(200);
  });
});
