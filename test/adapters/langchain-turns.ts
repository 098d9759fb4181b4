import type { BaseListChatMessageHistory } from '@langchain/core/chat_history';
import {
  AIMessage,
  AIMessageChunk,
  type AIMessageFields,
  ChatMessage,
  ChatMessageChunk,
  FunctionMessage,
  FunctionMessageChunk,
  HumanMessage,
  HumanMessageChunk,
  RemoveMessage,
  SystemMessage,
  SystemMessageChunk,
  ToolMessage,
  ToolMessageChunk,
} from '@langchain/core/messages';
import { expect } from 'vitest';
import { agentWith, CONFIG, call, chainOf, ScriptedModel, say } from './langchain-agent.mjs';

const IMAGE = Buffer.from('no image, but many bytes'.repeat(99)).toString('base64');

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

function everyKind() {
  const answer: object = {
    content: [
      { type: 'thinking', thinking: 'I should look.', signature: 'c2ln' },
      { type: 'tool_use', id: 'c1', name: 'lookup', input: { order: 5 } },
    ],
    id: 'lc_run--1',
    name: 'Clerk',
    tool_calls: [{ id: 'c1', name: 'lookup', args: { order: 5 } }],
    invalid_tool_calls: [{ id: 'c2', name: 'lookup', args: '{"order":', error: 'Malformed args.' }],
    usage_metadata: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
    response_metadata: { model_name: 'scripted-1', at: new Date(0), logprobs: [Number.NaN, -0] },
    additional_kwargs: { reasoning_content: 'I should look.', none: undefined },
  };
  const tool_call_chunks = [{ name: 'lookup', args: '{"order":5}', id: 'c1', index: 0 }];
  return [
    new SystemMessage({ content: 'Be brief.', additional_kwargs: { __openai_role__: 'developer' } }),
    new HumanMessage({ content: 'Hi', name: 'alice', id: 'h-1' }),
    new HumanMessage([
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${IMAGE}`, detail: 'low' } },
      { type: 'image', source_type: 'base64', mime_type: 'image/png', data: IMAGE },
      { type: 'file', mimeType: 'application/pdf', data: IMAGE, metadata: { filename: 'a.pdf' } },
      { type: 'dream', about: { sheep: [1, 2, 3] } },
    ]),
    new AIMessage(answer as AIMessageFields),
    new AIMessage({ contentBlocks: [{ type: 'text', text: 'In blocks.' }] }),
    new ToolMessage({
      content: 'none',
      tool_call_id: 'c1',
      status: 'error',
      artifact: { bytes: new Uint8Array([1, 2, 255]), big: 2n ** 70n, camelCase: { innerKey: null } },
    }),
    new FunctionMessage({ content: '5', name: 'count' }),
    new ChatMessage('Hm.', 'critic'),
    new RemoveMessage({ id: 'h-1' }),
    new AIMessageChunk({ content: 'Let ', tool_call_chunks }).concat(new AIMessageChunk('me see')),
    new HumanMessageChunk('a'),
    new SystemMessageChunk('b'),
    new ToolMessageChunk({ content: 'c', tool_call_id: 'c1', artifact: [1] }),
    new FunctionMessageChunk({ content: 'd', name: 'count' }),
    new ChatMessageChunk({ content: 'e', role: 'critic' }),
  ];
}

function changed() {
  const answer = new AIMessage('One');
  answer.name = 'Clerk';
  answer.content = 'Two, which is longer than what was said before: '.repeat(3);
  answer.response_metadata = { model_name: 'scripted-1' };
  answer.tool_calls = [{ id: 'c1', name: 'lookup', args: { order: 5 } }];
  const result = new ToolMessage({ content: 'x', tool_call_id: 'c1', artifact: { rows: ['y'.repeat(999)] } });
  Object.assign(result, { seenBy: ['alice'] });
  return [answer, result];
}
