import * as core from '@langchain/core/messages';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemOf, toEntry } from '../../../src/adapters/envelope.js';
import { keptFrom, messageFrom } from '../../../src/adapters/langchain/kept.js';
import type { MessageClass } from '../../../src/adapters/langchain/kinds.js';
import { showMessage } from '../../../src/adapters/langchain/shown.js';

const FORM = { name: 'langchain', version: 1 };

const anything = fc.anything({ withBigInt: true, withDate: true, maxDepth: 2, key: fc.string() });
const members = fc.dictionary(fc.string(), anything, { maxKeys: 3 });
const text = fc.oneof(fc.string(), fc.constantFrom('', 'aGk=', 'https://example.org/a.png', '{"order":'));
const part = fc.record(
  {
    type: fc.constantFrom(
      ...['text', 'image_url', 'image', 'input_audio', 'audio', 'file', 'document', 'reasoning', 'thinking'],
      ...['tool_use', 'tool_call', 'server_tool_call_result', 'reasoning_content', 'non_standard', 'dream'],
    ),
    text,
    id: text,
    name: text,
    data: text,
    url: text,
    mimeType: fc.constantFrom('image/png', 'application/pdf', 'x'),
    image_url: fc.oneof(text, fc.record({ url: text })),
    source: fc.oneof(text, fc.record({ data: text, media_type: text }, { requiredKeys: [] })),
    input: anything,
    output: anything,
    toolCallId: text,
    summary: fc.array(fc.record({ text })),
    reasoning: text,
  },
  { requiredKeys: [] },
);
const call = fc.record(
  { id: text, name: text, args: members, type: fc.constant('tool_call') },
  { requiredKeys: [] },
);
const fields = fc.record(
  {
    content: fc.oneof(text, fc.array(part, { maxLength: 4 })),
    id: text,
    name: text,
    role: text,
    tool_call_id: text,
    status: fc.constantFrom('success', 'error'),
    artifact: anything,
    tool_calls: fc.array(call, { maxLength: 3 }),
    invalid_tool_calls: fc.array(fc.record({ id: text, name: text, args: text }, { requiredKeys: [] }), {
      maxLength: 2,
    }),
    usage_metadata: members,
    response_metadata: fc.oneof(members, fc.constant({ output_version: 'v1' })),
    additional_kwargs: fc.oneof(members, fc.record({ reasoning_content: text, function_call: members })),
  },
  { requiredKeys: ['content'] },
);
const CLASSES: MessageClass[] = [
  ...[core.HumanMessage, core.AIMessage, core.SystemMessage, core.ToolMessage, core.ChatMessage],
  ...[core.FunctionMessage, core.AIMessageChunk, core.ToolMessageChunk, core.HumanMessageChunk],
];

