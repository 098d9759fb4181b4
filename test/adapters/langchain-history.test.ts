import {
  AIMessage,
  BaseMessage,
  type BaseMessageFields,
  HumanMessage,
  mapStoredMessagesToChatMessages,
  type StoredMessage,
  ToolMessage,
} from '@langchain/core/messages';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json/json-value.js';
import python from '../fixtures/langchain-python.json' with { type: 'json' };
import { BACKINGS } from './backings.js';
import { agentWith, CONFIG, ScriptedModel, say } from './langchain-agent.mjs';
import { newId, saidIn, stageOn } from './langchain-stage.js';

class Dream extends BaseMessage {
  readonly type = 'dream' as const;
  sheep: number;
  constructor(fields: BaseMessageFields & { sheep: number }) {
    super(fields);
    this.sheep = fields.sheep;
  }
  static override lc_name() {
    return 'Dream';
  }
  override _getType() {
    return this.type;
  }
}
class Answer extends AIMessage {
  mood = 'glad';
}

describe.each(Object.entries(BACKINGS))(
  'what a message history of LangChain holds on %s',
  (_name, openBacking) => {
    const { backing, open, shown, append, redact } = stageOn(openBacking);

    it('comes in pages, whatever was added in one call', async () => {
      const history = await open();
      const all = Array.from({ length: 450 }, (_, index) => new HumanMessage(`${index}`));
      await history.addMessages(all);
      expect(await history.getMessages()).toStrictEqual(all);
    });

    it('is cleared, and people go on seeing it', async () => {
      const sessionId = newId();
      const history = await open(sessionId);
      await history.clear();
      await history.addUserMessage('one');
      await history.addAIMessage('two');
      await history.clear();
      expect(await history.getMessages()).toEqual([]);
      await history.clear();
      await history.addUserMessage('three');
      expect(saidIn(await (await open(sessionId)).getMessages())).toEqual(['three']);
      const { messages } = await shown(sessionId);
      const said = messages.filter(({ content }: { content: unknown[] }) => content.length > 0);
      expect(said.map(({ text, supersededBy }: JsonObject) => [text, supersededBy !== null])).toEqual([
        ['one', true],
        ['two', true],
        ['three', false],
      ]);
    });

    it('holds all that two histories add at once, each call together', async () => {
      const sessionId = newId();
      const [first, second] = [await open(sessionId), await open(sessionId)];
      const turns = Array.from({ length: 10 }, (_, turn) => [`${turn} a`, `${turn} b`]);
      await Promise.all(
        turns.map((texts, index) =>
          (index % 2 ? first : second).addMessages(texts.map((text) => new HumanMessage(text))),
        ),
      );
      const said = saidIn(await first.getMessages()) as string[];
      expect([...said].sort()).toEqual(turns.flat());
      for (let index = 0; index < said.length; index += 2)
        expect(said[index + 1]).toBe(said[index]?.replace('a', 'b'));
    });

    it('is stored once where it is large', async () => {
      const sessionId = newId();
      const history = await open(sessionId);
      const bytes = Buffer.from('no image, but many bytes'.repeat(999)).toString('base64');
      const answer = new AIMessage({
        content: [
          { type: 'text', text: 'long '.repeat(5_000) },
          { type: 'tool_use', id: 'c1', name: 'write', input: { text: 'longer '.repeat(5_000) } },
        ],
        tool_calls: [{ id: 'c1', name: 'write', args: { text: 'longer '.repeat(5_000) } }],
      });
      const result = new ToolMessage({ content: 'done', tool_call_id: 'c1', artifact: { bytes } });
      await history.addMessages([
        new HumanMessage([{ type: 'image_url', image_url: { url: `data:image/png;base64,${bytes}` } }]),
        answer,
        new AIMessage({ contentBlocks: [{ type: 'text', text: 'long '.repeat(5_000) }] }),
        result,
        new ToolMessage({ ...result, content: 'again' }),
      ]);
      const read = `query ($id: ID!) { session(sessionId: $id) { agent(agentId: "agent") { messages(first: 100) {
      nodes { blocks metadata } } } } }`;
      const { body } = await backing().server.request(read, { id: sessionId });
      const sizes = body.data.session.agent.messages.nodes.map(
        (stored: JsonObject) => JSON.stringify(stored).length,
      );
      const large = [bytes.length, 60_000, 25_000, bytes.length, bytes.length];
      for (const [index, size] of sizes.entries()) expect(size / (large[index] as number)).toBeLessThan(1.1);
    });

    it('comes back of classes of its own, and else with all that it was', async () => {
      const sessionId = newId();
      const given = [new Dream({ content: 'Of sheep', sheep: 3 }), new Answer('Good morning')];
      const history = await open(sessionId, { messageClasses: [Dream, Answer] });
      await history.addMessages(given);
      expect(await history.getMessages()).toStrictEqual(given);
      const unaware = await open(sessionId);
      const [dream, answer] = (await unaware.getMessages()) as [BaseMessage, BaseMessage];
      expect({ ...dream }).toStrictEqual({ ...given[0] });
      expect(dream.toDict()).toEqual(given[0]?.toDict());
      expect(dream.toJSON()).toEqual(given[0]?.toJSON());
      expect(answer.constructor).toBe(AIMessage);
      expect({ ...answer }).toStrictEqual({ ...given[1] });
      await unaware.clear();
      await unaware.addMessages([dream]);
      expect(await history.getMessages()).toStrictEqual([given[0]]);
      await expect(open(newId(), { messageClasses: [HumanMessage] })).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
      });
    });

    it('is refused before anything is written where nobody can keep it', async () => {
      const history = await open();
      const cycle: JsonObject = {};
      cycle.self = cycle;
      const refused: [BaseMessage, string][] = [
        [
          new AIMessage({ content: 'x', additional_kwargs: { run: () => 1 } }),
          'messages[1].additional_kwargs.run is a function',
        ],
        [
          new ToolMessage({ content: 'x', tool_call_id: 'c1', artifact: cycle }),
          'messages[1].artifact.self leads back',
        ],
        ['Hi' as unknown as BaseMessage, 'messages[1] is no message'],
      ];
      for (const [message, why] of refused) {
        await expect(history.addMessages([new HumanMessage('y'), message])).rejects.toMatchObject({
          code: 'BAD_USER_INPUT',
          message: expect.stringContaining(why),
        });
      }
      expect(await history.getMessages()).toEqual([]);
    });

    it('may have been written by Python, in the envelope or whole as a block', async () => {
      const stored = python.messages as unknown as StoredMessage[];
      const names = [
        'SystemMessage HumanMessage HumanMessage AIMessage ToolMessage ChatMessage FunctionMessage RemoveMessage',
        'AIMessageChunk HumanMessageChunk ToolMessageChunk ChatMessageChunk SystemMessageChunk FunctionMessageChunk',
      ].flatMap((line) => line.split(' '));
      const enveloped = stored.map((item) => ({
        role: 'USER',
        text: 'as people see it',
        metadata: { framework: { name: 'langchain', version: 1, item } },
      }));
      const blocks = stored.map((item) => ({ role: 'USER', content: [item] }));
      for (const messages of [enveloped, blocks]) {
        const sessionId = newId();
        await append(sessionId, messages);
        const history = await open(sessionId);
        const read = await history.getMessages();
        expect(read.map((message) => message.constructor.name)).toEqual(names);
        // What LangChain reads itself.
        const known = stored.filter(({ type }) => /^(system|human|ai|tool|function)$/.test(type));
        expect(read.filter((_, index) => known.includes(stored[index] as StoredMessage))).toStrictEqual(
          mapStoredMessagesToChatMessages(structuredClone(known)),
        );
        expect(read[8]).toMatchObject({
          content: 'ab',
          tool_calls: [{ name: 'lookup', args: { a: 1 }, id: 'c' }],
        });
        await history.clear();
        await history.addMessages(read);
        expect(await history.getMessages()).toStrictEqual(read);
      }
    });

    it('may have been written by others, and what stands in the place of a redacted message', async () => {
      const sessionId = newId();
      const history = await open(sessionId);
      await history.addUserMessage('my card is 1234');
      await append(sessionId, [
        {
          role: 'USER',
          content: [{ text: 'See' }, { image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } }],
        },
        {
          role: 'ASSISTANT',
          content: [
            { reasoningContent: { reasoningText: { text: 'Hm.' } } },
            { text: 'Let me see.' },
            { toolUse: { toolUseId: 't1', name: 'lookup', input: { order: 5 } } },
            { toolUse: { toolUseId: 't2', name: 'lookup', input: '{"order":' } },
          ],
        },
        {
          role: 'USER',
          content: [{ toolResult: { toolUseId: 't1', status: 'error', content: [{ text: 'ok' }] } }],
        },
      ]);
      await redact({ sessionId, agentId: 'agent', messageId: 0 });
      expect(await history.getMessages()).toEqual([
        new HumanMessage({ content: '[removed]' }),
        new HumanMessage({
          content: [
            { type: 'text', text: 'See' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
          ],
        }),
        new AIMessage({
          content: 'Let me see.',
          tool_calls: [{ type: 'tool_call', id: 't1', name: 'lookup', args: { order: 5 } }],
          invalid_tool_calls: [{ type: 'invalid_tool_call', id: 't2', name: 'lookup', args: '{"order":' }],
        }),
        new ToolMessage({ content: 'ok', tool_call_id: 't1', status: 'error' }),
      ]);
      const model = new ScriptedModel([say('Fine.')]);
      await agentWith(model, history).invoke([new HumanMessage('Go on')], CONFIG);
      expect(model.seen[0]).toHaveLength(5);
    });
  },
);
