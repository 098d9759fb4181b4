import type { AgentInputItem } from '@openai/agents';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { type OpenAIAgentsSession, openSession } from '../../src/adapters/openai-agents/index.js';
import type { Backing } from './backings.js';
import { inChild } from './child-agent.js';

const SHOWN = `query ($id: ID!) { session(sessionId: $id) { usage { totalTokens } agent(agentId: "agent") { messageCount
  messages(first: 100) { nodes { role author text supersededBy content { __typename
    ... on ToolUseBlock { name input toolUseId } ... on ToolResultBlock { status toolUseId content } } metrics { usage { totalTokens } } } } } } }`;

export const user = (text: string): AgentInputItem => ({ type: 'message', role: 'user', content: text });
export const texts = (items: AgentInputItem[]) =>
  items.map((item) => ('content' in item ? JSON.stringify(item.content) : item.type));

let serial = 0;
export const newId = () => `s-${++serial}`;

/** What the tests of this adapter need of a backing, which is open while they run. */
export function stageOn(openBacking: () => Promise<Backing>) {
  let backing: Backing;
  beforeAll(async () => {
    backing = await openBacking();
  });
  afterAll(() => backing.close());

  async function open(sessionId = newId(), more: object = {}): Promise<OpenAIAgentsSession> {
    const session = await openSession({ ...backing.place(), ...more, sessionId });
    onTestFinished(() => session.close());
    return session;
  }
  /** What another process reads of them. */
  const elsewhere = (...sessionIds: string[]) =>
    inChild('./openai-agents-agent.mjs', {
      elsewhere: backing.elsewhere,
      sessionIds,
      does: 'items',
    }) as Promise<AgentInputItem[][]>;
  async function shown(sessionId: string) {
    const { body } = await backing.server.request(SHOWN, { id: sessionId });
    expect(body.errors).toBeUndefined();
    const { agent, usage } = body.data.session;
    return { usage, count: agent.messageCount, messages: agent.messages.nodes };
  }

  return { open, elsewhere, shown, backing: () => backing };
}
