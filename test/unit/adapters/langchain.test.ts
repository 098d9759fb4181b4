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
