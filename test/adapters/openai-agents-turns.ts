import { type AgentInputItem, run, type Session } from '@openai/agents';
import { expect } from 'vitest';
import { z } from 'zod';
import { agentOf, approved, call, ScriptedModel, say, think } from './openai-agents-agent.mjs';

const PNG = `data:image/png;base64,${Buffer.from('no image, but many bytes'.repeat(99)).toString('base64')}`;

/** Turns of real agents, by what is said in them: each leaves its items in the session. */
export const TURNS: [what: string, turns: (session: Session) => Promise<void>][] = [
  [
    'texts, thoughts, calls at the same time and a call that fails',
    async (session) => {
      const model = new ScriptedModel([
        [think('I should look.'), call('c1', 'lookup', { order: 5 }), call('c2', 'fails', {})],
        [say('Sent.')],
        [say('You are welcome.')],
      ]);
      await run(agentOf(model), 'Where is order 5?', { session });
      await run(agentOf(model), 'Thanks', { session });
    },
  ],
  [
    'an image and a file',
    async (session) => {
      const content = [
        { type: 'input_text', text: 'What is this?' },
        { type: 'input_image', image: PNG, detail: 'auto' },
        { type: 'input_file', file: PNG.replace('image/png', 'application/pdf'), filename: 'a.pdf' },
        { type: 'input_image', image: { id: 'file-1' } },
      ];
      const input = [{ role: 'user', content }] as AgentInputItem[];
      await run(agentOf(new ScriptedModel([[say('A picture.')]])), input, { session });
    },
  ],
  [
    'a handoff',
    async (session) => {
      const model = new ScriptedModel([
        [call('h1', 'transfer_to_Clerk', {})],
        [call('c1', 'lookup', { order: 5 })],
        [say('The clerk says: sent.')],
      ]);
      await run(agentOf(model), 'I want the clerk', { session });
    },
  ],
  [
    'structured output, streamed',
    async (session) => {
      const outputType = z.object({ state: z.string() });
      const agent = agentOf(new ScriptedModel([[say('{"state":"sent"}')]]), { outputType });
      const result = await run(agent, 'Where is it?', { session, stream: true });
      await result.completed;
      expect(result.finalOutput).toEqual({ state: 'sent' });
    },
  ],
  [
    'an approval that came later, to a state that was kept as text',
    async (session) => {
      const model = new ScriptedModel([[call('c1', 'lookup', { order: 5 })], [say('Sent.')]]);
      const agent = agentOf(model, { needsApproval: true });
      const waiting = await run(agent, 'Where is order 5?', { session });
      expect(waiting.interruptions).toHaveLength(1);
      await run(agent, await approved(agent, waiting), { session });
    },
  ],
  [
    'runs of which one has failed',
    async (session) => {
      const model = new ScriptedModel([[say('One.')], new Error('no model'), [say('Two.')]]);
      await run(agentOf(model), 'First', { session });
      const failed = await run(agentOf(model), 'Second', { session, stream: true });
      await failed.completed.catch(() => {});
      await run(agentOf(model), 'Second', { session });
    },
  ],
];
