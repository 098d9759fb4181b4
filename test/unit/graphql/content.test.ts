import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json/json-value.js';
import { speechSteps } from '../../../src/domain/sessions/block-speech.js';
import { blocksOf, rawBlocksOf } from '../../../src/graphql/resolvers/content.js';
import { createStage, type Stage } from './stage.js';

const CONTENT = `query ($id: ID!) { session(sessionId: $id) { agents { messages { nodes { text content { __typename
  ... on TextBlock { text }
  ... on ToolUseBlock { toolUseId tool: name input }
  ... on ToolResultBlock { toolUseId status results: content }
  ... on ReasoningBlock { thought: text signature redactedContent }
  ... on ImageBlock { format bytes source }
  ... on DocumentBlock { format name bytes source }
  ... on VideoBlock { format bytes source }
  ... on AudioBlock { format bytes source }
  ... on CitationsBlock { text citations }
  ... on GuardBlock { guarded: text value }
  ... on CachePointBlock { type }
  ... on UnknownBlock { value } } } } } } }`;

let stage: Stage;
let sessions = 0;
beforeAll(() => {
  stage = createStage();
});

/** What is shown of blocks that lie in the store as they are: other programs write there too. */
async function shown(...content: JsonObject[]) {
  return (await shownIn(...content)).message;
}

async function shownIn(...content: JsonObject[]) {
  const sessionId = `s${sessions++}`;
  await stage.store.appendMessages({
    sessionId,
    agentId: 'a',
    messages: [{ storageId: 'a'.repeat(32), role: 'user', content }],
    createIfMissing: {
      sessionId,
      sessionType: 'AGENT',
      applicationName: null,
      viewerPassword: '',
      metadata: {},
    },
    now: new Date(),
  });
  const { data, errors } = await stage.run(CONTENT, { id: sessionId });
  expect(errors).toBeUndefined();
  return { sessionId, message: data.session.agents[0].messages.nodes[0] };
}

const SOURCE = { bytes: 'aGVsbG8=' };
const AT = { location: { type: 's3', uri: 's3://bucket/key' } };

describe('very many content blocks', () => {
  const blocks = Array.from(
    { length: 1_300 },
    (_, n): JsonObject =>
      n % 3 === 0 ? { image: { format: 'png', source: SOURCE } } : { text: `part ${n}` },
  );

  it('say the same as few, looked through some at a time', async () => {
    const said = blocks.flatMap(({ text }) => text ?? []).join('\n');
    const steps = speechSteps(blocks);
    let step = steps.next();
    let taken = 0;
    for (; !step.done; step = steps.next()) taken++;
    expect(taken).toBe(3);
    expect(step.value).toBe(said);
    const message = await shown(...blocks);
    expect(message.text).toBe(said);
    expect(message.content).toHaveLength(1_300);
    expect(message.content[1]).toEqual({ __typename: 'TextBlock', text: 'part 1' });
  });

  it('are made one after the other, when it is their turn', () => {
    for (const made of [blocksOf, rawBlocksOf]) {
      let looked = 0;
      const watched = new Proxy(blocks, {
        get(target, name) {
          if (/^\d+$/.test(String(name))) looked++;
          return Reflect.get(target, name);
        },
      });
      const [first, second] = made(watched);
      expect([first, second].every((one) => one !== undefined)).toBe(true);
      expect(looked).toBe(2);
    }
  });
});

