import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json/json-value.js';
import { readMessages } from '../stores/contract/reads.js';
import { type SdkMessage, said, stage } from './strands-mirror-stage.js';

describe('a mirrored message', () => {
  const mirrored = async (message: Partial<SdkMessage>) => {
    const { write, store } = await stage();
    await write([{ ...said('1'), ...message }]);
    const [stored] = await readMessages(store.sessions, 's', 'a');
    return stored;
  };

  it.each<[string, JsonObject, JsonObject]>([
    ['text', { text: 'x' }, { text: 'x' }],
    [
      'tool use',
      { toolUse: { name: 'n', toolUseId: 't', input: { a: [1, null] }, reasoningSignature: 'r' } },
      { toolUse: { name: 'n', toolUseId: 't', input: { a: [1, null] }, reasoningSignature: 'r' } },
    ],
    [
      'reasoning',
      { reasoning: { text: 'thinking', signature: 'sig' } },
      { reasoningContent: { reasoningText: { text: 'thinking', signature: 'sig' } } },
    ],
    [
      'hidden reasoning',
      { reasoning: { redactedContent: 'AAEC' } },
      { reasoningContent: { redactedContent: 'AAEC' } },
    ],
    [
      'signed reasoning without text',
      { reasoning: { signature: 'sig' } },
      { reasoningContent: { reasoningText: { text: '', signature: 'sig' } } },
    ],
    [
      'cache point',
      { cachePoint: { cacheType: 'default', ttl: '5m' } },
      { cachePoint: { type: 'default', ttl: '5m' } },
    ],
    [
      'citations',
      {
        citations: {
          content: [{ text: 'so' }],
          citations: [
            {
              title: 'T',
              source: 'S',
              sourceContent: [{ text: 's' }],
              location: { type: 'documentPage', documentIndex: 0, start: 1, end: 2 },
            },
            {
              title: 'W',
              source: '',
              sourceContent: [],
              location: { type: 'searchResult', searchResultIndex: 1, start: 0, end: 1 },
            },
          ],
        },
      },
      {
        citationsContent: {
          content: [{ text: 'so' }],
          citations: [
            {
              title: 'T',
              source: 'S',
              sourceContent: [{ text: 's' }],
              location: { documentPage: { documentIndex: 0, start: 1, end: 2 } },
            },
            {
              title: 'W',
              source: '',
              sourceContent: [],
              location: { searchResultLocation: { searchResultIndex: 1, start: 0, end: 1 } },
            },
          ],
        },
      },
    ],
    [
      'image in a tool result',
      {
        toolResult: {
          toolUseId: 't',
          status: 'error',
          content: [{ image: { format: 'png', source: { bytes: 'AAEC' } } }],
        },
      },
      {
        toolResult: {
          toolUseId: 't',
          status: 'error',
          content: [{ image: { format: 'png', source: { bytes: 'AAEC' } } }],
        },
      },
    ],
    ['kind that Parley does not know', { audio: { format: 'mp3' } }, { audio: { format: 'mp3' } }],
  ])('with a block of %s has it as the Python SDK stores it', async (_, block, stored) => {
    expect((await mirrored({ content: [block] }))?.content).toEqual([stored]);
  });

  it('without any block has an empty text', async () => {
    expect((await mirrored({ content: [] }))?.content).toEqual([{ text: '' }]);
  });

  it('with half a character has the sign for a missing one', async () => {
    expect((await mirrored({ content: [{ text: 'x\ud83d' }] }))?.content).toEqual([{ text: 'x\ufffd' }]);
  });

  it('has the tokens and times of its model call, and no other metadata', async () => {
    const usage = { inputTokens: 1, outputTokens: 2, totalTokens: 3 };
    const message = await mirrored({
      role: 'assistant',
      metadata: { usage, metrics: { latencyMs: 4 }, custom: { pinned: true } },
    });
    expect(message).toMatchObject({ role: 'assistant', metadata: { usage, metrics: { latencyMs: 4 } } });
    expect(JSON.stringify(message)).not.toContain('pinned');
    expect((await mirrored({ metadata: { custom: {} } }))?.metadata).toBeNull();
  });
});
