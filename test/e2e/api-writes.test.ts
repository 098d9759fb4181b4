import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { bytesOnDisk } from '../support/bytes-on-disk.js';
import { dataOf } from '../support/data-of.js';
import { eventually } from '../support/eventually.js';
import { type RunningServer, startServer } from '../support/server.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const ask = (query: string, variables: Record<string, unknown> = {}) => dataOf(server, query, variables);
const codeOf = async (query: string, variables: Record<string, unknown> = {}) =>
  (await server.request(query, variables)).body.errors?.[0]?.extensions.code;

/** One of the mutations, by its name. */
const mutation = (name: string, payload: string) =>
  `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${payload} } }`;
const append = (input: object, payload = 'messages { id } agent { id }') =>
  ask(mutation('appendMessages', payload), {
    input: { agentId: 'a', createIfMissing: true, messages: [{ role: 'USER', text: 'x' }], ...input },
  }).then(({ appendMessages }) => appendMessages);

const WHOLE = `query ($id: ID!) { session(sessionId: $id) { id sessionId type applicationName createdAt updatedAt metadata
  messageCount usage { inputTokens totalTokens } feedback { rating comment createdAt fields }
  guardrailEvents { action timestamp stopReason policiesTriggered trace agentId messageId }
  agents { id agentId model systemPrompt promptMetadata state conversationManagerState createdAt updatedAt messageCount
    messages(last: 200) { totalCount nodes { id messageId position role text createdAt updatedAt redacted
      metrics { latencyMs usage { totalTokens } } guardrailEvent { action trace } content { __typename ... on TextBlock { text } } } } } } }`;
const whole = async (id: string) => (await ask(WHOLE, { id })).session;

const ADDRESS = { agentId: 'a', messageId: 0 };
type Write = [name: string, payload: string, input: object, other: object];
const WRITES: Write[] = [
  ['upsertAgent', 'agent { id state }', { agentId: 'a', state: { n: 1 } }, { agentId: 'a', state: { n: 2 } }],
  [
    'appendMessages',
    'messages { id position }',
    { agentId: 'a', messages: [{ role: 'USER', text: 'once' }] },
    { agentId: 'a', messages: [{ role: 'USER', text: 'other' }] },
  ],
  [
    'recordMetrics',
    'message { id metrics { latencyMs } }',
    { ...ADDRESS, metrics: { accumulated_metrics: { latencyMs: 1 } } },
    { ...ADDRESS, metrics: { accumulated_metrics: { latencyMs: 2 } } },
  ],
  [
    'redactMessage',
    'message { id text }',
    { ...ADDRESS, replacement: { role: 'USER', text: '-' }, guardrailEvent: { action: 'BLOCKED' } },
    { ...ADDRESS, replacement: { role: 'USER', text: '+' } },
  ],
  ['updateMetadata', 'session { metadata }', { set: { a: 1 } }, { set: { a: 2 } }],
  ['deleteMetadata', 'session { metadata }', { paths: ['a'] }, { paths: ['b'] }],
  ['addFeedback', 'feedback { createdAt rating }', { rating: 'UP' }, { rating: 'DOWN' }],
];

