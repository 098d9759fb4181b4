import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { Reach, Scope } from '../../src/domain/access/policy.js';
import { SCOPES } from '../../src/domain/access/policy.js';
import { askAs, codes, makeKey } from '../support/access.js';
import { follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';
import { makeTempFolder } from '../support/temp-folder.js';

/** Hides `secret`, and stamps what is set. */
const HOOKS = `
export const metadataHook = async (next, action, { set }) => {
  if (action === 'update') return next({ ...set, stamped: true });
  if (action !== 'get') return next();
  const { secret, user, ...shown } = await next();
  return shown;
};
export const feedbackHook = (next) => next();
`;

let plain: RunningServer;
let hooked: RunningServer;
let folder: Awaited<ReturnType<typeof makeTempFolder>>;
const clients: Client[] = [];
beforeAll(async () => {
  folder = await makeTempFolder();
  const hooks = join(folder.path, 'hooks.mjs');
  await writeFile(hooks, HOOKS);
  plain = await startServer();
  hooked = await startServer({ hooks });
  for (const server of [plain, hooked])
    everything.set(server, (await makeKey(server.sqlitePath, SCOPES)).bearer);
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});
afterAll(async () => {
  await plain.stop();
  await hooked.stop();
  await folder.remove();
});

const everything = new Map<RunningServer, string>();
const keyFor = async (server: RunningServer, scopes: readonly Scope[], reach: Reach = {}) =>
  (await makeKey(server.sqlitePath, scopes, reach)).bearer;

function open(server: RunningServer, authorization: string): Client {
  const client = createClient({
    url: server.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
  });
  clients.push(client);
  return client;
}

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what each test asks for.
  data?: any;
  errors?: { message: string; path?: unknown[]; extensions: { code: string } }[];
}

/** The same operation, over either transport. */
const transports: [
  string,
  (server: RunningServer, bearer: string, query: string, variables?: object) => Promise<Answer>,
][] = [
  ['HTTP', (server, bearer, query, variables = {}) => askAs(server.url, bearer, query, variables)],
  [
    'a WebSocket',
    (server, bearer, query, variables = {}) =>
      new Promise((resolve, reject) => {
        const variableValues = variables as Record<string, unknown>;
        open(server, bearer).subscribe(
          { query, variables: variableValues },
          { next: (answer) => resolve(answer as Answer), error: reject, complete: () => {} },
        );
      }),
  ],
];
const asOwner = async (server: RunningServer, query: string, variables: object = {}) => {
  const answer = await askAs(server.url, everything.get(server) as string, query, variables);
  expect(answer.errors).toBeUndefined();
  return answer.data;
};

const SAY = 'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { id } } }';
const said = (sessionId: string, text: string, fields: object = {}) => ({
  input: { sessionId, agentId: 'a', createIfMissing: true, messages: [{ role: 'USER', text }], ...fields },
});

