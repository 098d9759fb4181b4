// Messages of LangChain; as a program of its own it keeps them in the SQLite file that it is told, or reads what is kept there, and prints of
// each what it is.
import { deepStrictEqual } from 'node:assert';
import { fileURLToPath } from 'node:url';
import {
  AIMessage,
  AIMessageChunk,
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

const IMAGE = Buffer.from('no image, but many bytes'.repeat(99)).toString('base64');

/** One or more of each class that LangChain has, with all that they may hold. */
export function everyKind() {
  const answer = {
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
    new HumanMessage({
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${IMAGE}`, detail: 'low' } },
        { type: 'image', source_type: 'base64', mime_type: 'image/png', data: IMAGE },
        { type: 'file', mimeType: 'application/pdf', data: IMAGE, metadata: { filename: 'a.pdf' } },
        { type: 'dream', about: { sheep: [1, 2, 3] } },
      ],
    }),
    new AIMessage(answer),
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

/** Messages that were changed after they were made, as models do with their answers. */
export function changed() {
  const answer = new AIMessage('One');
  answer.name = 'Clerk';
  answer.content = 'Two, which is longer than what was said before: '.repeat(3);
  answer.response_metadata = { model_name: 'scripted-1' };
  answer.tool_calls = [{ id: 'c1', name: 'lookup', args: { order: 5 } }];
  const result = new ToolMessage({ content: 'x', tool_call_id: 'c1', artifact: { rows: ['y'.repeat(999)] } });
  Object.assign(result, { seenBy: ['alice'] });
  return [answer, result];
}

async function main(does, path) {
  const { openChatHistory } = await import('parley/langchain');
  const history = await openChatHistory({ path, sessionId: 's' });
  if (does === 'keep') {
    const messages = [...everyKind(), ...changed()];
    await history.addMessages(messages);
    deepStrictEqual(await history.getMessages(), messages);
  }
  const read = await history.getMessages();
  // Without what a version alone has, or has in its own way, as no content is.
  const said = read.map(({ lc_kwargs, type, lc_direct_tool_output, content, ...members }, index) => [
    read[index].constructor.name,
    { ...members, ...(content?.length > 0 ? { content } : {}) },
  ]);
  console.log(JSON.stringify(said, (_key, value) => (typeof value === 'bigint' ? String(value) : value)));
  await history.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(...process.argv.slice(2));
