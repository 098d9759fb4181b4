import type { AgentInputItem } from '@openai/agents';
import { onTestFinished } from 'vitest';
import { type OpenAIAgentsSession, openSession } from '../../src/adapters/openai-agents/index.js';
import { type Backing, openedFor } from './backings.js';
import { inChild } from './child-agent.js';

export const user = (text: string): AgentInputItem => ({ type: 'message', role: 'user', content: text });
export const texts = (items: AgentInputItem[]) =>
  items.map((item) => ('content' in item ? JSON.stringify(item.content) : item.type));

let serial = 0;
export const newId = () => `s-${++serial}`;

/** What the tests of this adapter need of a backing, which is open while they run. */
export function stageOn(openBacking: () => Promise<Backing>) {
  const { backing, ...others } = openedFor(openBacking);

  async function open(sessionId = newId(), more: object = {}): Promise<OpenAIAgentsSession> {
    const session = await openSession({ ...backing().place(), ...more, sessionId });
    onTestFinished(() => session.close());
    return session;
  }
  /** What another process reads of them. */
  const elsewhere = (...sessionIds: string[]) =>
    inChild('./openai-agents-agent.mjs', {
      elsewhere: backing().elsewhere,
      sessionIds,
      does: 'items',
    }) as Promise<AgentInputItem[][]>;

  return { open, elsewhere, backing, ...others };
}