describe.each(transports)('over %s, a write without the scope read', (_transport, ask) => {
  const MESSAGE =
    'message { id messageId position createdAt role text content { __typename } metrics { usage { inputTokens } } redacted updatedAt guardrailEvent { action } }';
  const message = { sessionId: 'secrets', agentId: 'a', messageId: 0 };
  beforeAll(async () => {
    const server = plain;
    await asOwner(server, SAY, said('secrets', 'the stored text', { idempotencyKey: 'known' }));
    await asOwner(
      server,
      'mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { __typename } }',
      { input: { sessionId: 'secrets', set: { plan: 'stored metadata' } } },
    );
  });

  /** What each field gives when it is asked for alone, beside the identities. */
  async function fieldByField(bearer: string, mutation: string, variables: object, fields: string[]) {
    const answers: Record<string, unknown> = {};
    for (const field of fields) {
      const answer = await ask(plain, bearer, mutation.replace('FIELDS', field), variables);
      answers[field] = answer.errors
        ? codes(answer)[0]
        : JSON.parse(JSON.stringify(Object.values(answer.data)[0]));
      expect(JSON.stringify(answer)).not.toContain('stored');
    }
    return answers;
  }

  it('that records metrics gives back the metrics and the ids', async () => {
    const bearer = await keyFor(plain, ['append']);
    const input = {
      ...message,
      metrics: {
        accumulated_usage: { inputTokens: 7, outputTokens: 1, totalTokens: 8 },
        cycle_metrics: { cycle_count: 2 },
      },
    };
    const document =
      'mutation ($input: RecordMetricsInput!) { recordMetrics(input: $input) { message { FIELDS } } }';
    const fields = [
      'messageId',
      'position',
      'metrics { usage { inputTokens } }',
      'metrics { cycles { cycleCount } }',
      'role',
      'text',
      'content { __typename }',
      'redacted',
      'updatedAt',
      'guardrailEvent { action }',
    ];
    expect(await fieldByField(bearer, document, { input }, fields)).toEqual({
      messageId: { message: { messageId: 0 } },
      position: { message: { position: 0 } },
      // What it rose by tells of the messages before it.
      'metrics { usage { inputTokens } }': 'FORBIDDEN',
      'metrics { cycles { cycleCount } }': { message: { metrics: { cycles: { cycleCount: 2 } } } },
      role: 'FORBIDDEN',
      text: 'FORBIDDEN',
      'content { __typename }': 'FORBIDDEN',
      redacted: 'FORBIDDEN',
      updatedAt: 'FORBIDDEN',
      'guardrailEvent { action }': 'FORBIDDEN',
    });
    // What is asked together is refused whole where a field may not be empty; the write is made.
    const answer = await ask(
      plain,
      bearer,
      `mutation ($input: RecordMetricsInput!) { recordMetrics(input: $input) { ${MESSAGE} } }`,
      { input },
    );
    expect(new Set(codes(answer))).toEqual(new Set(['FORBIDDEN']));
  });

  it('that repeats an append under a known key gives back what it brings, whatever others made of it since', async () => {
    const bearer = await keyFor(plain, ['append']);
    const [sessionId, text] = [`known-${_transport}`, 'said twice'];
    await asOwner(plain, SAY, said(sessionId, text, { idempotencyKey: 'k' }));
    await asOwner(
      plain,
      'mutation ($input: RedactMessageInput!) { redactMessage(input: $input) { __typename } }',
      {
        input: {
          sessionId,
          agentId: 'a',
          messageId: 0,
          replacement: { role: 'ASSISTANT', text: 'stored instead' },
          guardrailEvent: { action: 'stored' },
        },
      },
    );
    const document =
      'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { FIELDS } } }';
    const fields = ['messageId', 'text', 'role', 'redacted', 'updatedAt', 'guardrailEvent { action }'];
    expect(
      await fieldByField(bearer, document, said(sessionId, text, { idempotencyKey: 'k' }), fields),
    ).toEqual({
      messageId: { messages: [{ messageId: 0 }] },
      text: { messages: [{ text }] },
      role: { messages: [{ role: 'USER' }] },
      redacted: 'FORBIDDEN',
      updatedAt: 'FORBIDDEN',
      'guardrailEvent { action }': 'FORBIDDEN',
    });
  });

  it('that redacts gives back the replacement and the event', async () => {
    const bearer = await keyFor(plain, ['redact']);
    const sessionId = `redacted-${_transport}`;
    await asOwner(
      plain,
      SAY,
      said(sessionId, 'the stored text', {
        messages: [{ role: 'USER', text: 'the stored text', metadata: { usage: { inputTokens: 5 } } }],
      }),
    );
    const input = {
      sessionId,
      agentId: 'a',
      messageId: 0,
      replacement: { role: 'USER', text: '-' },
      guardrailEvent: { action: 'BLOCKED' },
    };
    const document =
      'mutation ($input: RedactMessageInput!) { redactMessage(input: $input) { message { FIELDS } } }';
    const fields = [
      'text',
      'redacted',
      'guardrailEvent { action }',
      'guardrailEvent { timestamp }',
      'metrics { usage { inputTokens } }',
    ];
    expect(await fieldByField(bearer, document, { input }, fields)).toEqual({
      text: { message: { text: '-' } },
      redacted: { message: { redacted: true } },
      'guardrailEvent { action }': { message: { guardrailEvent: { action: 'BLOCKED' } } },
      'guardrailEvent { timestamp }': 'FORBIDDEN',
      'metrics { usage { inputTokens } }': 'FORBIDDEN',
    });
  });

  it('on a session or an agent gives back ids and what it set', async () => {
    const metadata = await keyFor(plain, ['metadata']);
    const append = await keyFor(plain, ['append']);
    const feedback = await keyFor(plain, ['feedback']);
    const session = (fields: object) => ({ input: { sessionId: 'secrets', ...fields } });
    expect(
      await fieldByField(
        metadata,
        'mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { session { FIELDS } } }',
        session({ set: { mine: 1 } }),
        ['sessionId', 'metadata', 'createdAt', 'messageCount', 'feedback { comment }', 'agents { agentId }'],
      ),
    ).toEqual({
      sessionId: { session: { sessionId: 'secrets' } },
      metadata: 'FORBIDDEN',
      createdAt: 'FORBIDDEN',
      messageCount: 'FORBIDDEN',
      'feedback { comment }': 'FORBIDDEN',
      'agents { agentId }': 'FORBIDDEN',
    });
    expect(
      await fieldByField(
        append,
        'mutation ($input: UpsertAgentInput!) { upsertAgent(input: $input) { FIELDS } }',
        session({ agentId: 'a', model: 'm' }),
        [
          'agent { agentId model }',
          'agent { systemPrompt }',
          'agent { state }',
          'agent { messages { totalCount } }',
          'session { type }',
        ],
      ),
    ).toEqual({
      'agent { agentId model }': { agent: { agentId: 'a', model: 'm' } },
      'agent { systemPrompt }': 'FORBIDDEN',
      'agent { state }': 'FORBIDDEN',
      'agent { messages { totalCount } }': 'FORBIDDEN',
      'session { type }': 'FORBIDDEN',
    });
    expect(
      await fieldByField(
        append,
        'mutation ($input: CreateSessionInput!) { createSession(input: $input) { session { FIELDS } } }',
        { input: { sessionId: `made-${_transport}`, metadata: { mine: 1 }, idempotencyKey: 'k' } },
        ['sessionId type metadata', 'applicationName', 'updatedAt'],
      ),
    ).toEqual({
      'sessionId type metadata': {
        session: { sessionId: `made-${_transport}`, type: 'AGENT', metadata: { mine: 1 } },
      },
      applicationName: 'FORBIDDEN',
      updatedAt: 'FORBIDDEN',
    });
    expect(
      await fieldByField(
        feedback,
        'mutation ($input: AddFeedbackInput!) { addFeedback(input: $input) { FIELDS } }',
        session({ rating: 'UP', comment: 'mine', fields: { at: 1 } }),
        ['feedback { rating comment fields }', 'session { sessionId }', 'session { feedback { comment } }'],
      ),
    ).toEqual({
      'feedback { rating comment fields }': {
        feedback: { rating: 'UP', comment: 'mine', fields: { at: 1 } },
      },
      'session { sessionId }': { session: { sessionId: 'secrets' } },
      'session { feedback { comment } }': 'FORBIDDEN',
    });
  });
});

