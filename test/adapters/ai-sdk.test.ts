import type { UIMessage } from 'ai';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Chat, openChat } from '../../src/adapters/ai-sdk/index.js';
import type { JsonObject } from '../../src/domain/json.js';
import { answered, call, SDKS, type Sdk, text, turn, user } from './ai-sdk-agent.mjs';
import { BACKINGS, type Backing } from './backings.js';
import { inChild } from './child-agent.js';

const SHOWN = `query ($id: ID!) { session(sessionId: $id) { usage { totalTokens } agent(agentId: "agent") { messageCount
  messages(first: 100) { nodes { role text metadata supersededBy content { __typename
    ... on ToolUseBlock { name input toolUseId } ... on ToolResultBlock { status toolUseId content } } metrics { usage { totalTokens } } } } } } }`;
const PNG = `data:image/png;base64,${Buffer.from('no image, but many bytes'.repeat(99)).toString('base64')}`;
const REASONING = [
  { type: 'reasoning-start', id: 'r' },
  { type: 'reasoning-delta', id: 'r', delta: 'I should look.' },
  { type: 'reasoning-end', id: 'r', providerMetadata: { anthropic: { signature: 'c2ln' } } },
];

const message = (id: string, said: string, role: UIMessage['role'] = 'user'): UIMessage => ({
  id,
  role,
  parts: [{ type: 'text', text: said }],
});
const said = (messages: UIMessage[]) =>
  messages.map(
    ({ id, parts }) => `${id}: ${parts.map((part) => ('text' in part ? part.text : part.type)).join()}`,
  );

let serial = 0;
const newId = () => `c-${++serial}`;

