import { type AgentInputItem, MemorySession, run, type Session } from '@openai/agents';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type OpenAIAgentsSession, openSession } from '../../src/adapters/openai-agents/index.js';
import type { JsonObject } from '../../src/domain/json.js';
import { BACKINGS, type Backing } from './backings.js';
import { inChild } from './child-agent.js';
import { agentOf, approved, call, ScriptedModel, say, think } from './openai-agents-agent.mjs';

const SHOWN = `query ($id: ID!) { session(sessionId: $id) { usage { totalTokens } agent(agentId: "agent") { messageCount
  messages(first: 100) { nodes { role author text supersededBy content { __typename
    ... on ToolUseBlock { name input toolUseId } ... on ToolResultBlock { status toolUseId content } } metrics { usage { totalTokens } } } } } } }`;
const PNG = `data:image/png;base64,${Buffer.from('no image, but many bytes'.repeat(99)).toString('base64')}`;

const user = (text: string): AgentInputItem => ({ type: 'message', role: 'user', content: text });
const texts = (items: AgentInputItem[]) =>
  items.map((item) => ('content' in item ? JSON.stringify(item.content) : item.type));

const TURNS: [what: string, turns: (session: Session) => Promise<void>][] = [
  [
    'texts, thoughts, calls at the same time and a call that fails',
    async (session) => {
      const model = new ScriptedModel([
        [think('I should look.'), call('c1', 'lookup', { order: 5 }), call('c2', 'fails', {})],
        [say('Sent.')],
        [say('You are welcome.')],
      ]);
      await run(agentOf(model), 'Where is order 5?', { session });
      await run(agentOf(model), 'Thanks', { session });
    },
  ],
  [
    'an image and a file',
    async (session) => {
      const content = [
        { type: 'input_text', text: 'What is this?' },
        { type: 'input_image', image: PNG, detail: 'auto' },
        { type: 'input_file', file: PNG.replace('image/png', 'application/pdf'), filename: 'a.pdf' },
        { type: 'input_image', image: { id: 'file-1' } },
      ];
      const input = [{ role: 'user', content }] as AgentInputItem[];
      await run(agentOf(new ScriptedModel([[say('A picture.')]])), input, { session });
    },
  ],
  [
    'a handoff',
    async (session) => {
      const model = new ScriptedModel([
        [call('h1', 'transfer_to_Clerk', {})],
        [call('c1', 'lookup', { order: 5 })],
        [say('The clerk says: sent.')],
      ]);
      await run(agentOf(model), 'I want the clerk', { session });
    },
  ],
  [
    'structured output, streamed',
    async (session) => {
      const outputType = z.object({ state: z.string() });
      const agent = agentOf(new ScriptedModel([[say('{"state":"sent"}')]]), { outputType });
      const result = await run(agent, 'Where is it?', { session, stream: true });
      await result.completed;
      expect(result.finalOutput).toEqual({ state: 'sent' });
    },
  ],
  [
    'an approval that came later, to a state that was kept as text',
    async (session) => {
      const model = new ScriptedModel([[call('c1', 'lookup', { order: 5 })], [say('Sent.')]]);
      const agent = agentOf(model, { needsApproval: true });
      const waiting = await run(agent, 'Where is order 5?', { session });
      expect(waiting.interruptions).toHaveLength(1);
      await run(agent, await approved(agent, waiting), { session });
    },
  ],
  [
    'runs of which one has failed',
    async (session) => {
      const model = new ScriptedModel([[say('One.')], new Error('no model'), [say('Two.')]]);
      await run(agentOf(model), 'First', { session });
      const failed = await run(agentOf(model), 'Second', { session, stream: true });
      await failed.completed.catch(() => {});
      await run(agentOf(model), 'Second', { session });
    },
  ],
];

let serial = 0;
const newId = () => `s-${++serial}`;