describe('an append with expectedMessageCount', () => {
  const APPEND = mutation('appendMessages', 'messages { position } agent { messageCount }');
  const expecting = (sessionId: string, expectedMessageCount: unknown, more: object = {}) =>
    server.request(APPEND, {
      input: {
        sessionId,
        agentId: 'a',
        createIfMissing: true,
        messages: [{ role: 'USER', text: 'x' }],
        expectedMessageCount,
        ...more,
      },
    });

  it('is made with that count alone, and tells the count there is with MESSAGES_CHANGED', async () => {
    const made = await expecting('expected', 0);
    expect(made.body.data.appendMessages).toEqual({
      messages: [{ position: 0 }],
      agent: { messageCount: 1 },
    });
    const { body, status } = await expecting('expected', 0);
    expect(status).toBe(200);
    expect(body.errors?.[0]).toMatchObject({
      message: expect.stringContaining('messageCount is 1, not 0'),
      extensions: { code: 'MESSAGES_CHANGED', messageCount: 1 },
    });
    expect((await whole('expected')).messageCount).toBe(1);
    expect((await expecting('expected', null)).body.errors).toBeUndefined();
  });

  it('is made by one of many at once, and answered as before when that is repeated with its key', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => expecting('race', 0, { idempotencyKey: `k${n}` })),
    );
    const winners = answers.flatMap(({ body }, n) => (body.errors ? [] : [n]));
    expect(winners).toHaveLength(1);
    await append({ sessionId: 'race' });
    const again = await expecting('race', 0, { idempotencyKey: `k${winners[0]}` });
    expect(again.body.data.appendMessages.messages).toEqual([{ position: 0 }]);
    expect((await whole('race')).messageCount).toBe(2);
  });

  it('is BAD_USER_INPUT with a count that there cannot be', async () => {
    const { body } = await expecting('never', -1);
    expect(body.errors?.[0]).toMatchObject({
      message: 'expectedMessageCount is -1; it is a whole number from 0.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });
});

describe('a repeated call with its idempotencyKey', () => {
  it.each(WRITES)('of %s has one effect and the same answer', async (name, payload, input, other) => {
    const sessionId = `once-${name}`;
    await append({ sessionId });
    const query = mutation(name, payload);
    const given = { sessionId, idempotencyKey: 'turn-1', ...input };
    const first = await ask(query, { input: given });
    const then = await whole(sessionId);
    expect(await ask(query, { input: given })).toEqual(first);
    expect(await codeOf(query, { input: { ...given, ...other } })).toBe('IDEMPOTENCY_CONFLICT');
    expect(await whole(sessionId)).toEqual(then);
  });

  it('of createSession has one effect, also where the session went on since', async () => {
    const query = mutation('createSession', 'session { id createdAt applicationName }');
    const input = { sessionId: 'once', applicationName: 'demo', idempotencyKey: 'k' };
    const first = await ask(query, { input });
    await append({ sessionId: 'once' });
    expect(await ask(query, { input })).toEqual(first);
    expect(await codeOf(query, { input: { ...input, applicationName: 'other' } })).toBe(
      'IDEMPOTENCY_CONFLICT',
    );
    expect(await codeOf(query, { input: { ...input, idempotencyKey: 'k2' } })).toBe('SESSION_EXISTS');
    expect((await whole('once')).messageCount).toBe(1);
  });

  it('has the effects of two where the session, the mutation or the agent is another', async () => {
    const key = { idempotencyKey: 'shared' };
    for (const sessionId of ['own-1', 'own-2']) {
      for (const agentId of ['a', 'b']) await append({ sessionId, agentId, ...key });
      await ask(mutation('updateMetadata', 'session { id }'), {
        input: { sessionId, set: { a: 1 }, ...key },
      });
      await ask(mutation('addFeedback', 'session { id }'), { input: { sessionId, rating: 'UP', ...key } });
      expect(await whole(sessionId)).toMatchObject({
        messageCount: 2,
        metadata: { a: 1 },
        feedback: [{ rating: 'UP' }],
      });
    }
  });

  it('is one call, however many are sent at once', async () => {
    const input = { sessionId: 'at-once', idempotencyKey: 'k' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => append(input)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect((await whole('at-once')).messageCount).toBe(1);
  });
});

describe("a session's updatedAt", () => {
  const START = Date.parse('2025-01-31T09:30:00.000Z');
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }));
  afterEach(() => void vi.useRealTimers());

  const agentId = 'a';
  const replacement = { role: 'USER', text: '-' };
  const metrics = { accumulated_metrics: { latencyMs: 1 } };
  it.each<[string, string, object]>([
    ['moves with a new agent', 'upsertAgent', { agentId: 'new' }],
    ['moves with state of an agent', 'upsertAgent', { agentId, state: { n: 1 } }],
    [
      'moves with state of its conversation manager',
      'upsertAgent',
      { agentId, conversationManagerState: {} },
    ],
    ['moves with a message', 'appendMessages', { agentId, messages: [replacement] }],
    ['moves with a redaction', 'redactMessage', { ...ADDRESS, replacement }],
    ['moves with feedback', 'addFeedback', { rating: 'DOWN' }],
    ['stays with the model of an agent', 'upsertAgent', { agentId, model: 'm', systemPrompt: 's' }],
    ['stays with metadata', 'updateMetadata', { set: { a: 1 } }],
    ['stays with removed metadata', 'deleteMetadata', { paths: ['there'] }],
    ['stays with metrics', 'recordMetrics', { ...ADDRESS, metrics }],
  ])('%s', async (what, name, input) => {
    const sessionId = `touch-${what}`;
    await append({ sessionId });
    await ask(mutation('updateMetadata', 'session { id }'), { input: { sessionId, set: { there: 1 } } });
    vi.setSystemTime(START + 5_000);
    await ask(mutation(name, '__typename'), { input: { sessionId, ...input } });
    const { createdAt, updatedAt } = await whole(sessionId);
    expect(createdAt).toBe('2025-01-31T09:30:00.000Z');
    expect(updatedAt).toBe(what.startsWith('moves') ? '2025-01-31T09:30:05.000Z' : createdAt);
  });
});