describe.each(Object.entries(BACKINGS))('a chat of the AI SDK on %s', (_name, openBacking) => {
  let backing: Backing;
  beforeAll(async () => {
    backing = await openBacking();
  });
  afterAll(() => backing.close());

  async function open(sessionId = newId(), more: object = {}): Promise<Chat & { sessionId: string }> {
    const chat = await openChat({ ...backing.place(), ...more, sessionId });
    onTestFinished(() => chat.close());
    return Object.assign(chat, { sessionId });
  }
  const elsewhere = (sessionId: string, more: object = { does: 'load' }) =>
    inChild('./ai-sdk-agent.mjs', { elsewhere: backing.elsewhere, sessionId, ...more }) as Promise<
      UIMessage[]
    >;
  const reload = async (sessionId: string) => (await open(sessionId)).load();
  async function shown(sessionId: string) {
    const { body } = await backing.server.request(SHOWN, { id: sessionId });
    expect(body.errors).toBeUndefined();
    const { agent, usage } = body.data.session;
    return { usage, count: agent.messageCount, messages: agent.messages.nodes };
  }

  const TURNS: [
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
        const calls = [
          call('c1', 'lookup', { order: 5 }),
          call('c2', 'fails', {}),
          call('c3', 'nothing', {}),
        ];
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
        const later = await open(chat.sessionId);
        await later.load();
        await later.save(page);
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

  const withoutIds = (messages: UIMessage[]) => messages.map(({ id: _id, ...rest }) => rest);

  it('gives none of a chat that was never saved, and makes none of an empty list', async () => {
    const chat = await open();
    expect(await chat.load()).toEqual([]);
    await chat.save([]);
    const { body } = await backing.server.request(SHOWN, { id: chat.sessionId });
    expect(body.data.session).toBeNull();
  });

  it('takes away what an answer that is made again, or an edit, no longer has', async () => {
    const chat = await open();
    const [one, two, three, four] = ['one', 'two', 'three', 'four'].map((word, index) =>
      message(word, word, index % 2 ? 'assistant' : 'user'),
    ) as [UIMessage, UIMessage, UIMessage, UIMessage];
    await chat.save([one, two, three, four]);
    const again = message('vier', 'vier', 'assistant');
    await chat.save([one, two, three, again]);
    expect(said(await reload(chat.sessionId))).toEqual([
      'one: one',
      'two: two',
      'three: three',
      'vier: vier',
    ]);
    const edited = { ...one, parts: [{ type: 'text' as const, text: 'uno' }] };
    await chat.save([edited, message('due', 'due', 'assistant')]);
    expect(said(await reload(chat.sessionId))).toEqual(['one: uno', 'due: due']);
    await chat.save([one, message('due', 'due', 'assistant')]);
    expect(said(await reload(chat.sessionId))).toEqual(['one: one', 'due: due']);
    await chat.save([message('due', 'due', 'assistant')]);
    expect(said(await reload(chat.sessionId))).toEqual(['due: due']);
    await chat.save([]);
    expect(await reload(chat.sessionId)).toEqual([]);
    expect((await shown(chat.sessionId)).messages.filter(({ text }: JsonObject) => text !== '')).toHaveLength(
      9,
    );
  });

  it('never loses what another process has added meanwhile', async () => {
    const first = await open();
    await first.save([message('one', 'one'), message('two', 'two', 'assistant')]);
    const second = await open(first.sessionId);
    await second.load();
    await first.save([message('one', 'one'), message('two', 'two', 'assistant'), message('three', 'three')]);
    await second.save([message('one', 'one'), message('other', 'other')]);
    expect(said(await reload(first.sessionId))).toEqual(['one: one', 'three: three', 'other: other']);
    const chats = await Promise.all([1, 2, 3, 4].map(() => open(first.sessionId)));
    await Promise.all(
      chats.map(async (chat, index) => {
        const list = await chat.load();
        for (let turn = 0; turn < 5; turn++) {
          list.push(message(`${index}-${turn}`, 'more'));
          await chat.save(list);
        }
      }),
    );
    const ids = (await reload(first.sessionId)).map(({ id }) => id);
    expect(new Set(ids)).toHaveProperty('size', ids.length);
    expect(ids).toHaveLength(23);
    for (const index of [0, 1, 2, 3])
      expect(ids.filter((id) => id.startsWith(`${index}-`))).toEqual(
        [0, 1, 2, 3, 4].map((turn) => `${index}-${turn}`),
      );
  });

  it('goes on where a process was killed between two saves', async () => {
    const sessionId = newId();
    const messages = ['one', 'two', 'three'].map((word) => message(word, word));
    expect(await elsewhere(sessionId, { does: 'save', messages, dieAt: 2 })).toBeNull();
    expect(await elsewhere(sessionId)).toEqual(messages.slice(0, 2));
    expect(await elsewhere(sessionId, { does: 'save', messages })).toEqual(messages);
    expect(await elsewhere(sessionId)).toEqual(messages);
    expect((await shown(sessionId)).count).toBe(3);
  });

  it('keeps hundreds of messages, and changes the last of them alone', async () => {
    const chat = await open();
    const list = Array.from({ length: 450 }, (_, index) => message(`${index}`, `${index}`));
    await chat.save(list);
    const again = await open(chat.sessionId);
    expect(await again.load()).toEqual(list);
    await again.save([...list.slice(0, -1), message('449', 'changed')]);
    expect((await shown(chat.sessionId)).count).toBe(451);
    expect(said(await reload(chat.sessionId)).at(-1)).toBe('449: changed');
  });

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
    const append = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { id } } }`;
    const toolUse = { toolUseId: 't', name: 'lookup', input: { order: 5 } };
    const toolResult = { toolUseId: 't', status: 'success', content: [{ text: 'sent' }] };
    const messages = [
      { role: 'USER', text: 'Hi' },
      { role: 'ASSISTANT', content: [{ text: 'I look.' }, { toolUse }] },
      { role: 'USER', content: [{ toolResult }] },
    ];
    const written = await backing.server.request(append, {
      input: { sessionId, agentId: 'agent', createIfMissing: true, messages },
    });
    expect(written.body.errors).toBeUndefined();
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
    const { body } = await backing.server.request(
      `query ($id: ID!) { session(sessionId: $id) { agent(agentId: "agent") { messages(last: 1) { nodes { id } } } } }`,
      { id: sessionId },
    );
    const redact = `mutation ($input: RedactMessageInput!) { redactMessage(input: $input) { message { text } } }`;
    const { id } = body.data.session.agent.messages.nodes[0];
    const redacted = await backing.server.request(redact, {
      input: { id, replacement: { role: 'USER', text: '[removed]' } },
    });
    expect(redacted.body.errors).toBeUndefined();
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
