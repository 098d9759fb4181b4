import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../stores/mongo/server.js';
import { connect, follow } from '../support/live-client.js';
import { recordedSessions } from '../support/recorded-strands.js';
import { type RunningServer, startServer } from '../support/server.js';

const LIST = `{ sessions(filter: {agentIds: ["a"]}) { nodes { sessionId usage { totalTokens } agents { agentId usage { totalTokens }
  messages(first: 50) { nodes { id metrics { usage { totalTokens } } } } } } } }`;
const ACTIVITY = `subscription { sessionActivity { __typename
  ... on SessionChanged { session { sessionId usage { totalTokens } agents { usage { totalTokens } } } } } }`;
const MESSAGES = `subscription ($id: ID!) { sessionEvents(sessionId: $id) { __typename
  ... on MessageUpdated { message { position redacted metrics { usage { totalTokens } } } } } }`;

describe.each(['SQLite', 'MongoDB'])('what was spent, on %s', (database) => {
  let mongo: TestDatabase | null = null;
  let server: RunningServer;
  beforeAll(async () => {
    if (database === 'MongoDB') mongo = await startTestDatabase();
    server = await startServer(mongo ? { mongodbUri: mongo.server.uri, mongodbDatabase: mongo.name } : {});
  });
  afterAll(async () => {
    await server.stop();
    await mongo?.drop();
  });

  async function ask(query: string, variables: Record<string, unknown> = {}) {
    const { body } = await server.request(query, variables);
    expect(body.errors).toBeUndefined();
    return body.data;
  }
  const mutate = (name: string, input: object, selection = '__typename') =>
    ask(
      `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${selection} } }`,
      { input },
    );
  const said = (sessionId: string, messages: object[]) =>
    mutate('appendMessages', { sessionId, agentId: 'a', createIfMissing: true, messages });
  const counted = (sessionId: string, messageId: number, totalTokens: number) =>
    mutate('recordMetrics', {
      sessionId,
      agentId: 'a',
      messageId,
      metrics: { accumulated_usage: { totalTokens } },
    });

  it('shows alike in a list, on agents and messages, by id, live and after a redaction', async () => {
    const sessionId = 'alike';
    const usage = { input_tokens: 4, output_tokens: 1 };
    await said(sessionId, [
      { role: 'USER', text: '0' },
      { role: 'ASSISTANT', text: '1' },
      { role: 'USER', text: '2' },
      { role: 'ASSISTANT', text: '3' },
      { role: 'ASSISTANT', text: '4', metadata: { usage } },
    ]);
    const client = connect(server.url);
    const [activity, events] = [follow(client, ACTIVITY), follow(client, MESSAGES, { id: sessionId })];
    expect([await activity.next(), await events.next()]).toEqual([
      { __typename: 'Ready' },
      { __typename: 'Ready' },
    ]);
    const told = async (position: number, cost: number, total: number, redacted = false) => {
      const message = { position, redacted, metrics: { usage: { totalTokens: cost } } };
      expect(await events.next()).toEqual({ __typename: 'MessageUpdated', message });
      const totals = { usage: { totalTokens: total }, agents: [{ usage: { totalTokens: total } }] };
      expect(await activity.next()).toEqual({
        __typename: 'SessionChanged',
        session: { sessionId, ...totals },
      });
    };
    await counted(sessionId, 1, 18);
    await told(1, 18, 23);
    await counted(sessionId, 2, 18);
    await told(2, 0, 23);
    await counted(sessionId, 3, 36);
    await told(3, 18, 41);
    for (const [messageId, cost] of [
      [3, 18],
      [4, 5],
    ] as const) {
      const replacement = { role: 'ASSISTANT', text: '-' };
      await mutate('redactMessage', { sessionId, agentId: 'a', messageId, replacement });
      await told(messageId, cost, 41, true);
    }
    const { sessions } = await ask(LIST);
    const [session] = sessions.nodes;
    expect(session).toMatchObject({ sessionId, usage: { totalTokens: 41 } });
    const [agent] = session.agents;
    expect(agent.usage.totalTokens).toBe(41);
    const shown = ({ metrics }: { metrics: { usage: object } | null }) => metrics?.usage;
    expect(agent.messages.nodes.map(shown)).toEqual([
      undefined,
      ...[18, 0, 18, 5].map((totalTokens) => ({ totalTokens })),
    ]);
    const { node } = await ask(
      'query ($id: ID!) { node(id: $id) { ... on Message { metrics { usage { totalTokens } } } } }',
      { id: agent.messages.nodes[3].id },
    );
    expect(shown(node)).toEqual({ totalTokens: 18 });
    await client.dispose();
  });

  it('stays readable beside a session whose counts are as large as they can be', async () => {
    const usage = { inputTokens: 2 ** 53 - 1, outputTokens: 10 ** 12, totalTokens: 10 ** 12 };
    const message = { role: 'ASSISTANT', text: 'x', metadata: { usage } };
    for (const sessionId of ['large-1', 'large-2']) await said(sessionId, Array(100).fill(message));
    const client = connect(server.url);
    const activity = follow(client, ACTIVITY);
    await activity.next();
    await said('large-1', [message]);
    const total = { usage: { totalTokens: 101 * 10 ** 12 } };
    expect(await activity.next()).toMatchObject({ session: { ...total, agents: [total] } });
    const { sessions } = await ask('{ sessions { nodes { sessionId usage { inputTokens outputTokens } } } }');
    const outputTokens = { 'large-1': 101 * 10 ** 12, 'large-2': 100 * 10 ** 12 };
    for (const [sessionId, output] of Object.entries(outputTokens)) {
      expect(sessions.nodes).toContainEqual({
        sessionId,
        usage: { inputTokens: 0, outputTokens: output },
      });
    }
    await client.dispose();
  });

  it.runIf(database === 'MongoDB')('is that of the documents which Python has recorded', async () => {
    const recorded = recordedSessions(true);
    const documents = recorded.map(({ document }, index) => ({ ...document, _id: `python-${index}` }));
    await mongo?.sessions.insertMany(documents);
    const { sessions } = await ask(
      'query ($ids: [ID!]) { sessions(first: 50, filter: {sessionIds: $ids}) { nodes { sessionId usage { totalTokens } } } }',
      { ids: documents.map(({ _id }) => _id) },
    );
    const totals = new Map(
      sessions.nodes.map((node: { sessionId: string; usage: { totalTokens: number } }) => [
        node.sessionId,
        node.usage.totalTokens,
      ]),
    );
    expect(documents.map(({ _id }) => totals.get(_id))).toEqual(
      recorded.map(({ totalTokens }) => Object.values(totalTokens).reduce((sum, tokens) => sum + tokens, 0)),
    );
  });
});
