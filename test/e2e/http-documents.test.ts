import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf } from '../support/data-of.js';
import { type RunningServer, startServer } from '../support/server.js';

const CREATE = `mutation ($input: CreateSessionInput!) { createSession(input: $input) {
  session { id sessionId applicationName createdAt updatedAt metadata } } }`;
const APPEND = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) {
  messages { id messageId position role text content { __typename } createdAt }
  agent { agentId messageCount } session { sessionId } } }`;
const METRICS = `mutation ($input: RecordMetricsInput!) { recordMetrics(input: $input) {
  message { messageId metrics { usage { inputTokens outputTokens totalTokens } latencyMs } } } }`;
const REDACT = `mutation ($input: RedactMessageInput!) { redactMessage(input: $input) {
  message { messageId text redacted guardrailEvent { action stopReason policiesTriggered trace } } } }`;
const CONVERSATION = `query ($id: ID!) { session(sessionId: $id) { sessionId metadata messageCount usage { totalTokens }
  agents { agentId model state messageCount messages(last: 20) { totalCount
    edges { cursor node { messageId role text createdAt } } pageInfo { hasPreviousPage startCursor } } }
  feedback { rating comment createdAt } } }`;
const DASHBOARD = `query { sessions(first: 50, orderBy: {field: UPDATED_AT, direction: DESC}, filter: {metadata: [{path: "user.id", eq: "alice"}]}) {
  nodes { sessionId updatedAt agents { agentId messages(last: 1) { nodes { text } } } } pageInfo { hasNextPage endCursor } } }`;

const DATE = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const TEXT = expect.stringMatching(/./);

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const ask = (query: string, variables: Record<string, unknown> = {}) => dataOf(server, query, variables);

describe('a conversation over HTTP, from its first word to its end', () => {
  it('begins with a session', async () => {
    const input = { sessionId: 's1', applicationName: 'demo', metadata: { user: { id: 'alice' } } };
    const { createSession } = await ask(CREATE, { input });
    expect(createSession.session).toEqual({ ...input, id: TEXT, createdAt: DATE, updatedAt: DATE });
  });

  it('tells its type', async () => {
    expect(await ask('{ session(sessionId: "s1") { type } }')).toEqual({ session: { type: 'AGENT' } });
  });

  const turn = {
    sessionId: 's1',
    agentId: 'support',
    createIfMissing: true,
    idempotencyKey: 'k1',
    messages: [
      { role: 'USER', text: 'Hello' },
      {
        role: 'ASSISTANT',
        content: [{ text: 'Hi!' }, { toolUse: { toolUseId: 't1', name: 'clock', input: {} } }],
      },
    ],
  };

  it('takes a turn, once however often it is sent', async () => {
    const first = await ask(APPEND, { input: turn });
    expect(first.appendMessages).toEqual({
      messages: [
        {
          id: TEXT,
          messageId: 0,
          position: 0,
          role: 'USER',
          text: 'Hello',
          content: [{ __typename: 'TextBlock' }],
          createdAt: DATE,
        },
        {
          id: TEXT,
          messageId: 1,
          position: 1,
          role: 'ASSISTANT',
          text: 'Hi!',
          content: [{ __typename: 'TextBlock' }, { __typename: 'ToolUseBlock' }],
          createdAt: DATE,
        },
      ],
      agent: { agentId: 'support', messageCount: 2 },
      session: { sessionId: 's1' },
    });
    expect(await ask(APPEND, { input: turn })).toEqual(first);
    const other = { ...turn, messages: [{ role: 'USER', text: 'Other' }] };
    const { body } = await server.request(APPEND, { input: other });
    expect(body.errors[0].extensions.code).toBe('IDEMPOTENCY_CONFLICT');
  });

  it('takes what the turn cost', async () => {
    const usage = { inputTokens: 10, outputTokens: 15, totalTokens: 25 };
    const metrics = { accumulated_usage: usage, accumulated_metrics: { latencyMs: 250 } };
    const { recordMetrics } = await ask(METRICS, {
      input: { sessionId: 's1', agentId: 'support', messageId: 1, metrics },
    });
    expect(recordMetrics.message).toEqual({ messageId: 1, metrics: { usage, latencyMs: 250 } });
  });

  it('takes metadata, and gives it up', async () => {
    const UPDATED = '{ session(sessionId: "s1") { updatedAt } }';
    const before = await ask(UPDATED);
    const set = { 'user.name': 'Alice', priority: 'high' };
    const update =
      'mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { session { metadata } } }';
    expect((await ask(update, { input: { sessionId: 's1', set } })).updateMetadata.session.metadata).toEqual({
      user: { id: 'alice', name: 'Alice' },
      priority: 'high',
    });
    const remove =
      'mutation ($input: DeleteMetadataInput!) { deleteMetadata(input: $input) { session { metadata } } }';
    const { deleteMetadata } = await ask(remove, { input: { sessionId: 's1', paths: ['user.name'] } });
    expect(deleteMetadata.session.metadata).toEqual({ user: { id: 'alice' }, priority: 'high' });
    expect(await ask('{ session(sessionId: "s1") { metadata(paths: ["user.id", "missing"]) } }')).toEqual({
      session: { metadata: { user: { id: 'alice' } } },
    });
    expect(await ask(UPDATED)).toEqual(before);
  });

  it.each([
    [
      { rating: 'UP', comment: 'Helpful!' },
      { rating: 'UP', comment: 'Helpful!', fields: {} },
    ],
    [{ rating: 'DOWN' }, { rating: 'DOWN', comment: null, fields: {} }],
    [
      { rating: null, fields: { survey: 7 } },
      { rating: null, comment: null, fields: { survey: 7 } },
    ],
  ])('takes the feedback %j', async (given, expected) => {
    const query = `mutation ($input: AddFeedbackInput!) { addFeedback(input: $input) {
      feedback { rating comment createdAt fields } session { sessionId } } }`;
    const { addFeedback } = await ask(query, { input: { sessionId: 's1', ...given } });
    expect(addFeedback).toEqual({ feedback: { ...expected, createdAt: DATE }, session: { sessionId: 's1' } });
  });

  it('replaces what must not be seen, and keeps why', async () => {
    const trace = {
      guardrail: {
        inputAssessment: { g: { contentPolicy: { filters: [{ type: 'VIOLENCE', confidence: 'HIGH' }] } } },
      },
    };
    const { redactMessage } = await ask(REDACT, {
      input: {
        sessionId: 's1',
        agentId: 'support',
        messageId: 0,
        replacement: { role: 'USER', text: '[removed]' },
        guardrailEvent: { action: 'BLOCKED', stopReason: 'guardrail_intervened', trace },
      },
    });
    expect(redactMessage.message).toMatchObject({
      messageId: 0,
      text: '[removed]',
      redacted: true,
      guardrailEvent: {
        action: 'BLOCKED',
        stopReason: 'guardrail_intervened',
        policiesTriggered: { contentPolicy: ['VIOLENCE/HIGH'] },
        trace,
      },
    });
    // A repeated append with its key finds the redacted message equal.
    expect((await ask(APPEND, { input: turn })).appendMessages.messages[0].text).toBe('[removed]');
    const { session } = await ask(
      '{ session(sessionId: "s1") { guardrailEvents { action timestamp agentId messageId trace } } }',
    );
    expect(session.guardrailEvents).toEqual([
      { action: 'BLOCKED', timestamp: DATE, agentId: 'support', messageId: 0, trace: null },
    ]);
  });

  it('configures an agent, and leaves alone what it does not name', async () => {
    const upsert = `mutation ($input: UpsertAgentInput!) { upsertAgent(input: $input) {
      agent { agentId model systemPrompt promptMetadata state conversationManagerState messageCount } session { sessionId } } }`;
    const named = { sessionId: 's1', agentId: 'support' };
    const first = await ask(upsert, {
      input: { ...named, model: 'm1', systemPrompt: 'Be kind.', state: { mood: 'calm' } },
    });
    expect(first.upsertAgent.agent).toMatchObject({
      model: 'm1',
      systemPrompt: 'Be kind.',
      state: { mood: 'calm' },
      messageCount: 2,
    });
    const second = await ask(upsert, {
      input: { ...named, remove: ['SYSTEM_PROMPT'], promptMetadata: { prompt_id: 'p' } },
    });
    expect(second.upsertAgent.agent).toMatchObject({
      model: 'm1',
      systemPrompt: null,
      promptMetadata: { prompt_id: 'p' },
      state: { mood: 'calm' },
      conversationManagerState: { __name__: 'SlidingWindowConversationManager' },
    });
  });

  it('is read back whole', async () => {
    const { session } = await ask(CONVERSATION, { id: 's1' });
    expect(session).toEqual({
      sessionId: 's1',
      metadata: { user: { id: 'alice' }, priority: 'high' },
      messageCount: 2,
      usage: { totalTokens: 25 },
      agents: [
        {
          agentId: 'support',
          model: 'm1',
          state: { mood: 'calm' },
          messageCount: 2,
          messages: {
            totalCount: 2,
            edges: [
              { cursor: TEXT, node: { messageId: 0, role: 'USER', text: '[removed]', createdAt: DATE } },
              { cursor: TEXT, node: { messageId: 1, role: 'ASSISTANT', text: 'Hi!', createdAt: DATE } },
            ],
            pageInfo: { hasPreviousPage: false, startCursor: TEXT },
          },
        },
      ],
      feedback: [
        { rating: 'UP', comment: 'Helpful!', createdAt: DATE },
        { rating: 'DOWN', comment: null, createdAt: DATE },
        { rating: null, comment: null, createdAt: DATE },
      ],
    });
  });

  it('shows in a dashboard', async () => {
    const { sessions } = await ask(DASHBOARD);
    expect(sessions).toEqual({
      nodes: [
        {
          sessionId: 's1',
          updatedAt: DATE,
          agents: [{ agentId: 'support', messages: { nodes: [{ text: 'Hi!' }] } }],
        },
      ],
      pageInfo: { hasNextPage: false, endCursor: TEXT },
    });
  });

  it('takes names that mean something to JavaScript as names', async () => {
    const names = ['__proto__', 'constructor', '10', 'a$b'];
    for (const agentId of names) {
      await ask(APPEND, { input: { ...turn, sessionId: 'odd', agentId } });
    }
    const set = JSON.parse('{"__proto__.polluted": true, "constructor": 1}');
    await ask(
      'mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { session { metadata } } }',
      {
        input: { sessionId: 'odd', set },
      },
    );
    const { session } = await ask(
      '{ session(sessionId: "odd") { metadata agents { agentId messageCount } agent(agentId: "__proto__") { messageCount } } }',
    );
    expect(session.agents).toEqual(names.map((agentId) => ({ agentId, messageCount: 2 })));
    expect(session.agent).toEqual({ messageCount: 2 });
    expect(JSON.stringify(session.metadata)).toBe('{"__proto__":{"polluted":true},"constructor":1}');
  });

  it('ends', async () => {
    const remove = 'mutation ($input: DeleteSessionInput!) { deleteSession(input: $input) { sessionId } }';
    expect(await ask(remove, { input: { sessionId: 's1' } })).toEqual({ deleteSession: { sessionId: 's1' } });
    expect(await ask(CONVERSATION, { id: 's1' })).toEqual({ session: null });
  });
});