describe('content blocks', () => {
  it.each<[string, JsonObject, object]>([
    ['text', { text: 'Hi' }, { __typename: 'TextBlock', text: 'Hi' }],
    [
      'toolUse',
      { toolUse: { toolUseId: 't', name: 'clock', input: { zone: 'UTC' } } },
      { __typename: 'ToolUseBlock', toolUseId: 't', tool: 'clock', input: { zone: 'UTC' } },
    ],
    [
      'toolUse without input',
      { toolUse: { toolUseId: 't', name: 'clock' } },
      { __typename: 'ToolUseBlock', toolUseId: 't', tool: 'clock', input: null },
    ],
    [
      'toolResult',
      { toolResult: { toolUseId: 't', status: 'success', content: [{ text: '12:00' }, { json: [1] }] } },
      {
        __typename: 'ToolResultBlock',
        toolUseId: 't',
        status: 'success',
        results: [{ text: '12:00' }, { json: [1] }],
      },
    ],
    [
      'reasoningContent',
      { reasoningContent: { reasoningText: { text: 'so', signature: 'sig' } } },
      { __typename: 'ReasoningBlock', thought: 'so', signature: 'sig', redactedContent: null },
    ],
    [
      'hidden reasoningContent',
      { reasoningContent: { redactedContent: 'aGk=' } },
      { __typename: 'ReasoningBlock', thought: '', signature: null, redactedContent: 'aGk=' },
    ],
    [
      'image',
      { image: { format: 'png', source: SOURCE } },
      { __typename: 'ImageBlock', format: 'png', bytes: 'aGVsbG8=', source: SOURCE },
    ],
    [
      'image elsewhere',
      { image: { format: 'png', source: AT } },
      { __typename: 'ImageBlock', format: 'png', bytes: null, source: AT },
    ],
    [
      'document',
      { document: { format: 'pdf', name: 'contract', source: SOURCE } },
      { __typename: 'DocumentBlock', format: 'pdf', name: 'contract', bytes: 'aGVsbG8=', source: SOURCE },
    ],
    [
      'video',
      { video: { format: 'mp4', source: AT } },
      { __typename: 'VideoBlock', format: 'mp4', bytes: null, source: AT },
    ],
    [
      'audio',
      { audio: { format: 'wav', source: SOURCE } },
      { __typename: 'AudioBlock', format: 'wav', bytes: 'aGVsbG8=', source: SOURCE },
    ],
    [
      'citationsContent',
      {
        citationsContent: { content: [{ text: 'As ' }, { text: 'written' }], citations: [{ title: 'Book' }] },
      },
      { __typename: 'CitationsBlock', text: 'As written', citations: [{ title: 'Book' }] },
    ],
    [
      'guardContent',
      { guardContent: { text: { text: 'check me', qualifiers: ['query'] } } },
      {
        __typename: 'GuardBlock',
        guarded: 'check me',
        value: { text: { text: 'check me', qualifiers: ['query'] } },
      },
    ],
    [
      'guardContent of an image',
      { guardContent: { image: { format: 'png', source: SOURCE } } },
      { __typename: 'GuardBlock', guarded: '', value: { image: { format: 'png', source: SOURCE } } },
    ],
    ['cachePoint', { cachePoint: { type: 'default' } }, { __typename: 'CachePointBlock', type: 'default' }],
  ])('shows %s as its type', async (_name, block, expected) => {
    expect((await shown(block)).content).toEqual([expected]);
  });

  it.each<[string, JsonObject]>([
    ['of a kind that is not known', { hologram: { depth: 3 } }],
    ['without anything', {}],
    ['whose kind is a name of Object.prototype', { constructor: { name: 'x' } }],
    ['whose text is no text', { text: 7 }],
    ['whose toolUse is no object', { toolUse: 'clock' }],
    ['whose toolUse has no name', { toolUse: { toolUseId: 't' } }],
    ['whose toolResult has no call', { toolResult: { content: [] } }],
    ['whose image has no source', { image: { format: 'png' } }],
    ['whose document has a text for a source', { document: { source: 'there' } }],
  ])('shows a block %s as it is', async (_name, block) => {
    expect((await shown(block)).content).toEqual([{ __typename: 'UnknownBlock', value: block }]);
  });

  it.each<[string, JsonObject]>([
    ['whose toolResult holds a number', { toolResult: { toolUseId: 't', content: [7] } }],
    [
      'whose reasoningContent holds neither a thought nor a hidden one',
      { reasoningContent: { thought: 'x' } },
    ],
    ['whose citationsContent holds no list', { citationsContent: { content: 'As written' } }],
    [
      'of Anthropic, a document that may be cited',
      { type: 'document', source: { type: 'text', data: 'x' }, citations: { enabled: true } },
    ],
    ['whose guardContent guards nothing', { guardContent: { audio: {} } }],
  ])('loses nothing of a block %s', async (_name, block) => {
    expect((await shown(block)).content).toEqual([{ __typename: 'UnknownBlock', value: block }]);
  });

  it.each(['done', ['done']])('shows the text of a tool result as a block: %j', async (content) => {
    const [block] = (await shown({ toolResult: { toolUseId: 't', content } })).content;
    expect(block).toEqual({
      __typename: 'ToolResultBlock',
      toolUseId: 't',
      status: null,
      results: [{ text: 'done' }],
    });
  });

  it.each<[string, JsonObject, string, object]>([
    ['the AI SDK', { type: 'reasoning', text: 'hm', state: 'done' }, 'hm', {}],
    [
      'OpenAI',
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'hm' }],
        encrypted_content: 'Zm9v',
      },
      'hm',
      { redactedContent: 'Zm9v' },
    ],
    ['OpenAI Agents', { type: 'reasoning', content: [{ type: 'input_text', text: 'hm' }] }, 'hm', {}],
    ['OpenAI, a part of its own', { type: 'reasoning_text', text: 'hm' }, 'hm', {}],
    ['OpenAI, a summary of its own', { type: 'summary_text', text: 'hm' }, 'hm', {}],
    ['ADK', { text: 'hm', thought: true, thought_signature: 's' }, 'hm', { signature: 's' }],
    ['Agent Framework', { type: 'text_reasoning', text: 'hm' }, 'hm', {}],
    ['Anthropic', { type: 'thinking', thinking: 'hm', signature: 's' }, 'hm', { signature: 's' }],
    [
      'Anthropic, hidden',
      { type: 'redacted_thinking', data: 'no base64' },
      '',
      { redactedContent: 'no base64' },
    ],
    ['LangChain', { type: 'reasoning', reasoning: 'hm' }, 'hm', {}],
    [
      'LangChain with Bedrock',
      { type: 'reasoning_content', reasoning_content: { text: 'hm', signature: 's' } },
      'hm',
      { signature: 's' },
    ],
    [
      'LangChain in JavaScript with Bedrock',
      { type: 'reasoning_content', reasoningText: { text: 'hm', signature: 's' } },
      'hm',
      { signature: 's' },
    ],
    ['Pydantic AI', { part_kind: 'thinking', content: 'hm' }, 'hm', {}],
    ['Strands in TypeScript', { reasoning: { text: 'hm', signature: 's' } }, 'hm', { signature: 's' }],
  ])('takes a thought of %s for no speech', async (_writer, block, thought, more) => {
    const { text, content } = await shown({ text: 'said' }, block);
    expect(text).toBe('said');
    expect(content[1]).toEqual({
      __typename: 'ReasoningBlock',
      thought,
      signature: null,
      redactedContent: null,
      ...more,
    });
  });

  it('gives an answer that is cited text alone its text', async () => {
    const cited = { content: [{ text: 'It is ' }, { text: 'so.' }], citations: [{ title: 'T' }] };
    for (const block of [{ citationsContent: cited }, { citations: cited }]) {
      const { text, content } = await shown(block);
      expect(text).toBe('It is so.');
      expect(content).toEqual([
        { __typename: 'CitationsBlock', text: 'It is so.', citations: [{ title: 'T' }] },
      ]);
    }
  });

  it('gives text and cited text in their order', async () => {
    const cited = { citationsContent: { content: [{ text: 'two ' }, { text: 'three' }], citations: [] } };
    const { text } = await shown({ text: 'one' }, cited, { text: 'four' });
    expect(text).toBe('one\ntwo three\nfour');
  });

  it.each<[string, JsonObject, string]>([
    ['a refusal', { type: 'refusal', refusal: 'No.' }, 'No.'],
    [
      'a whole message of OpenAI',
      {
        type: 'message',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'Well, ' },
          { type: 'reasoning_text', text: 'hm' },
          { type: 'refusal', refusal: 'no.' },
        ],
      },
      'Well, no.',
    ],
    ['a message with a text', { type: 'message', role: 'user', content: 'Hello' }, 'Hello'],
    [
      'a message of Agent Framework',
      { type: 'message', contents: [{ type: 'text', text: 'Hello' }] },
      'Hello',
    ],
  ])('takes %s for speech', async (_what, block, said) => {
    const { text, content } = await shown(block);
    expect(text).toBe(said);
    expect(content).toEqual([{ __typename: 'TextBlock', text: said }]);
  });

  it('shows a message without a word as it is', async () => {
    const block = { type: 'message', content: [{ type: 'input_image', image_url: 'https://x.example' }] };
    expect((await shown(block)).content).toEqual([{ __typename: 'UnknownBlock', value: block }]);
  });

  it.each<[string, JsonObject]>([
    ['Anthropic', { type: 'text', text: 'x', citations: [{ type: 'char_location', cited_text: 'y' }] }],
    [
      'OpenAI',
      { type: 'output_text', text: 'x', annotations: [{ type: 'url_citation', url: 'https://x.example' }] },
    ],
    ['ADK, with its nulls', { text: null, function_call: { name: 'f', args: { a: 1 } }, thought: null }],
    [
      'Strands',
      { document: { name: 'd', source: { bytes: 'aGVsbG8=' }, context: 'c', citations: { enabled: true } } },
    ],
    ['Strands in TypeScript', { cachePoint: { cacheType: 'default', ttl: '5m' } }],
    ['someone else', { hologram: { format: 'wav', source: { bytes: 'aGVsbG8=' } } }],
  ])('gives the whole block of %s', async (_writer, block) => {
    const { sessionId } = await shownIn(block);
    const { data, errors } = await stage.run(
      'query ($id: ID!) { session(sessionId: $id) { agents { messages { nodes { blocks content { ... on Block { raw } } } } } } }',
      { id: sessionId },
    );
    expect(errors).toBeUndefined();
    const [message] = data.session.agents[0].messages.nodes;
    expect(message).toEqual({ blocks: [block], content: [{ raw: block }] });
  });

  it('joins the text of the text blocks alone', async () => {
    const { text } = await shown(
      { text: 'one' },
      { reasoningContent: { reasoningText: { text: 'thought' } } },
      { text: 'two' },
    );
    expect(text).toBe('one\ntwo');
    expect((await shown({ cachePoint: { type: 'default' } })).text).toBe('');
  });
});
