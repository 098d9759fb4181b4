import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStage, type Stage } from './stage.js';

/** Sessions with two agents of five messages each. */
const SESSIONS = 50;
const PAGE = ['findSessions', 'loadAgents'];

let stage: Stage;
beforeAll(async () => {
  stage = createStage();
  for (let index = 0; index < SESSIONS; index++) {
    for (const agentId of ['writer', 'critic']) {
      await stage.service.appendMessages({
        sessionId: `s${index}`,
        agentId,
        createIfMissing: true,
        messages: [0, 1, 2, 3, 4].map((number) => ({ role: 'user', text: `${agentId} ${number}` })),
      });
    }
  }
});
beforeEach(() => {
  stage.calls.length = 0;
});

/** The calls of the store, and the data. */
async function asked(query: string, variables?: Record<string, unknown>) {
  const { data, errors } = await stage.run(query, variables);
  expect(errors).toBeUndefined();
  return { data, calls: [...stage.calls] };
}

describe('what a query costs the store', () => {
  it('is two commands for a page of sessions with their agents and last message', async () => {
    const { data, calls } = await asked(`{ sessions(first: 50) {
      nodes { sessionId updatedAt agents { agentId messages(last: 1) { nodes { text } } } }
      pageInfo { hasNextPage endCursor } } }`);
    expect(calls).toEqual(PAGE);
    expect(data.sessions.nodes).toHaveLength(SESSIONS);
    for (const { agents } of data.sessions.nodes) {
      expect(agents).toEqual([
        { agentId: 'writer', messages: { nodes: [{ text: 'writer 4' }] } },
        { agentId: 'critic', messages: { nodes: [{ text: 'critic 4' }] } },
      ]);
    }
  });

  it.each([
    [
      'edges',
      '{ sessions { edges { cursor node { agents { messages(last: 1) { edges { cursor node { text } } } } } } } }',
    ],
    [
      'inline fragments',
      '{ sessions { nodes { ... { agents { ... on Agent { messages(last: 1) { nodes { text } } } } } } } }',
    ],
    [
      'named fragments',
      '{ sessions { nodes { ...S } } } fragment S on Session { agents { ...A } } fragment A on Agent { messages(last: 1) { nodes { text } } }',
    ],
    [
      'several pages of one agent',
      '{ sessions { nodes { agents { head: messages(first: 2) { nodes { text } } tail: messages(last: 1) { nodes { text } } } } } }',
    ],
    [
      'agents under several names',
      '{ sessions { nodes { a: agents { messages(first: 1) { nodes { text } } } b: agents { messages(last: 2) { nodes { text } } } } } }',
    ],
    [
      'one named agent',
      '{ sessions { nodes { agent(agentId: "critic") { messages { nodes { text } } } } } }',
    ],
    [
      'counts of messages',
      '{ sessions { nodes { messageCount agents { messageCount messages { totalCount } } } } }',
    ],
  ])('stays two commands through %s', async (_name, query) => {
    expect((await asked(query)).calls).toEqual(PAGE);
  });

  it('is one command more for token totals, those of a session, its agents and their messages together', async () => {
    const totals = await asked('{ sessions { nodes { usage { totalTokens } } } }');
    expect(totals.calls).toEqual(['findSessions', 'loadUsage']);
    stage.calls.length = 0;
    for (const agentId of ['writer', 'critic']) {
      await stage.service.recordMetrics({
        address: { sessionId: 's0', agentId, position: 4 },
        metrics: { accumulated_usage: { totalTokens: 5 } },
      });
    }
    stage.calls.length = 0;
    const { data, calls } = await asked(`{ session(sessionId: "s0") { usage { totalTokens }
      agents { usage { totalTokens } messages(last: 2) { nodes { metrics { usage { totalTokens } } } } } } }`);
    expect(calls).toEqual(['loadSessions', 'loadAgents', 'loadUsage']);
    const agent = {
      usage: { totalTokens: 5 },
      messages: { nodes: [{ metrics: null }, { metrics: { usage: { totalTokens: 5 } } }] },
    };
    expect(data.session).toEqual({ usage: { totalTokens: 10 }, agents: [agent, agent] });
  });

  it('stays two commands where the sizes are variables, whose values differ from one operation to the next', async () => {
    const query =
      'query ($n: Int = 1) { sessions { nodes { agents { messages(last: $n) { nodes { text } } } } } }';
    for (const [variables, count] of [
      [{ n: 3 }, 3],
      [{ n: 5 }, 5],
      [{}, 1],
    ] as const) {
      stage.calls.length = 0;
      const { data, calls } = await asked(query, variables);
      expect(calls).toEqual(PAGE);
      expect(data.sessions.nodes[0].agents[0].messages.nodes).toHaveLength(count);
    }
  });

  it('is two commands for one session with its agents, and one without', async () => {
    expect((await asked('{ session(sessionId: "s1") { messageCount } }')).calls).toEqual(['loadSessions']);
    const { calls } = await asked(
      '{ session(sessionId: "s1") { agents { messages(last: 20) { nodes { text } } } } }',
    );
    expect(calls.slice(1)).toEqual(['loadSessions', 'loadAgents']);
  });

  it('is one command for any number of sessions that are asked for one by one', async () => {
    const { data, calls } = await asked(
      '{ a: session(sessionId: "s1") { sessionId } b: session(sessionId: "s2") { sessionId } c: session(sessionId: "s1") { sessionId } }',
    );
    expect(data.c).toEqual({ sessionId: 's1' });
    expect(calls).toEqual(['loadSessions']);
  });

  it('is one command more for pages beyond a cursor, whatever the number of agents', async () => {
    const first = await asked(
      '{ session(sessionId: "s1") { agents { messages(first: 2) { pageInfo { endCursor } } } } }',
    );
    const [writer, critic] = first.data.session.agents.map(
      (agent: { messages: { pageInfo: { endCursor: string } } }) => agent.messages.pageInfo.endCursor,
    );
    stage.calls.length = 0;
    const { data, calls } = await asked(
      `query ($w: String, $c: String) { session(sessionId: "s1") {
        w: agent(agentId: "writer") { messages(first: 2, after: $w) { nodes { text } } }
        c: agent(agentId: "critic") { messages(first: 2, after: $c) { nodes { text } } } } }`,
      { w: writer, c: critic },
    );
    expect(data.session.w.messages.nodes).toEqual([{ text: 'writer 2' }, { text: 'writer 3' }]);
    expect(data.session.c.messages.nodes).toEqual([{ text: 'critic 2' }, { text: 'critic 3' }]);
    expect(calls).toEqual(['loadSessions', 'loadAgents', 'loadAgents']);
  });

  it('counts sessions only where the total is asked for', async () => {
    expect((await asked('{ sessions { nodes { sessionId } } }')).calls).toEqual(['findSessions']);
    stage.calls.length = 0;
    const { data, calls } = await asked('{ sessions(first: 1) { totalCount } }');
    expect(data.sessions.totalCount).toBe(SESSIONS);
    expect(calls).toEqual(['findSessions', 'countSessions']);
  });

  it('counts them once, however often the total is asked for', async () => {
    const { calls } = await asked('{ sessions(first: 1) { a: totalCount b: totalCount c: totalCount } }');
    expect(calls).toEqual(['findSessions', 'countSessions']);
  });

  it('is the write alone where the payload asks for nothing else', async () => {
    const { calls } = await asked(
      'mutation { updateMetadata(input: {sessionId: "s3", set: {a: 1}}) { __typename } }',
    );
    expect(calls).toEqual(['changeMetadata']);
  });

  it('loads what a payload shows after its own write, also where several writes follow one another', async () => {
    const { data } = await asked(`mutation {
      a: updateMetadata(input: {sessionId: "s4", set: {a: 1}}) { session { metadata } }
      b: updateMetadata(input: {sessionId: "s4", set: {b: 2}}) { session { metadata } }
      c: appendMessages(input: {sessionId: "s4", agentId: "writer", messages: [{role: USER, text: "new"}]}) {
        agent { messageCount messages(last: 1) { nodes { text } } } session { messageCount } } }`);
    expect(data).toEqual({
      a: { session: { metadata: { a: 1 } } },
      b: { session: { metadata: { a: 1, b: 2 } } },
      c: {
        agent: { messageCount: 6, messages: { nodes: [{ text: 'new' }] } },
        session: { messageCount: 11 },
      },
    });
  });
});
