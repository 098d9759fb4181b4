import { randomUUID } from 'node:crypto';
import type { SessionStore } from '@anthropic-ai/claude-agent-sdk';

/** Appends what Claude Code would: a question and an answer. It stands for an agent, so that the example runs without one. */
export async function scriptedTurn(store: SessionStore, sessionId: string, prompt: string): Promise<void> {
  const key = { projectKey: process.cwd().replace(/[^a-zA-Z0-9]/g, '-'), sessionId };
  const entries = (await store.load(key)) ?? [];
  const [asked, answered] = [randomUUID(), randomUUID()];
  const usage = { input_tokens: 20, output_tokens: 8 };
  const text = 'It was sent on Monday.';
  const common = { sessionId, timestamp: new Date().toISOString(), isSidechain: false };
  await store.append(key, [
    {
      ...common,
      type: 'user',
      uuid: asked,
      parentUuid: entries.at(-1)?.uuid ?? null,
      message: { role: 'user', content: prompt },
    },
    {
      ...common,
      type: 'assistant',
      uuid: answered,
      parentUuid: asked,
      message: {
        id: `msg_${answered}`,
        type: 'message',
        role: 'assistant',
        model: 'scripted',
        content: [{ type: 'text', text }],
        stop_reason: 'end_turn',
        usage,
      },
    },
  ]);
  console.log(text);
}
