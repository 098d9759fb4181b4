import type { BaseMessage } from '@langchain/core/messages';
import { onTestFinished } from 'vitest';
import { type ChatHistory, openChatHistory } from '../../src/adapters/langchain/index.js';
import { type Backing, openedFor } from './backings.js';
import { inChild } from './child-agent.js';
import type { Described } from './langchain-agent.mjs';

export const saidIn = (messages: BaseMessage[]) => messages.map(({ content }) => content);

let serial = 0;
export const newId = () => `s-${++serial}`;

/** What the tests of this adapter need of a backing, which is open while they run. */
export function stageOn(openBacking: () => Promise<Backing>) {
  const { backing, ...others } = openedFor(openBacking);

  async function open(sessionId = newId(), more: object = {}): Promise<ChatHistory> {
    const history = await openChatHistory({ ...backing().place(), ...more, sessionId });
    onTestFinished(() => history.close());
    return history;
  }
  /** What another process reads of them. */
  const elsewhere = (...sessionIds: string[]) =>
    inChild('./langchain-agent.mjs', {
      elsewhere: backing().elsewhere,
      sessionIds,
      does: 'messages',
    }) as Promise<Described[][]>;

  return { open, elsewhere, backing, ...others };
}
