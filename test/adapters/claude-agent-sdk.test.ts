import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/domain/json/json-value.js';
import { makeTempFolder } from '../support/temp-folder.js';
import { BACKINGS } from './backings.js';
import { MAIN, RECORDED, recordedAs, SUBAGENT, SUBPATH, writeLocally } from './claude-agent-sdk-recorded.js';
import { entry, newKey, stageOn } from './claude-agent-sdk-stage.js';

const OLDEST = fileURLToPath(
  new URL(
    '../support/oldest-frameworks/node_modules/@anthropic-ai/claude-agent-sdk/sdk.mjs',
    import.meta.url,
  ),
);
const SDKS = Object.entries({
  newest: fileURLToPath(import.meta.resolve('@anthropic-ai/claude-agent-sdk')),
  oldest: OLDEST,
}).filter(([, path]) => existsSync(path));

describe.each(Object.entries(BACKINGS))('transcripts of the Claude Agent SDK on %s', (_name, openBacking) => {
  const { open, elsewhere, shown, seen, append, redact } = stageOn(openBacking);

  it('hold what Claude Code gave, and give it to another process', async () => {
    const store = await open();
    const key = newKey();
    for (const batch of recordedAs(key)) await store.append(batch.key, batch.entries);
    const beside = { ...key, subpath: SUBPATH };
    expect(await elsewhere({ does: 'load', keys: [key, beside] })).toEqual([MAIN, SUBAGENT]);
    expect(await store.load(key)).toEqual(MAIN);
    expect(await store.listSubkeys(key)).toEqual([SUBPATH]);
  });

  it.each(SDKS)("are what the functions of the SDK's %s version make of its own store", async (_age, sdk) => {
    const folder = await makeTempFolder();
    onTestFinished(() => folder.remove());
    await writeLocally(folder.path);
    const { here, own } = (await elsewhere({
      does: 'sdk',
      sdk,
      configFolder: folder.path,
      sessionId: RECORDED.sessionId,
      dir: '/home/alice/shop',
    })) as Record<string, { imported: { messages: unknown[] }; left: unknown[]; none: unknown[] }>;
    expect(here).toEqual(own);
    expect(here?.imported.messages.length).toBeGreaterThan(5);
    expect(here?.left).toHaveLength(1);
    expect(here?.none).toEqual([]);
  });

  it('show people who said what, the calls with their results, and what each answer cost', async () => {
    const store = await open();
    const key = newKey();
    for (const batch of recordedAs(key)) await store.append(batch.key, batch.entries);
    const { messages } = await shown(key);
    const said = messages.filter(({ content }) =>
      content.some(({ __typename }) => __typename !== 'UnknownBlock'),
    );
    const lines = said.map(({ role, author, text, content, metrics }) =>
      [
        role === 'USER' ? (author ?? 'user') : 'assistant',
        content.map(({ __typename }) => __typename.replace('Block', '')).join(' '),
        ...(text === '' ? [] : [text.slice(0, 30).split('\n')[0]]),
        ...(metrics?.usage ? [metrics.usage.totalTokens] : []),
      ].join(', '),
    );
    expect(lines).toEqual(SHOWN);
    // Nothing that is no message names the conversation.
    const unknown = messages.filter((message) => !said.includes(message));
    expect(new Set(unknown.map(({ author }) => author))).toEqual(new Set(['system']));
  });

  it('are agents of one session, each with its model and its cost', async () => {
    const store = await open({ applicationName: 'shop', metadata: { user: { id: 'alice' } } });
    const key = newKey();
    for (const batch of recordedAs(key)) await store.append(batch.key, batch.entries);
    expect(await seen(key)).toEqual({
      applicationName: 'shop',
      metadata: { user: { id: 'alice' } },
      usage: { totalTokens: 1250 },
      agents: [
        {
          agentId: 'agent',
          model: 'claude-sonnet-4-5',
          messageCount: MAIN.length,
          usage: { totalTokens: 1125 },
        },
        {
          agentId: `agent/${SUBPATH}`,
          model: 'claude-sonnet-4-5',
          messageCount: SUBAGENT.length,
          usage: { totalTokens: 125 },
        },
      ],
    });
  });

  it('are stored once, also what is large', async () => {
    const store = await open();
    const key = newKey();
    const text = 'A long text. '.repeat(5_000);
    const data = Buffer.from(text).toString('base64');
    const entries = [
      entry({ type: 'user', uuid: 'a', message: { role: 'user', content: text } }),
      entry({
        type: 'user',
        uuid: 'b',
        message: {
          role: 'user',
          content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }],
        },
      }),
      entry({
        type: 'user',
        uuid: 'c',
        message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: text }] },
        toolUseResult: { stdout: text, stderr: '' },
      }),
      entry({ type: 'attachment', uuid: 'd', attachment: { type: 'file', content: text } }),
    ];
    await store.append(key, entries);
    expect(await store.load(key)).toEqual(entries);
    for (const { blocks, metadata } of (await shown(key)).messages) {
      const shownBytes = JSON.stringify(blocks).length;
      expect(JSON.stringify([blocks, metadata]).length).toBeLessThan(1.1 * shownBytes);
    }
  });

  it('keep entries of kinds that nobody knows, and refuse what nobody can keep before anything is written', async () => {
    const store = await open();
    const key = newKey();
    const strange = [
      { type: 'dream', about: { sheep: [1, null, { $set: 'x.y' }] }, at: new Date(0), n: 2n ** 70n },
      { type: 'assistant', uuid: 'odd', message: 'no object' },
      { type: 'user', message: { role: 'user', content: 5 } },
      { type: 'system', content: ['no text'] },
    ];
    await store.append(key, strange as never);
    const loop: JsonObject = { type: 'x' };
    loop.self = loop;
    for (const [bad, what] of [
      [{ type: 'x', run: () => 1 }, 'entries[1].run is a function'],
      [loop, 'entries[1].self leads back'],
      [null, 'entries[1] must be an object'],
    ] as const) {
      await expect(store.append(key, [entry(), bad] as never)).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining(what),
      });
    }
    expect(await store.load(key)).toEqual(strange);
  });

  it.each([
    [{ subpath: '' }, 'key.subpath must be a text'],
    [{ sessionId: undefined }, 'key.sessionId must be a text'],
  ])('are named by texts that are not empty: %j', async (wrong, what) => {
    const store = await open();
    const key = { ...newKey(), ...wrong } as never;
    for (const call of [() => store.append(key, [entry()]), () => store.load(key), () => store.delete(key)])
      await expect(call()).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining(what),
      });
  });

  it('are whole after their process was killed between two writes, and go on', async () => {
    const key = newKey();
    const batches = recordedAs(key);
    expect(await elsewhere({ does: 'append', batches, dieAfter: 2 })).toBeNull();
    const store = await open();
    expect(await store.load(key)).toEqual(MAIN.slice(0, 44));
    // What is appended again is there once, as far as it has uuids.
    const again = batches.map((batch) => ({ ...batch, entries: batch.entries.filter(({ uuid }) => uuid) }));
    expect(await elsewhere({ does: 'append', batches: again })).toBe('done');
    const missing = MAIN.slice(44).filter(({ uuid }) => uuid);
    expect(await store.load(key)).toEqual([...MAIN.slice(0, 44), ...missing]);
    expect(await store.load({ ...key, subpath: SUBPATH })).toEqual(SUBAGENT.filter(({ uuid }) => uuid));
  });

  it('hold what others say in them, and what stands in the place of a redacted message, in their chain', async () => {
    const store = await open();
    const key = newKey();
    const chain = ['a', 'b', 'c'].map((uuid, index, all) => ({
      type: index === 1 ? 'assistant' : 'user',
      uuid,
      parentUuid: all[index - 1] ?? null,
      message: {
        role: index === 1 ? 'assistant' : 'user',
        content: [{ type: 'text', text: `my card is ${uuid}` }],
      },
    }));
    await store.append(key, chain);
    const sessionId = `${key.projectKey}/${key.sessionId}`;
    await redact({ sessionId, agentId: 'agent', clientId: 'b' }, 'ASSISTANT');
    const content = [
      { text: 'From the page.' },
      { image: { format: 'png', source: { bytes: 'aGk=' } } },
      { toolUse: { toolUseId: 't1', name: 'look', input: { n: 1 } } },
    ];
    const results = [{ toolResult: { toolUseId: 't1', status: 'error', content: [{ text: 'no' }] } }];
    await append(sessionId, [
      { role: 'ASSISTANT', content },
      { role: 'USER', content: results },
    ]);
    const loaded = (await store.load(key)) ?? [];
    expect(loaded.map(({ type, parentUuid }) => [type, parentUuid])).toEqual([
      ['user', null],
      ['assistant', 'a'],
      ['user', 'b'],
      ['assistant', 'c'],
      ['user', loaded[3]?.uuid],
    ]);
    expect(loaded[1]).toMatchObject({
      uuid: 'b',
      message: { content: [{ type: 'text', text: '[removed]' }] },
    });
    expect(loaded[3]).toMatchObject({
      uuid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
      message: {
        content: [
          { type: 'text', text: 'From the page.' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
          { type: 'tool_use', id: 't1', name: 'look', input: { n: 1 } },
        ],
      },
    });
    expect(loaded[4]?.message).toEqual({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 't1', content: 'no', is_error: true }],
    });
    expect(await (await open()).load(key)).toEqual(loaded);
    // Repeated, the redacted one stays so.
    await store.append(key, chain);
    expect(await store.load(key)).toEqual(loaded);
    const [summary] = await store.listSessionSummaries(key.projectKey);
    expect(JSON.stringify(summary)).not.toContain('card is b');
  });
});

