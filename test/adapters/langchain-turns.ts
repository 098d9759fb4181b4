import type { BaseListChatMessageHistory } from '@langchain/core/chat_history';
import { HumanMessage } from '@langchain/core/messages';
import { expect } from 'vitest';
import { agentWith, CONFIG, call, chainOf, ScriptedModel, say } from './langchain-agent.mjs';
import { changed, everyKind } from './langchain-messages.mjs';

/** Turns of real chains, by what is said in them: each leaves its messages in the history. */
export const TURNS: [what: string, turns: (history: BaseListChatMessageHistory) => Promise<void>][] = [
  [
    'two questions to a prompt with a history',
    async (history) => {
      const chain = chainOf(new ScriptedModel([say('Hello Alice.'), say('Alice.')]), history);
      await chain.invoke({ question: 'I am Alice' }, CONFIG);
      await chain.invoke({ question: 'Who am I?' }, CONFIG);
    },
  ],
  [
    'calls at the same time, of which one fails',
    async (history) => {
      const tool_calls = [call('c1', 'lookup', { order: 5 }), call('c2', 'fails', {})];
      const model = new ScriptedModel([say('Let me see.', { id: 'msg_1', tool_calls }), say('Sent.')]);
      await agentWith(model, history).invoke([new HumanMessage('Where is order 5?')], CONFIG);
    },
  ],
  [
    'a streamed answer with a call',
    async (history) => {
      const tool_calls = [call('c1', 'lookup', { order: 5 })];
      const model = new ScriptedModel([say('I look it up for you.', { id: 'msg_1', tool_calls })]);
      for await (const _ of await chainOf(model, history).stream({ question: 'Where is it?' }, CONFIG));
      expect(await history.getMessages()).toHaveLength(2);
    },
  ],
  [
    'a run that has failed, and another',
    async (history) => {
      const chain = chainOf(new ScriptedModel([new Error('no model'), say('Two.')]), history);
      await expect(chain.invoke({ question: 'First' }, CONFIG)).rejects.toThrow('no model');
      await chain.invoke({ question: 'Second' }, CONFIG);
    },
  ],
  ['messages of each kind', (history) => history.addMessages(everyKind())],
  ['messages that were changed after they were made', (history) => history.addMessages(changed())],
];
