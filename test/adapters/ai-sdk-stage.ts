import type { UIMessage } from 'ai';
import { onTestFinished } from 'vitest';
import { type Chat, openChat } from '../../src/adapters/ai-sdk/index.js';
import { type Backing, openedFor } from './backings.js';
import { inChild } from './child-agent.js';

export const message = (id: string, said: string, role: UIMessage['role'] = 'user'): UIMessage => ({
  id,
  role,
  parts: [{ type: 'text', text: said }],
});
export const said = (messages: UIMessage[]) =>
  messages.map(
    ({ id, parts }) => `${id}: ${parts.map((part) => ('text' in part ? part.text : part.type)).join()}`,
  );

let serial = 0;
export const newId = () => `c-${++serial}`;

/** What the tests of this adapter need of a backing, which is open while they run. */
export function stageOn(openBacking: () => Promise<Backing>) {
  const { backing, ...others } = openedFor(openBacking);

  async function open(sessionId = newId(), more: object = {}): Promise<Chat & { sessionId: string }> {
    const chat = await openChat({ ...backing().place(), ...more, sessionId });
    onTestFinished(() => chat.close());
    return Object.assign(chat, { sessionId });
  }
  const elsewhere = (sessionId: string, more: object = { does: 'load' }) =>
    inChild('./ai-sdk-agent.mjs', { elsewhere: backing().elsewhere, sessionId, ...more }) as Promise<
      UIMessage[]
    >;
  const reload = async (sessionId: string) => (await open(sessionId)).load();

  return { open, elsewhere, reload, backing, ...others };
}