describe('a message', () => {
  it('is addressed by its id as by its numbers', async () => {
    const { messages } = await append({
      sessionId: 'by-id',
      messages: Array(2).fill({ role: 'USER', text: 'x' }),
    });
    const { id } = messages[1];
    const metrics = { accumulated_usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } };
    const payload = 'message { id messageId metrics { usage { totalTokens } } }';
    const byId = await ask(mutation('recordMetrics', payload), { input: { id, metrics } });
    expect(byId.recordMetrics.message).toEqual({ id, messageId: 1, metrics: { usage: { totalTokens: 3 } } });
    const input = { sessionId: 'by-id', agentId: 'a', messageId: 1, metrics };
    expect(await ask(mutation('recordMetrics', payload), { input })).toEqual(byId);
    expect((await whole('by-id')).usage).toEqual({ inputTokens: 1, totalTokens: 3 });
  });

  it.each([
    ['both ways', { id: 'x', sessionId: 's', agentId: 'a', messageId: 0 }],
    ['neither way', {}],
    ['half', { sessionId: 's', agentId: 'a' }],
    ['by the id of a session', { id: Buffer.from('["Session","by-id"]').toString('base64url') }],
  ])('that is addressed %s is BAD_USER_INPUT', async (_how, address) => {
    const input = { ...address, replacement: { role: 'USER', text: '' } };
    expect(await codeOf(mutation('redactMessage', 'message { id }'), { input })).toBe('BAD_USER_INPUT');
  });

  it('is nowhere once it is redacted, and its replacement everywhere', async () => {
    const secret = 'my password is swordfish';
    const { messages, agent } = await append({
      sessionId: 'hidden',
      idempotencyKey: 'k',
      messages: [
        {
          role: 'USER',
          content: [{ text: secret }, { toolUse: { toolUseId: 't', name: secret, input: {} } }],
        },
      ],
    });
    const { id } = messages[0];
    await ask(mutation('redactMessage', 'message { text }'), {
      input: { id, replacement: { role: 'USER', text: '[removed]' } },
    });
    const node = `... on Message { text redacted content { __typename ... on TextBlock { text } } }
      ... on Agent { messages { nodes { text } } }`;
    const reads = [
      await ask(`query ($id: ID!) { node(id: $id) { ${node} } }`, { id }),
      await ask(`query ($id: ID!) { node(id: $id) { ${node} } }`, { id: agent.id }),
      await ask(
        '{ sessions(filter: {sessionIds: ["hidden"]}) { nodes { agents { messages(last: 1) { nodes { text } } } } } }',
      ),
      await whole('hidden'),
      // Repeated, the append finds the redacted message equal.
      await append(
        {
          sessionId: 'hidden',
          idempotencyKey: 'k',
          messages: [
            {
              role: 'USER',
              content: [{ text: secret }, { toolUse: { toolUseId: 't', name: secret, input: {} } }],
            },
          ],
        },
        'messages { text content { __typename } }',
      ),
    ];
    for (const read of reads) {
      expect(JSON.stringify(read)).toContain('[removed]');
      expect(JSON.stringify(read)).not.toContain('swordfish');
    }
    // The answer comes first, and then the checkpoint that erases.
    await eventually(() => expect(bytesOnDisk(server.sqlitePath).includes('swordfish')).toBe(false));
    expect(reads[0].node).toEqual({
      text: '[removed]',
      redacted: true,
      content: [{ __typename: 'TextBlock', text: '[removed]' }],
    });
  });
});

describe('a session that was deleted', () => {
  it('is gone with everything in it, and may be made anew', async () => {
    const { messages, agent } = await append({ sessionId: 'gone', idempotencyKey: 'k' });
    const { id } = await whole('gone');
    const remove = mutation('deleteSession', 'sessionId');
    expect(await ask(remove, { input: { sessionId: 'gone' } })).toEqual({
      deleteSession: { sessionId: 'gone' },
    });
    for (const one of [id, agent.id, messages[0].id]) {
      expect(await ask('query ($id: ID!) { node(id: $id) { id } }', { id: one })).toEqual({ node: null });
    }
    expect(await codeOf(remove, { input: { sessionId: 'gone' } })).toBe('SESSION_NOT_FOUND');
    await append({ sessionId: 'gone', idempotencyKey: 'k' });
    expect(await whole('gone')).toMatchObject({ id, messageCount: 1, agents: [{ agentId: 'a' }] });
  });
});

