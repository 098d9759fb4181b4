import type { UIMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json/json-value.js';
import { answered, call, SDKS, text, turn, user } from './ai-sdk-agent.mjs';
import { message, newId, said, stageOn } from './ai-sdk-stage.js';
import { REASONING, TURNS } from './ai-sdk-turns.js';
import { BACKINGS } from './backings.js';

describe.each(Object.entries(BACKINGS))('a chat of the AI SDK on %s', (_name, openBacking) => {
  const { open, elsewhere, reload, shown, append, redact, backing } = stageOn(openBacking);

  describe.each(Object.entries(SDKS))('of its %s version', (version, load) => {
    it.each(TURNS)(
      'holds what a turn hands over, and gives it to another process: %s',
      async (_what, turns) => {
        const chat = await open();
        let expected: UIMessage[] = [];
        await turns(await load(), async (messages) => {
          expected = await chat.save(messages);
          expect(withoutIds(expected)).toEqual(withoutIds(messages));
          return expected;
        });
        expect(expected.length).toBeGreaterThan(0);
        expect(await elsewhere(chat.sessionId)).toStrictEqual(expected);
        // Saved again, nothing changes; nor where a page has sent the messages back.
        const before = (await shown(chat.sessionId)).count;
        const again = await open(chat.sessionId);
        await again.save(await again.load());
        await again.save(JSON.parse(JSON.stringify(expected)));
        await chat.save(expected);
        expect((await shown(chat.sessionId)).count).toBe(before);
      },
    );

    it.skipIf(version === 'oldest').each([true, false])(
      'lets a message grow over an approval: %s',
      async (approved) => {
        const sdk = await load();
        const chat = await open();
        const asked = await turn(sdk, [user('Pay')], [[call('c1', 'pay', { euro: 5 })]]);
        await chat.save(asked.messages);
        const page = answered(await (await open(chat.sessionId)).load(), approved);
        expect(await waiting(chat.sessionId)).toEqual(['c1']);
        const later = await open(chat.sessionId);
        await later.load();
        await later.save(page);
        expect(await waiting(chat.sessionId)).toEqual([]);
        const done = await turn(sdk, page, [text('Done.')]);
        expect(done.isContinuation).toBe(true);
        await later.save(done.messages);
        expect(await elsewhere(chat.sessionId)).toStrictEqual(done.messages);
        const { count, messages, usage } = await shown(chat.sessionId);
        expect(count).toBe(4);
        expect(messages.map(({ supersededBy }: JsonObject) => supersededBy)).toEqual([null, 2, 3, null]);
        expect(usage.totalTokens).toBe(30);
      },
    );
  });

  /** The calls that people see waiting. */
  async function waiting(id: string) {
    const { body } = await backing().server.request(WAITING, { id });
    return body.data.session.agent.messages.nodes.at(-1).awaitingApproval;
  }
  const WAITING = `query ($id: ID!) { session(sessionId: $id) { agent(agentId: "agent") {
    messages(last: 1) { nodes { awaitingApproval } } } } }`;

  const withoutIds = (messages: UIMessage[]) => messages.map(({ id: _id, ...rest }) => rest);

  it('shows people what is said, thought, called and shown, and counts what it cost once', async () => {
    const sdk = await SDKS.newest();
    const chat = await open();
    const system = message('s', 'Be brief.', 'system');
    const { messages } = await turn(
      sdk,
      [user('Where is it?')],
      [[...REASONING, call('c1', 'lookup', { order: 5 }), call('c2', 'fails', {})], text('Sent.')],
    );
    await chat.save([system, ...messages]);
    await chat.save([message('s', 'Be kind.', 'system'), ...messages]);
    const seen = await shown(chat.sessionId);
    expect(
      seen.messages.map(
        ({ role, text, metadata, content, supersededBy }: JsonObject & { content: JsonObject[] }) => [
          role,
          (metadata as { framework: JsonObject }).framework.author ?? null,
          text,
          content.map((block) => block.__typename),
          supersededBy,
        ],
      ),
    ).toEqual([
      ['USER', 'system', 'Be brief.', ['TextBlock'], 5],
      ['USER', null, 'Where is it?', ['TextBlock'], 5],
      ['ASSISTANT', null, 'Sent.', BLOCKS, 5],
      ['USER', 'system', 'Be kind.', ['TextBlock'], null],
      ['USER', null, 'Where is it?', ['TextBlock'], null],
      ['ASSISTANT', null, 'Sent.', BLOCKS, null],
    ]);
    expect(seen.usage.totalTokens).toBe(30);
    expect(seen.messages[2].content[1]).toMatchObject({
      name: 'lookup',
      input: { order: 5 },
      toolUseId: 'c1',
    });
    expect(seen.messages[2].content[4]).toMatchObject({ status: 'error', toolUseId: 'c2' });
  });
  const BLOCKS = [
    'ReasoningBlock',
    'ToolUseBlock',
    'ToolResultBlock',
    'ToolUseBlock',
    'ToolResultBlock',
    'TextBlock',
  ];

  it('gives what others have written as messages, and what was redacted as what stands in its place', async () => {
    const sessionId = newId();
    const toolUse = { toolUseId: 't', name: 'lookup', input: { order: 5 } };
    const toolResult = { toolUseId: 't', status: 'success', content: [{ text: 'sent' }] };
    await append(sessionId, [
      { role: 'USER', text: 'Hi' },
      { role: 'ASSISTANT', content: [{ text: 'I look.' }, { toolUse }] },
      { role: 'USER', content: [{ toolResult }] },
    ]);
    const chat = await open(sessionId);
    const list = await chat.load();
    expect(list).toEqual([
      { id: 'parley-0', role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
      {
        id: 'parley-1',
        role: 'assistant',
        parts: [
          { type: 'text', text: 'I look.' },
          {
            type: 'dynamic-tool',
            toolName: 'lookup',
            toolCallId: 't',
            state: 'output-available',
            input: { order: 5 },
            output: 'sent',
          },
        ],
      },
    ]);
    const secret = message('mine', 'My number is 4711.');
    await chat.save([...list, secret]);
    expect((await shown(sessionId)).count).toBe(4);
    const { body } = await backing().server.request(
      `query ($id: ID!) { session(sessionId: $id) { agent(agentId: "agent") { messages(last: 1) { nodes { id } } } } }`,
      { id: sessionId },
    );
    await redact({ id: body.data.session.agent.messages.nodes[0].id });
    // The page still has it: it is not brought back.
    await chat.save([...list, secret, message('next', 'next')]);
    expect(said(await reload(sessionId))).toEqual([
      'parley-0: Hi',
      'parley-1: I look.,dynamic-tool',
      'mine: [removed]',
      'next: next',
    ]);
  });

  it('refuses what nobody can keep before anything is written', async () => {
    const chat = await open();
    const bad = { ...message('x', 'x'), metadata: { run: () => 1 } };
    await expect(chat.save([message('y', 'y'), bad])).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('messages[1].metadata.run is a function'),
    });
    await expect(chat.save([{ role: 'user' } as unknown as UIMessage])).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    await expect(chat.save('x' as never)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await chat.load()).toEqual([]);
    const odd = { ...message('z', 'z'), parts: [{ type: 'dream', sheep: [1, Number.NaN, new Date(0)] }] };
    await chat.save([odd as unknown as UIMessage]);
    expect(await reload(chat.sessionId)).toEqual([odd]);
  });
});