describe('a message of LangChain', () => {
  it('comes back whatever it holds, of the class that it had, also where it was changed', () => {
    const message = fc.record({ one: fc.constantFrom(...CLASSES), fields, later: fc.option(fields) });
    fc.assert(
      fc.property(message, ({ one: Message, fields: given, later }) => {
        const made = Object.assign(new Message(structuredClone(given)), structuredClone(later));
        const entry = toEntry(FORM, keptFrom(made, 'message'), 'message', showMessage);
        const stored = JSON.parse(JSON.stringify({ ...entry, position: 0, clientId: null, redacted: false }));
        expect(messageFrom(itemOf(FORM, stored)?.item, new Map())).toStrictEqual(made);
        expect(entry.content).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

/** Parts as providers, and versions of LangChain, give them. */
const PARTS: [what: string, part: core.ContentBlock, block: object][] = [
  ['a text', { type: 'text', text: 'Hi' }, { text: 'Hi' }],
  ['a refusal', { type: 'refusal', refusal: 'No.' }, { text: 'No.' }],
  [
    'an image of OpenAI',
    { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=', detail: 'low' } },
    { image: { format: 'png', source: { bytes: 'aGk=' } } },
  ],
  [
    'its address alone',
    { type: 'image_url', image_url: 'https://example.org/a.png' },
    { image: { source: { url: 'https://example.org/a.png' } } },
  ],
  [
    'an image of Anthropic',
    { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'aGk=' } },
    { image: { format: 'jpeg', source: { bytes: 'aGk=' } } },
  ],
  [
    'a document of Anthropic',
    {
      type: 'document',
      title: 'a.pdf',
      source: { type: 'base64', media_type: 'application/pdf', data: 'aGk=' },
    },
    { document: { format: 'pdf', name: 'a.pdf', source: { bytes: 'aGk=' } } },
  ],
  [
    'an image of version 0',
    { type: 'image', source_type: 'base64', mime_type: 'image/png', data: 'aGk=' },
    { image: { format: 'png', source: { bytes: 'aGk=' } } },
  ],
  [
    'a video of version 1',
    { type: 'video', mimeType: 'video/mp4', url: 'https://example.org/a.mp4' },
    { video: { format: 'mp4', source: { url: 'https://example.org/a.mp4' } } },
  ],
  [
    'a recording of OpenAI',
    { type: 'input_audio', input_audio: { data: 'aGk=', format: 'wav' } },
    { audio: { format: 'wav', source: { bytes: 'aGk=' } } },
  ],
  [
    'a file of OpenAI',
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,aGk=' } },
    { document: { format: 'pdf', name: 'a.pdf', source: { bytes: 'aGk=' } } },
  ],
  [
    'a thought of Anthropic',
    { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
    { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } } },
  ],
  [
    'a thought of Bedrock',
    { type: 'reasoning_content', reasoningText: { text: 'Hm.', signature: 'c2ln' } },
    { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } } },
  ],
  [
    'a summary of OpenAI',
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] },
    { reasoningContent: { reasoningText: { text: 'Hm.' } } },
  ],
  [
    'a call that the provider carries out',
    { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'x' } },
    { toolUse: { toolUseId: 's1', name: 'web_search', input: { query: 'x' } } },
  ],
  [
    'what it gave',
    { type: 'web_search_tool_result', tool_use_id: 's1', content: 'found' },
    { toolResult: { toolUseId: 's1', status: 'success', content: [{ text: 'found' }] } },
  ],
  ['what is not known', { type: 'dream', sheep: 3 }, { unknown: { type: 'dream', sheep: 3 } }],
];

const shownOf = (message: core.BaseMessage) =>
  toEntry(FORM, keptFrom(message, 'message'), 'message', showMessage);

describe('what is shown of LangChain', () => {
  it.each(PARTS)('%s', (_what, part, block) => {
    expect(shownOf(new core.AIMessage({ content: [part] })).content).toEqual([block]);
  });

  it('a call once, where the content has it, and others behind', () => {
    const content = [
      { type: 'tool_use', id: 'c1', name: 'lookup', input: { order: 5 } },
      { type: 'text', text: 'And' },
    ];
    const tool_calls = ['c0', 'c1'].map((id) => ({ id, name: 'lookup', args: { order: 5 } }));
    const invalid_tool_calls = [{ id: 'c2', name: 'lookup', args: '{"order":' }];
    const { content: blocks } = shownOf(new core.AIMessage({ content, tool_calls, invalid_tool_calls }));
    expect(blocks).toEqual([
      { toolUse: { toolUseId: 'c1', name: 'lookup', input: { order: 5 } } },
      { text: 'And' },
      { toolUse: { toolUseId: 'c0', name: 'lookup', input: { order: 5 } } },
      { toolUse: { toolUseId: 'c2', name: 'lookup', input: '{"order":' } },
    ]);
  });

  it('thoughts and calls beside the content, as older providers give them', () => {
    const additional_kwargs = {
      reasoning_content: 'Hm.',
      function_call: { name: 'lookup', arguments: '{"order":5}' },
    };
    expect(shownOf(new core.AIMessage({ content: '', additional_kwargs })).content).toEqual([
      { reasoningContent: { reasoningText: { text: 'Hm.' } } },
      { toolUse: { toolUseId: 'lookup', name: 'lookup', input: { order: 5 } } },
    ]);
    expect(shownOf(new core.FunctionMessage({ name: 'lookup', content: 'sent' }))).toMatchObject({
      content: [{ toolResult: { toolUseId: 'lookup', content: [{ text: 'sent' }] } }],
      metadata: { framework: { author: 'tool' } },
    });
  });

  it("the provider's usage where LangChain counts none", () => {
    const tokenUsage = { promptTokens: 1, completionTokens: 2, totalTokens: 3 };
    const { metadata } = shownOf(new core.AIMessage({ content: 'Hi', response_metadata: { tokenUsage } }));
    expect(metadata?.usage).toEqual({ inputTokens: 1, outputTokens: 2, totalTokens: 3 });
  });
});