describe.each(Object.entries(BACKINGS))('a session of the Agents SDK on %s', (_name, openBacking) => {
  let backing: Backing;
  beforeAll(async () => {
    backing = await openBacking();
  });
  afterAll(() => backing.close());

  async function open(sessionId = newId(), more: object = {}): Promise<OpenAIAgentsSession> {
    const session = await openSession({ ...backing.place(), ...more, sessionId });
    onTestFinished(() => session.close());
    return session;
  }
  /** What another process reads of them. */
  const elsewhere = (...sessionIds: string[]) =>
    inChild('./openai-agents-agent.mjs', {
      elsewhere: backing.elsewhere,
      sessionIds,
      does: 'items',
    }) as Promise<AgentInputItem[][]>;
  async function shown(sessionId: string) {
    const { body } = await backing.server.request(SHOWN, { id: sessionId });
    expect(body.errors).toBeUndefined();
    const { agent, usage } = body.data.session;
    return { usage, count: agent.messageCount, messages: agent.messages.nodes };
  }
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

  it('gives the newest items for a limit, in pages, and none for 0 and less', async () => {
    const session = await open();
    const all = Array.from({ length: 450 }, (_, index) => user(`${index}`));
    await session.addItems(all);
    expect(await session.getItems()).toEqual(all);
    expect(await session.getItems(2)).toEqual(all.slice(-2));
    expect(await session.getItems(333)).toEqual(all.slice(-333));
    expect(await session.getItems(1000)).toEqual(all);
    expect(await session.getItems(0)).toEqual([]);
    expect(await session.getItems(-1)).toEqual([]);
    expect(await (await open()).getItems()).toEqual([]);
    await (await open()).addItems([]);
  });

  it('pops and clears what people go on seeing', async () => {
    const session = await open();
    const sessionId = await session.getSessionId();
    expect(await session.popItem()).toBeUndefined();
    await session.clearSession();
    await session.addItems([user('one'), user('two'), user('three')]);
    expect(await session.popItem()).toEqual(user('three'));
    expect(await session.popItem()).toEqual(user('two'));
    expect(await session.getItems()).toEqual([user('one')]);
    await session.addItems([user('four')]);
    expect(await session.getItems()).toEqual([user('one'), user('four')]);
    await session.clearSession();
    expect(await session.getItems()).toEqual([]);
    expect(await session.popItem()).toBeUndefined();
    await session.addItems([user('five')]);
    expect(await (await open(sessionId)).getItems()).toEqual([user('five')]);
    const { messages } = await shown(sessionId);
    const said = messages.filter(({ content }: { content: unknown[] }) => content.length > 0);
    expect(said.map(({ text, supersededBy }: JsonObject) => [text, supersededBy !== null])).toEqual([
      ['one', true],
      ['two', true],
      ['three', true],
      ['four', true],
      ['five', false],
    ]);
  });

  it('lets two sessions pop at once without giving one item twice', async () => {
    const first = await open();
    await first.addItems(Array.from({ length: 6 }, (_, index) => user(`${index}`)));
    const second = await open(await first.getSessionId());
    const popped = await Promise.all([first, second, first, second].map((session) => session.popItem()));
    expect(texts(popped as AgentInputItem[]).sort()).toEqual(['"2"', '"3"', '"4"', '"5"']);
    expect(await first.getItems()).toEqual([user('0'), user('1')]);
  });

  it('keeps all that two sessions add at once, each call together', async () => {
    const first = await open();
    const second = await open(await first.getSessionId());
    const turns = Array.from({ length: 10 }, (_, turn) => [user(`${turn} a`), user(`${turn} b`)]);
    await Promise.all(turns.map((items, index) => (index % 2 ? first : second).addItems(items)));
    const said = (await first.getItems()).map((item) => ('content' in item ? item.content : '')) as string[];
    expect([...said].sort()).toEqual(turns.flat().map((item) => ('content' in item ? item.content : '')));
    for (let index = 0; index < said.length; index += 2)
      expect(said[index + 1]).toBe(said[index]?.replace('a', 'b'));
  });

  it('puts a compaction in the place of what was read, and keeps what another session has added since', async () => {
    const session = await open();
    const compaction = { type: 'compaction', encrypted_content: 'c3Vt' } as AgentInputItem;
    await session.addItems([user('one'), user('two'), user('three')]);
    const other = await open(await session.getSessionId());
    await session.getItems();
    await other.addItems([user('meanwhile')]);
    await session.replaceHistoryWithCompaction([compaction, user('three')]);
    expect(await other.getItems()).toEqual([compaction, user('three'), user('meanwhile')]);
    expect((await shown(await session.getSessionId())).count).toBe(7);
  });

  it('makes a transaction once for its operation, also from another session', async () => {
    const session = await open();
    const other = await open(await session.getSessionId());
    const append = { type: 'append_items' as const, items: [user('one'), user('two')] };
    await session.applyHistoryTransaction({ operationId: 'op-1', transaction: append });
    await other.applyHistoryTransaction({ operationId: 'op-1', transaction: append });
    await expect(
      other.applyHistoryTransaction({
        operationId: 'op-1',
        transaction: { type: 'append_items', items: [user('x')] },
      }),
    ).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    const replace = {
      type: 'replace_suffix' as const,
      expectedSuffix: [user('two')],
      replacement: [user('deux'), user('trois')],
    };
    await Promise.all(
      [session, other].map((one) =>
        one.applyHistoryTransaction({ operationId: 'op-2', transaction: replace }),
      ),
    );
    const after = [user('one'), user('deux'), user('trois')];
    expect(await session.getItems()).toEqual(after);
    await expect(
      session.applyHistoryTransaction({ operationId: 'op-3', transaction: replace }),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    const remove = { type: 'replace_suffix' as const, expectedSuffix: after.slice(1), replacement: [] };
    await session.applyHistoryTransaction({ operationId: 'op-4', transaction: remove });
    await other.applyHistoryTransaction({ operationId: 'op-4', transaction: remove });
    expect(await other.getItems()).toEqual([user('one')]);
  });

  it('replaces a call in its place, and removes what repeats it', async () => {
    const session = await open();
    const made = (args: object) => {
      const { id, ...item } = call('c1', 'lookup', args);
      return item as Extract<AgentInputItem, { type: 'function_call' }>;
    };
    await session.addItems([user('one'), made({ order: 5 }), user('two'), made({ order: 5 })]);
    const mutation = {
      type: 'replace_function_call' as const,
      callId: 'c1',
      replacement: made({ order: 6 }),
    };
    await session.applyHistoryMutations({ mutations: [mutation] });
    expect(await session.getItems()).toEqual([user('one'), made({ order: 6 }), user('two')]);
    await session.applyHistoryMutations({ mutations: [{ ...mutation, callId: 'c9' }] });
    expect((await shown(await session.getSessionId())).count).toBe(6);
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
    expect(
      messages.map(({ role, author, text, content, metrics }: JsonObject & { content: JsonObject[] }) => [
        role,
        author,
        text,
        content.map((block) => block.__typename),
        (metrics as { usage: JsonObject } | null)?.usage?.totalTokens ?? null,
      ]),
    ).toEqual([
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
    const { body } = await backing.server.request(read, { id: await session.getSessionId() });
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
    const append = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { agent { agentId } } }`;
    const messages = [
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
    ];
    const appended = await backing.server.request(append, {
      input: { sessionId, agentId: 'agent', messages },
    });
    expect(appended.body.errors).toBeUndefined();
    const redact = `mutation ($input: RedactMessageInput!) { redactMessage(input: $input) { message { text } } }`;
    const input = {
      sessionId,
      agentId: 'agent',
      messageId: 0,
      replacement: { role: 'USER', text: '[removed]' },
    };
    expect((await backing.server.request(redact, { input })).body.errors).toBeUndefined();
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
        elsewhere: backing.elsewhere,
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
