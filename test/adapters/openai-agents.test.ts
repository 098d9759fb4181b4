import { type AgentInputItem, MemorySession, run } from '@openai/agents';
import { describe, expect, it } from 'vitest';
import { BACKINGS, outlineOf } from './backings.js';
import { inChild } from './child-agent.js';
import { agentOf, approved, call, ScriptedModel, say, think } from './openai-agents-agent.mjs';
import { newId, stageOn, texts, user } from './openai-agents-stage.js';
import { TURNS } from './openai-agents-turns.js';

describe.each(Object.entries(BACKINGS))('a session of the Agents SDK on %s', (_name, openBacking) => {
  const { backing, elsewhere, open, shown, append, redact } = stageOn(openBacking);

  it('holds what the SDK gives to its own session, and gives it to another process', async () => {
    const expected = new Map<string, AgentInputItem[]>();
    for (const [what, turns] of TURNS) {
      const sessionId = newId();
      const own = new MemorySession({ sessionId });
      const session = await open(sessionId);
      for (const one of [own, session]) await turns(one);
      expected.set(sessionId, await own.getItems());
      expect(await session.getItems(), what).toEqual(expected.get(sessionId));
      expect(expected.get(sessionId), what).not.toEqual([]);
    }
    expect(await elsewhere(...expected.keys())).toEqual([...expected.values()]);
  });

  it('gives the model what was said before', async () => {
    const session = await open();
    const model = new ScriptedModel([[say('Hello Alice.')], [say('Alice.')]]);
    await run(agentOf(model), 'I am Alice', { session });
    await run(agentOf(model), 'Who am I?', { session: await open(await session.getSessionId()) });
    expect(texts(model.seen[1] as AgentInputItem[])).toHaveLength(3);
  });

  it('shows people who said what, the calls, and what each answer cost', async () => {
    const session = await open();
    const sessionId = await session.getSessionId();
    await session.addItems([
      { role: 'system', content: 'Be brief.' },
      { role: 'system', content: 'Be kind.' },
    ]);
    const model = new ScriptedModel([
      [think('I should look.'), call('c1', 'lookup', { order: 5 })],
      [say('Sent.')],
    ]);
    await run(agentOf(model), 'Where is order 5?', { session });
    const { messages, usage } = await shown(sessionId);
    expect(messages.map(outlineOf)).toEqual([
      ['USER', 'system', 'Be brief.', ['TextBlock'], null],
      ['USER', 'system', 'Be kind.', ['TextBlock'], null],
      ['USER', null, 'Where is order 5?', ['TextBlock'], null],
      ['ASSISTANT', null, '', ['ReasoningBlock'], null],
      ['ASSISTANT', null, '', ['ToolUseBlock'], 15],
      ['USER', 'tool', '', ['ToolResultBlock'], null],
      ['ASSISTANT', null, 'Sent.', ['TextBlock'], 15],
    ]);
    expect(usage.totalTokens).toBe(30);
    expect(messages[4].content[0]).toMatchObject({ name: 'lookup', input: { order: 5 }, toolUseId: 'c1' });
    expect(messages[5].content[0]).toMatchObject({ status: 'success', toolUseId: 'c1' });
  });

  it.each(['this', 'another'])(
    'names the agent that took over behind an approval to %s object',
    async (which) => {
      const session = await open();
      const sessionId = await session.getSessionId();
      const model = new ScriptedModel([
        [call('h1', 'transfer_to_Clerk', {})],
        [call('c1', 'lookup', { order: 5 }), call('c2', 'lookup', { order: 6 })],
        [say('Sent.')],
        [say('You are welcome.')],
      ]);
      const agent = agentOf(model, { needsApproval: true });
      const waiting = await run(agent, 'Where are my orders?', { session });
      const later = which === 'this' ? session : await open(sessionId);
      await run(agent, await approved(agent, waiting), { session: later });
      await run(agent, 'Thanks', { session: later });
      const { messages } = await shown(sessionId);
      expect(messages.map(({ author }: { author: string | null }) => author)).toEqual([
        null,
        null,
        'tool',
        ...['Clerk', 'Clerk', 'tool', 'tool', 'Clerk'],
        ...[null, null],
      ]);
    },
  );

  it('keeps who spoke where what they have said is appended again', async () => {
    const session = await open();
    const sessionId = await session.getSessionId();
    const model = new ScriptedModel([
      [call('h1', 'transfer_to_Clerk', {})],
      [call('c1', 'lookup', { order: 5 })],
      [say('Sent.')],
    ]);
    await run(agentOf(model), 'Where is it?', { session });
    const replacement = call('h1', 'transfer_to_Clerk', { in: 'haste' }) as never;
    await (await open(sessionId)).applyHistoryMutations({
      mutations: [{ type: 'replace_function_call', callId: 'h1', replacement }],
    });
    const { messages } = await shown(sessionId);
    expect(messages.slice(-5).map(({ author }: { author: string | null }) => author)).toEqual([
      null,
      'tool',
      'Clerk',
      'tool',
      'Clerk',
    ]);
  });

  it('counts what a run cost once where it waited for an approval', async () => {
    const session = await open();
    const model = new ScriptedModel([[call('c1', 'lookup', { order: 5 })], [say('Sent.')]]);
    const agent = agentOf(model, { needsApproval: true });
    const waiting = await run(agent, 'Where is order 5?', { session });
    const again = await open(await session.getSessionId());
    await run(agent, await approved(agent, waiting), { session: again });
    expect((await shown(await session.getSessionId())).usage.totalTokens).toBe(30);
  });

  it('describes session and agent with the first write', async () => {
    const session = await open(newId(), {
      agentId: 'support',
      applicationName: 'shop',
      model: 'gpt-5',
      systemPrompt: 'Be kind.',
      metadata: { user: { id: 'alice' } },
    });
    expect(await session.getItems()).toEqual([]);
    await session.addItems([user('one')]);
    const read = `query ($id: ID!) { session(sessionId: $id) { applicationName metadata
      agents { agentId model systemPrompt messageCount } } }`;
    const { body } = await backing().server.request(read, { id: await session.getSessionId() });
    expect(body.data.session).toEqual({
      applicationName: 'shop',
      metadata: { user: { id: 'alice' } },
      agents: [{ agentId: 'support', model: 'gpt-5', systemPrompt: 'Be kind.', messageCount: 1 }],
    });
  });

  it('keeps items of kinds that it does not know, and refuses what nobody can keep before anything is written', async () => {
    const session = await open();
    const unknown = { type: 'dream', about: { sheep: [1, 2, 3] } } as unknown as AgentInputItem;
    await session.addItems([unknown]);
    const bad = { ...user('x'), providerData: { run: () => 1 } };
    await expect(session.addItems([user('y'), bad])).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('items[1].providerData.run is a function'),
    });
    expect(await session.getItems()).toEqual([unknown]);
  });

  it('reads what others have written to the agent, and what stands in the place of a redacted message', async () => {
    const session = await open();
    const sessionId = await session.getSessionId();
    await session.addItems([user('my card is 1234')]);
    await append(sessionId, [
      { role: 'USER', text: 'From the page' },
      {
        role: 'ASSISTANT',
        content: [
          { text: 'Let me see.' },
          { toolUse: { toolUseId: 't1', name: 'lookup', input: { order: 5 } } },
        ],
      },
      {
        role: 'USER',
        content: [{ toolResult: { toolUseId: 't1', status: 'success', content: [{ text: 'ok' }] } }],
      },
    ]);
    await redact({ sessionId, agentId: 'agent', messageId: 0 });
    const items = await session.getItems();
    expect(items.map((item) => item.type)).toEqual([
      'message',
      'message',
      'message',
      'function_call',
      'function_call_result',
    ]);
    expect(texts(items)[0]).toContain('[removed]');
    const model = new ScriptedModel([[say('Fine.')]]);
    await run(agentOf(model), 'Go on', { session });
    expect(model.seen[0]).toHaveLength(6);
    expect(await session.popItem()).toMatchObject({ role: 'assistant' });
  });

  it.each(['getItems', 'addItems'])('is whole after its process was killed behind %s', async (dieAt) => {
    const session = await open();
    const sessionIds = [await session.getSessionId()];
    const turn = (more: object) =>
      inChild('./openai-agents-agent.mjs', {
        elsewhere: backing().elsewhere,
        sessionIds,
        does: 'run',
        ...more,
      });
    expect(await turn({ dieAt })).toBeNull();
    const left = await session.getItems();
    expect(left).toHaveLength(dieAt === 'getItems' ? 0 : 4);
    expect(await turn({})).toEqual(['Sent.']);
    expect(await session.getItems()).toHaveLength(left.length + 4);
  });
});