/** Each answer of the model is an entry for each of its blocks, and cost 125 tokens. */
const SHOWN = [
  'user, Text Image, What is in this picture, and w',
  'system, Text, [Image: source: /tmp/claude/32',
  'assistant, Reasoning, 125',
  'assistant, Text, Let me look.',
  'assistant, ToolUse',
  'assistant, ToolUse',
  'tool, ToolResult',
  'tool, ToolResult',
  'assistant, Text, Order 5 was sent on Monday., 125',
  'user, Text, Please delegate a count.',
  'assistant, Reasoning, 125',
  'assistant, ToolUse',
  'tool, ToolResult',
  'assistant, Text, Order 5 was sent on Monday., 125',
  'system, Text, <task-notification>',
  'assistant, Text, Fine., 125',
  'user, Text, Read the missing file, and wri',
  'assistant, ToolUse, 125',
  'assistant, ToolUse',
  'tool, ToolResult',
  'tool, ToolResult',
  'assistant, Text, Order 5 was sent on Monday., 125',
  'user, Text, Please search the web for parc',
  'assistant, Reasoning, 125',
  'assistant, ToolUse',
  'assistant, ToolResult',
  'assistant, Text, Parcels are slow.',
  'system, Text, Conversation compacted',
  'system, Text, This session goes on from one ',
  'system, Text, <local-command-caveat>Run by h',
  'user, Text, <command-name>/compact</comman',
  'system, Text, <local-command-stdout>Compacte',
  'user, Text, Thank you.',
  'assistant, Text, Fine., 125',
];