describe.each(transports)('over %s, a limited caller', (transport, ask) => {
  it('cannot make a session beyond its reach by appending, deleting and appending in one operation', async () => {
    const scopes = ['read', 'append', 'delete'] as const;
    const bearer = await keyFor(plain, scopes, { metadata: { 'user.id': 'alice' } });
    const sessionId = `steps-${transport}`;
    await asOwner(
      plain,
      'mutation ($input: CreateSessionInput!) { createSession(input: $input) { __typename } }',
      { input: { sessionId, metadata: { user: { id: 'alice' } } } },
    );
    const document = `mutation ($input: AppendMessagesInput!, $gone: DeleteSessionInput!) {
      first: appendMessages(input: $input) { messages { id } }
      gone: deleteSession(input: $gone) { sessionId }
      second: appendMessages(input: $input) { messages { id } }
    }`;
    const answer = await ask(plain, bearer, document, { ...said(sessionId, 'x'), gone: { sessionId } });
    expect(answer.errors).toMatchObject([{ path: ['second'], extensions: { code: 'FORBIDDEN' } }]);
    const { session } = await asOwner(plain, 'query ($id: ID!) { session(sessionId: $id) { sessionId } }', {
      id: sessionId,
    });
    expect(session).toBeNull();
  });

  it('is answered alike for an id that it may not make and one that a session beyond it has', async () => {
    const bearer = await keyFor(plain, ['append'], {
      sessionIdPrefix: 'mine-',
      metadata: { 'user.id': 'alice' },
    });
    const foreign = `mine-${transport}`;
    await asOwner(plain, SAY, said(foreign, 'x'));
    const CREATE = 'mutation ($input: CreateSessionInput!) { createSession(input: $input) { __typename } }';
    const withKey = { idempotencyKey: 'k' };
    const answers = [
      await ask(plain, bearer, CREATE, { input: { sessionId: foreign } }),
      await ask(plain, bearer, CREATE, { input: { sessionId: foreign, ...withKey } }),
      await ask(plain, bearer, CREATE, { input: { sessionId: 'theirs' } }),
    ].map(({ errors }) => errors?.map(({ message, extensions }) => [message, extensions.code]));
    expect(answers).toEqual(
      Array(3).fill([['This credential may not make a session of that id.', 'FORBIDDEN']]),
    );
  });
});

