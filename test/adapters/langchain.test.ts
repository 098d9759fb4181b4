import { BaseListChatMessageHistory, InMemoryChatMessageHistory } from '@langchain/core/chat_history';
import {
  AIMessage,
  type BaseMessage,
  ChatMessage,
  HumanMessage,
  SystemMessage,
} from '@langchain/core/messages';
import { describe, expect, it } from 'vitest';
import { BACKINGS, outlineOf } from './backings.js';
import { inChild } from './child-agent.js';
import { agentWith, CONFIG, call, chainOf, described, ScriptedModel, say } from './langchain-agent.mjs';
import { newId, stageOn } from './langchain-stage.js';
import { TURNS } from './langchain-turns.js';

describe.each(Object.entries(BACKINGS))('a message history of LangChain on %s', (_name, openBacking) => {
  const { backing, elsewhere, open, shown } = stageOn(openBacking);

  it('gives what it was given, of the same classes, also to another process', async () => {
    const expected = new Map<string, BaseMessage[]>();
    for (const [what, turns] of TURNS) {
      const sessionId = newId();
      const history = await open(sessionId);
      const given: BaseMessage[] = [];
      const { addMessages } = history;
      history.addMessages = (messages) => {
        given.push(...messages);
        return addMessages.call(history, messages);
      };
      await turns(history);
      expected.set(sessionId, given);
      expect(given, what).not.toEqual([]);
      expect(await history.getMessages(), what).toStrictEqual(given);
    }
    const read = await elsewhere(...expected.keys());
    expect(read).toStrictEqual([...expected.values()].map((messages) => messages.map(described)));
  });

  it('is the history that LangChain asks for', async () => {
    const history = await open();
    expect(history).toBeInstanceOf(BaseListChatMessageHistory);
    await history.addUserMessage('Hi');
    await history.addAIMessage('Hello');
    await history.addMessage(new HumanMessage('Bye'));
    await history.addMessages([]);
    const own = new InMemoryChatMessageHistory();
    await own.addUserMessage('Hi');
    await own.addAIMessage('Hello');
    await own.addMessage(new HumanMessage('Bye'));
    expect(await history.getMessages()).toStrictEqual(await own.getMessages());
  });

  it('gives the model what was said before', async () => {
    const history = await open();
    const model = new ScriptedModel([say('Hello Alice.'), say('Alice.'), say('Yes.')]);
    await chainOf(model, history).invoke({ question: 'I am Alice' }, CONFIG);
    await chainOf(model, history).invoke({ question: 'Who am I?' }, CONFIG);
    await agentWith(model, history).invoke([new HumanMessage('Sure?')], CONFIG);
    expect(model.seen.map((messages) => messages.length)).toEqual([2, 4, 5]);
    expect(await history.getMessages()).toHaveLength(6);
  });

  it('shows people who said what, the calls, and what each answer cost', async () => {
    const history = await open();
    const sessionId = newId();
    const shownTo = await open(sessionId);
    await shownTo.addMessages([
      new SystemMessage('Be brief.'),
      new SystemMessage({ content: 'Be kind.', additional_kwargs: { __openai_role__: 'developer' } }),
      new ChatMessage('Hm.', 'critic'),
    ]);
    const model = new ScriptedModel([
      say([{ type: 'reasoning', reasoning: 'I should look.' }], {
        name: 'Clerk',
        tool_calls: [call('c1', 'lookup', { order: 5 }), call('c2', 'fails', {})],
      }),
      say('Sent.'),
    ]);
    await agentWith(model, history).invoke([new HumanMessage('Where is order 5?')], CONFIG);
    await shownTo.addMessages(await history.getMessages());
    const { messages, usage } = await shown(sessionId);
    expect(messages.map(outlineOf)).toEqual([
      ['USER', 'system', 'Be brief.', ['TextBlock'], null],
      ['USER', 'developer', 'Be kind.', ['TextBlock'], null],
      ['USER', 'critic', 'Hm.', ['TextBlock'], null],
      ['USER', null, 'Where is order 5?', ['TextBlock'], null],
      ['ASSISTANT', 'Clerk', '', ['ReasoningBlock', 'ToolUseBlock', 'ToolUseBlock'], 15],
      ['USER', 'tool', '', ['ToolResultBlock'], null],
      ['USER', 'tool', '', ['ToolResultBlock'], null],
      ['ASSISTANT', null, 'Sent.', ['TextBlock'], 15],
    ]);
    expect(usage.totalTokens).toBe(30);
    expect(messages[4].content[1]).toMatchObject({ name: 'lookup', input: { order: 5 }, toolUseId: 'c1' });
    expect(messages[5].content[0]).toMatchObject({ status: 'success', toolUseId: 'c1' });
    expect(messages[6].content[0]).toMatchObject({ status: 'error', toolUseId: 'c2' });
  });

  it('describes session and agent with the first write', async () => {
    const sessionId = newId();
    const history = await open(sessionId, {
      agentId: 'support',
      applicationName: 'shop',
      model: 'gpt-5',
      systemPrompt: 'Be kind.',
      metadata: { user: { id: 'alice' } },
    });
    expect(await history.getMessages()).toEqual([]);
    await history.addUserMessage('one');
    const read = `query ($id: ID!) { session(sessionId: $id) { applicationName metadata
      agents { agentId model systemPrompt messageCount } } }`;
    const { body } = await backing().server.request(read, { id: sessionId });
    expect(body.data.session).toEqual({
      applicationName: 'shop',
      metadata: { user: { id: 'alice' } },
      agents: [{ agentId: 'support', model: 'gpt-5', systemPrompt: 'Be kind.', messageCount: 1 }],
    });
  });

  it('describes the agent with the model that its last answer names, unless one is given', async () => {
    const sessionId = newId();
    const read =
      'query ($id: ID!) { session(sessionId: $id) { applicationName agent(agentId: "agent") { model } } }';
    const seen = async () => (await backing().server.request(read, { id: sessionId })).body.data.session;
    const answered = (model_name: string) => [
      new HumanMessage('Hi'),
      new AIMessage({ content: 'Hello', response_metadata: { model_name } }),
    ];
    const history = await open(sessionId, { applicationName: 'shop' });
    await history.addMessages([...answered('one'), ...answered('two'), new HumanMessage('Hm')]);
    expect(await seen()).toEqual({ applicationName: 'shop', agent: { model: 'two' } });
    await history.addMessages(answered('three'));
    expect((await seen()).agent.model).toBe('three');
    await (await open(sessionId)).addMessages(answered('four'));
    expect((await seen()).agent.model).toBe('four');
    await (await open(sessionId, { model: 'five' })).addMessages(answered('six'));
    expect((await seen()).agent.model).toBe('five');
  });

  it.each(['getMessages', 'addMessages'])(
    'is whole after its process was killed behind %s',
    async (dieAt) => {
      const sessionId = newId();
      const turn = (more: object) =>
        inChild('./langchain-agent.mjs', {
          elsewhere: backing().elsewhere,
          sessionIds: [sessionId],
          does: 'run',
          ...more,
        });
      expect(await turn({ dieAt })).toBeNull();
      const left = await (await open(sessionId)).getMessages();
      expect(left).toHaveLength(dieAt === 'getMessages' ? 0 : 4);
      expect(await turn({})).toEqual(['Sent.']);
      expect(await (await open(sessionId)).getMessages()).toHaveLength(left.length + 4);
    },
  );
});