describe('an agent', () => {
  const upsert = (input: object) =>
    ask(mutation('upsertAgent', 'agent { model systemPrompt promptMetadata state }'), { input });

  it('keeps what is not named or null, and gives up what is to be removed', async () => {
    const named = { sessionId: 'agents', agentId: 'a' };
    await append(named);
    await upsert({ ...named, model: 'm', systemPrompt: 'p', promptMetadata: { v: 1 }, state: { s: 1 } });
    const { upsertAgent } = await upsert({
      ...named,
      systemPrompt: null,
      state: null,
      conversationManagerState: null,
      remove: ['MODEL', 'PROMPT_METADATA'],
    });
    expect(upsertAgent.agent).toEqual({
      model: null,
      systemPrompt: 'p',
      promptMetadata: null,
      state: { s: 1 },
    });
  });

  it('is refused a field that is given and removed at once', async () => {
    const input = { sessionId: 'agents', agentId: 'a', model: 'm', remove: ['MODEL'] };
    const { body } = await server.request(mutation('upsertAgent', 'agent { id }'), { input });
    expect(body.errors[0]).toMatchObject({
      message: 'model is given and removed at once. Do one of the two.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });
});

describe('messages with identities of their own', () => {
  const own = (clientId: string, more: object = {}) => ({
    role: 'USER',
    text: `of ${clientId}`,
    clientId,
    ...more,
  });

  it('are added once, shown with what they brought, and found', async () => {
    const sessionId = 'own-identities';
    const given = { createdAt: '2020-01-05T10:00:00.000Z', trackingId: 't' };
    await append({ sessionId, messages: [own('1', given), own('2')] });
    const payload = 'messages { position clientId createdAt trackingId } added { clientId }';
    const overlap = {
      sessionId,
      messages: [own('1', given), own('2'), own('3'), own('3')],
      idempotencyKey: 'k',
    };
    const first = await append(overlap, payload);
    expect(first.messages.map(({ position }: { position: number }) => position)).toEqual([0, 1, 2, 2]);
    expect(first.messages[0]).toMatchObject({ clientId: '1', ...given });
    expect(first.added).toEqual([{ clientId: '3' }]);
    expect(await append(overlap, payload)).toEqual(first);
    const found = `query ($id: ID!) { session(sessionId: $id) { agent(agentId: "a") { messageCount
      two: message(clientId: "2") { position } none: message(clientId: "4") { position } } } }`;
    const { session } = await ask(found, { id: sessionId });
    expect(session.agent).toEqual({ messageCount: 3, two: { position: 1 }, none: null });
  });

  it('are addressed by them in other writes, with nothing that names another', async () => {
    const sessionId = 'addressed-by-client-id';
    await append({ sessionId, messages: [own('1'), own('2')] });
    const redact = mutation('redactMessage', 'message { position clientId text redacted }');
    const input = {
      sessionId,
      agentId: 'a',
      clientId: '2',
      replacement: { role: 'USER', text: '-' },
    };
    const { redactMessage } = await ask(redact, { input });
    expect(redactMessage.message).toEqual({ position: 1, clientId: '2', text: '-', redacted: true });
    expect(await codeOf(redact, { input: { ...input, clientId: '3' } })).toBe('MESSAGE_NOT_FOUND');
    expect(await codeOf(redact, { input: { ...input, messageId: 0 } })).toBe('BAD_USER_INPUT');
    const metrics = mutation('recordMetrics', 'message { position }');
    const recorded = await ask(metrics, {
      input: { sessionId, agentId: 'a', clientId: '1', metrics: { custom: 1 } },
    });
    expect(recorded.recordMetrics.message).toEqual({ position: 0 });
  });

  it.each([
    ['another text under one clientId', [own('1', { text: 'other' })], 'IDEMPOTENCY_CONFLICT'],
    [
      'two texts under one clientId of a batch',
      [own('2'), own('2', { text: 'other' })],
      'IDEMPOTENCY_CONFLICT',
    ],
    ['a time after now', [own('3', { createdAt: '2200-01-01T00:00:00Z' })], 'BAD_USER_INPUT'],
  ])('are refused with %s', async (what, messages, code) => {
    const sessionId = `refused ${what}`;
    await append({ sessionId, messages: [own('1')] });
    const input = { sessionId, agentId: 'a', messages };
    expect(await codeOf(mutation('appendMessages', 'messages { id }'), { input })).toBe(code);
    expect((await whole(sessionId)).messageCount).toBe(1);
  });
});