describe.each(transports)('with hooks, over %s', (transport, ask) => {
  const CREATE =
    'mutation ($input: CreateSessionInput!) { createSession(input: $input) { session { metadata } } }';
  const metadata = { secret: 'hidden', topic: 'order', user: { id: 'alice' } };

  it('a hook that hides what decides about the reach keeps nobody from what is theirs', async () => {
    const sessionId = `own-${transport}`;
    const made = await asOwner(hooked, CREATE, { input: { sessionId, metadata } });
    expect(made.createSession.session.metadata).toEqual({ topic: 'order', stamped: true });
    const bearer = await keyFor(hooked, ['read', 'append'], { metadata: { 'user.id': 'alice' } });
    const ACTIVITY =
      'subscription { sessionActivity { __typename ... on SessionChanged { session { sessionId metadata } } } }';
    const EVENTS =
      'subscription ($id: ID!) { sessionEvents(sessionId: $id) { __typename ... on Ready { sessionExists } ... on MessageAdded { message { text } } ... on MetadataChanged { session { metadata } } } }';
    const activity = follow(open(hooked, bearer), ACTIVITY);
    const events = follow(open(hooked, bearer), EVENTS, { id: sessionId });
    await activity.next();
    expect(await events.next()).toEqual({ __typename: 'Ready', sessionExists: true });

    const shown = { sessionId, metadata: { topic: 'order', stamped: true } };
    const listed = await ask(
      hooked,
      bearer,
      '{ sessions(filter: {metadata: [{path: "topic", eq: "order"}]}) { totalCount nodes { sessionId metadata } } }',
    );
    expect(listed.data.sessions.nodes).toContainEqual(shown);
    const opened = await ask(
      hooked,
      bearer,
      'query ($id: ID!) { session(sessionId: $id) { sessionId metadata } }',
      { id: sessionId },
    );
    expect(opened.data.session).toEqual(shown);
    expect((await ask(hooked, bearer, SAY, said(sessionId, 'hi'))).errors).toBeUndefined();
    expect(await activity.next()).toEqual({ __typename: 'SessionChanged', session: shown });
    expect(await events.next()).toEqual({ __typename: 'MessageAdded', message: { text: 'hi' } });

    // Once they have caught up, equal subscriptions share their results: these are hooked as well.
    await asOwner(
      hooked,
      'mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { __typename } }',
      {
        input: { sessionId, set: { secret: 'other', topic: 'refund' } },
      },
    );
    const after = { metadata: { topic: 'refund', stamped: true } };
    expect(await events.next()).toEqual({ __typename: 'MetadataChanged', session: after });
    expect(await activity.next()).toEqual({ __typename: 'SessionChanged', session: { sessionId, ...after } });
  });

  it.each([
    ['path: "secret", eq: "hidden"'],
    ['path: "secret.deeper", exists: true'],
    ['path: "user.id", gt: "a"'],
    ['path: "topic", eq: {whole: 1}'],
    ['path: "topic", in: ["a", ["b"]]'],
  ])('a filter by what they hide is refused: %s', async (condition) => {
    const filter = `{or: [{sessionType: "x"}, {not: {metadata: [{${condition}}]}}]}`;
    const bearer = everything.get(hooked) as string;
    for (const query of [
      `{ sessions(filter: ${filter}) { nodes { sessionId } } }`,
      `{ sessions(filter: ${filter}) { totalCount } }`,
    ]) {
      expect(codes(await ask(hooked, bearer, query))).toEqual(['FORBIDDEN']);
    }
    const feed = follow(
      open(hooked, bearer),
      `subscription { sessionActivity(filter: ${filter}) { __typename } }`,
    );
    expect(await feed.ended).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});
