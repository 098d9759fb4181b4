import type { UIMessage } from 'ai';
import { expect } from 'vitest';
import { call, type Sdk, text, turn, user } from './ai-sdk-agent.mjs';
import { message } from './ai-sdk-stage.js';

const PNG = `data:image/png;base64,${Buffer.from('no image, but many bytes'.repeat(99)).toString('base64')}`;
export const REASONING = [
  { type: 'reasoning-start', id: 'r' },
  { type: 'reasoning-delta', id: 'r', delta: 'I should look.' },
  { type: 'reasoning-end', id: 'r', providerMetadata: { anthropic: { signature: 'c2ln' } } },
];

/** Turns of the real SDK, by what is said in them: each saves what it hands over. */
export const TURNS: [
  string,
  (sdk: Sdk, save: (messages: UIMessage[]) => Promise<UIMessage[]>) => Promise<void>,
][] = [
  [
    'texts with what they cost',
    async (sdk, save) => {
      const first = await turn(sdk, [user('Hi')], [text('Hello.')]);
      await save(first.messages);
      await save((await turn(sdk, [...first.messages, user('Bye')], [text('Bye.')])).messages);
    },
  ],
  [
    'a thought, calls at the same time, one that fails and one that gives nothing, sources',
    async (sdk, save) => {
      const calls = [call('c1', 'lookup', { order: 5 }), call('c2', 'fails', {}), call('c3', 'nothing', {})];
      const source = {
        type: 'source',
        sourceType: 'url',
        id: 's',
        url: 'https://example.org',
        title: 'A page',
      };
      await save(
        (
          await turn(
            sdk,
            [user('Where is it?')],
            [
              [...REASONING, ...calls],
              [...text('Sent.'), source],
            ],
          )
        ).messages,
      );
    },
  ],
  [
    'an image and a file',
    async (sdk, save) => {
      const asked = {
        ...user('What is this?'),
        parts: [
          { type: 'text', text: 'What is this?' },
          { type: 'file', mediaType: 'image/png', url: PNG },
          {
            type: 'file',
            mediaType: 'application/pdf',
            filename: 'a.pdf',
            url: PNG.replace('image/png', 'application/pdf'),
          },
          { type: 'file', mediaType: 'image/png', url: 'https://example.org/a.png' },
        ],
      };
      await save([asked as UIMessage, message('a', 'A picture.', 'assistant')]);
      expect(sdk).toBeDefined();
    },
  ],
  [
    'an error in the middle of an answer',
    async (sdk, save) => {
      const cut = [...text('Hel').slice(0, 2), { type: 'error', error: new Error('no model') }];
      await save((await turn(sdk, [user('Hi')], [cut])).messages);
    },
  ],
  [
    'structured output in data parts',
    async (sdk, save) => {
      const { ai } = sdk;
      let handed: UIMessage[] = [];
      const stream = ai.createUIMessageStream({
        originalMessages: [user('Where?')] as UIMessage[],
        generateId: () => 'a-1',
        execute: ({ writer }) => {
          writer.write({ type: 'start' });
          writer.write({ type: 'data-order', id: 'o', data: { state: 'packed' } });
          writer.write({ type: 'data-order', id: 'o', data: { state: 'sent', at: new Date(0) } });
        },
        onFinish: ({ messages }) => {
          handed = messages;
        },
      });
      for await (const _chunk of stream as unknown as AsyncIterable<object>);
      expect(handed).toHaveLength(2);
      await save(handed);
    },
  ],
  [
    'an answer without an id',
    async (sdk, save) => {
      const { messages } = await turn(sdk, [user('Hi')], [text('Hello.')], {
        generateMessageId: undefined,
      });
      expect(messages.at(-1)?.id).toBe('');
      const saved = await save(messages);
      expect(saved.at(-1)?.id).not.toBe('');
    },
  ],
];
