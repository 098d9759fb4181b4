import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/domain/json/json-value.js';
import type { NewMessage } from '../../src/index.js';
import { LOCATIONS } from '../support/locations.js';
import { openPlaces, type Places } from './unaltered-places.js';

interface Recorded {
  role: 'USER' | 'ASSISTANT';
  content: JsonObject[];
  metadata?: JsonObject;
  clientId?: string;
  trackingId?: string;
}

const FOLDER = new URL('../fixtures/frameworks/', import.meta.url);
const FRAMEWORKS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name): [string, Recorded[]] => {
    const { messages } = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as { messages: Recorded[] };
    return [name.replace('.json', ''), messages];
  });

const APPEND =
  'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { position } } }';
const READ =
  'query ($id: ID!) { session(sessionId: $id) { agent(agentId: "a") { messages(first: 100) { nodes { role text blocks metadata clientId trackingId content { __typename ... on Block { raw } } } } } } }';

/** Strands in Python wraps its bytes, which come back as base64. */
const unwrapped = (value: JsonValue): JsonValue =>
  JSON.parse(JSON.stringify(value), (_key, inner) =>
    inner?.__bytes_encoded__ === true ? inner.data : inner,
  );

/** What each says aloud, and how many of its blocks are thoughts. */
const SPOKEN: Record<string, [texts: string[], thoughts: number]> = {
  'ai-sdk': [['What is 2 + 0.5?', 'It is 2.5.'], 1],
  anthropic: [['What is 2 + 0.5?', 'Let me see.', '', 'It is 2.5.'], 2],
  'google-adk': [
    ['What is 2 + 0.5?', 'What is 2 + 0.5?', '', '', '', '', '', '', '', 'It is 2.5.', 'It is 2.5.', ''],
    2,
  ],
  langchain: [['', '', 'What is 2 + 0.5?', '', 'Let me see.', '', ''], 1],
  'openai-agents': [['What is 2 + 0.5?', '', '', '', 'It is 2.5.No more.'], 1],
  'pydantic-ai': [['', '', '', 'It is 2.5.', '', '', '', ''], 1],
  'strands-python': [['What is 2 + 0.5?', '', '', 'It is 2.5.'], 1],
  'strands-typescript': [['What is 2 + 0.5?', '', '', 'It is 2.5.'], 1],
};

describe.each(Object.entries(LOCATIONS))('what real agent libraries wrote, on %s', (_name, locate) => {
  let places: Places;
  beforeAll(async () => {
    places = await openPlaces(await locate());
  });
  afterAll(() => places.close());

  const read = async (id: string) => {
    const { data, errors } = await places.post(READ, JSON.stringify({ id }));
    expect(errors).toBeUndefined();
    return data.session.agent.messages.nodes as (Recorded & {
      text: string;
      blocks: JsonObject[];
      content: { __typename: string; raw: JsonObject }[];
    })[];
  };

  it('is there for each of them', () => {
    expect(FRAMEWORKS.map(([name]) => name)).toEqual(Object.keys(SPOKEN).sort());
  });

  it.each(FRAMEWORKS)('comes back deep equal through GraphQL: %s', async (name, messages) => {
    const input = { sessionId: name, agentId: 'a', createIfMissing: true, messages };
    expect((await places.post(APPEND, JSON.stringify({ input }))).errors).toBeUndefined();
    const stored = await read(name);
    for (const [index, { content, ...more }] of messages.entries()) {
      const found = stored[index];
      expect(found?.blocks).toEqual(unwrapped(content));
      expect(found?.content.map(({ raw }) => raw)).toEqual(unwrapped(content));
      expect(found).toMatchObject(more);
    }
    const [texts, thoughts] = SPOKEN[name] ?? [];
    expect(stored.map(({ text }) => text)).toEqual(texts);
    const types = stored.flatMap(({ content }) => content.map((block) => block.__typename));
    expect(types.filter((type) => type === 'ReasoningBlock')).toHaveLength(thoughts ?? 0);
  });

  it.each(FRAMEWORKS)(
    'comes back deep equal through the library, which drops what is undefined: %s',
    async (name, messages) => {
      const sessionId = `library-${name}`;
      const manager = await places.library(sessionId);
      const given = messages.map(
        ({ role, content, ...more }): NewMessage => ({
          ...more,
          role: role === 'USER' ? 'user' : 'assistant',
          content: content.map((block) => ({ ...block, absent: undefined })),
        }),
      );
      await manager.appendMessages(given, { agentId: 'a' });
      const asJson = (value: unknown): JsonValue =>
        JSON.parse(
          JSON.stringify(value, (_key, inner) =>
            inner instanceof Uint8Array ? Buffer.from(inner).toString('base64') : inner,
          ),
        );
      const listed = await manager.listMessages('a');
      for (const [index, { content, metadata }] of messages.entries()) {
        expect(asJson(listed[index]?.content)).toEqual(unwrapped(content));
        expect(listed[index]?.metadata ?? undefined).toEqual(metadata);
      }
      expect((await read(sessionId)).map(({ blocks }) => blocks)).toEqual(
        messages.map(({ content }) => unwrapped(content)),
      );
    },
  );
});
