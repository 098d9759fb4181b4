import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InMemorySessionStore } from '@anthropic-ai/claude-agent-sdk';
import { InMemoryChatMessageHistory } from '@langchain/core/chat_history';
import {
  AIMessage,
  HumanMessage,
  mapStoredMessagesToChatMessages,
  ToolMessage,
} from '@langchain/core/messages';
import { MemorySession } from '@openai/agents';
import { LocalFileStorage } from '@strands-agents/sdk/storage';
import { openChat } from '../dist/adapters/ai-sdk/index.js';
import { openSessionStore } from '../dist/adapters/claude-agent-sdk/index.js';
import { openChatHistory } from '../dist/adapters/langchain/index.js';
import { openSession } from '../dist/adapters/openai-agents/index.js';
import { createStrandsStorage } from '../dist/adapters/strands/index.js';

/**
 * Each adapter: the item at each place of a conversation, and what opens a conversation by its id, in Parley, in one table and in what its framework
 * has. That has `load()`, which gives its items, and `save(count, items)`, which adds so many to those that were loaded. `inPython`: the name of what
 * its framework has in Python.
 */
export const ADAPTERS = {
  'openai-agents': ({ store, table }) => {
    const memory = new Map();
    const opened = (session) => ({
      load: () => session.getItems(),
      async save(count, { length }) {
        for (let start = 0; start < count; start += 100)
          await session.addItems(listOf(Math.min(100, count - start), length + start, itemAt));
      },
    });
    return {
      itemAt,
      inPython: 'its SQLiteSession in Python',
      open: {
        ours: async (sessionId) => opened(await openSession({ store, sessionId })),
        table: async (id) => inTable(table, id, itemAt),
        'its MemorySession': async (id) => {
          if (!memory.has(id)) memory.set(id, new MemorySession({ sessionId: id }));
          return opened(memory.get(id));
        },
      },
    };
  },
  langchain: ({ store, table }) => {
    const memory = new Map();
    const opened = (history) => ({
      load: () => history.getMessages(),
      save: (count, { length }) => history.addMessages(listOf(count, length, spokenAt)),
    });
    return {
      itemAt: spokenAt,
      open: {
        ours: async (sessionId) => opened(await openChatHistory({ store, sessionId })),
        table: async (id) => {
          const stored = inTable(table, id, (n) => spokenAt(n).toDict());
          return { ...stored, load: () => mapStoredMessagesToChatMessages(stored.load()) };
        },
        'its InMemoryChatMessageHistory': async (id) => {
          if (!memory.has(id)) memory.set(id, new InMemoryChatMessageHistory());
          return opened(memory.get(id));
        },
      },
    };
  },
  'claude-agent-sdk': ({ store, table }) => {
    const memory = new InMemorySessionStore();
    const opened = (sessions, sessionId) => {
      const key = { projectKey: '-home-alice-shop', sessionId };
      return {
        load: async () => (await sessions.load(key)) ?? [],
        save: (count, { length }) => sessions.append(key, listOf(count, length, entryAt)),
      };
    };
    return {
      itemAt: entryAt,
      open: {
        ours: async (id) => opened(await openSessionStore({ store }), id),
        table: async (id) => inTable(table, id, entryAt),
        'its InMemorySessionStore': async (id) => opened(memory, id),
      },
    };
  },
  'ai-sdk': ({ store, table, folder }) => ({
    itemAt: messageAt,
    open: {
      ours: async (sessionId) => savedWhole(await openChat({ store, sessionId }), messageAt),
      table: async (id) => inTable(table, id, messageAt),
      'the file of its documentation': async (id) =>
        savedWhole(fileOf(join(folder, `${id}.json`)), messageAt),
    },
  }),
  strands: async ({ store, table, folder }) => {
    const storage = await createStrandsStorage({ store, mirror: true });
    const local = new LocalFileStorage(join(folder, 'as-shipped'));
    const bytes = {
      read: async (key) => table.read(key),
      write: async (key, data) => table.write(key, data),
    };
    return {
      itemAt: strandsMessageAt,
      open: {
        ours: async (id) => savedWhole(snapshotOf(storage, id), strandsMessageAt),
        table: async (id) => savedWhole(snapshotOf(bytes, id), strandsMessageAt),
        'its LocalFileStorage, which waits for no disk': async (id) =>
          savedWhole(snapshotOf(local, id), strandsMessageAt),
        'the same file, on the disk before it returns': async (id) =>
          savedWhole(snapshotOf(syncedFiles(folder), id), strandsMessageAt),
      },
    };
  },
};

const NOTE = 'by air mail '.repeat(20);
const ASKED = 'Where is my order? '.repeat(20);

/** A turn of the Agents SDK: what is asked, a call, its result, the answer. */
const itemAt = (n) =>
  [
    { type: 'message', role: 'user', content: ASKED },
    {
      type: 'function_call',
      callId: `c${n}`,
      name: 'lookup',
      status: 'completed',
      arguments: '{"order":5}',
      providerData: { model: 'scripted-1' },
    },
    {
      type: 'function_call_result',
      name: 'lookup',
      callId: `c${n - 1}`,
      status: 'completed',
      output: { type: 'text', text: JSON.stringify({ sent: 'on Monday', note: NOTE }) },
    },
    {
      type: 'message',
      role: 'assistant',
      id: `msg_${n}`,
      status: 'completed',
      content: [{ type: 'output_text', text: NOTE, providerData: { annotations: [], logprobs: [] } }],
    },
  ][n % 4];

/** A turn of Claude Code: what is asked, a call, its result, the answer. */
const entryAt = (n) => {
  const message = [
    { role: 'user', content: ASKED },
    claudeSays(n, { type: 'tool_use', id: `c${n}`, name: 'lookup', input: { order: 5 } }),
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: `c${n - 1}`, content: NOTE }] },
    claudeSays(n, { type: 'text', text: NOTE }),
  ][n % 4];
  const place = { cwd: '/home/alice/shop', sessionId: 's', version: '2.1.332', gitBranch: 'main' };
  const chain = { uuid: `u${n}`, parentUuid: n === 0 ? null : `u${n - 1}`, isSidechain: false };
  return { type: message.role, message, ...chain, timestamp: '2026-01-05T10:00:00.000Z', ...place };
};
const claudeSays = (n, block) => ({
  id: `msg_${n}`,
  type: 'message',
  role: 'assistant',
  model: 'scripted-1',
  content: [block],
  stop_reason: 'end_turn',
  usage: { input_tokens: 10, output_tokens: 5 },
});

/** A turn of LangChain: what is asked, a call, its result, the answer. */
const spokenAt = (n) =>
  [
    () => new HumanMessage(ASKED),
    () =>
      new AIMessage({
        content: '',
        id: `msg_${n}`,
        tool_calls: [{ id: `c${n}`, name: 'lookup', args: { order: 5 }, type: 'tool_call' }],
        usage_metadata: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
        response_metadata: { model_name: 'scripted-1' },
      }),
    () => new ToolMessage({ content: NOTE, tool_call_id: `c${n - 1}`, name: 'lookup' }),
    () => new AIMessage({ content: NOTE, id: `msg_${n}` }),
  ][n % 4]();

const PARTS = [
  { type: 'text', text: ASKED },
  {
    type: 'tool-lookup',
    toolCallId: 'c1',
    state: 'output-available',
    input: { order: 5 },
    output: { sent: 'on Monday', note: NOTE },
  },
];
const messageAt = (n) => ({
  id: `m-${n}`,
  role: n % 2 ? 'assistant' : 'user',
  parts: PARTS.slice(0, 1 + (n % 2)),
});

const strandsMessageAt = (n) => ({
  trackingId: `message-${n}`,
  role: n % 2 ? 'assistant' : 'user',
  content: [{ text: n % 2 ? NOTE : ASKED }],
});

/** What the SDK reads before a turn and writes behind it: the state of an agent, whole. */
function snapshotOf(storage, sessionId) {
  const key = `session/${sessionId}/scopes/agent/support/snapshots/snapshot_latest.json`;
  return {
    async load() {
      const bytes = await storage.read(key);
      return bytes ? JSON.parse(new TextDecoder().decode(bytes)).data.messages : [];
    },
    async save(messages) {
      const snapshot = { scope: 'agent', schemaVersion: '1.0', data: { messages, state: {} }, appData: {} };
      await storage.write(key, new TextEncoder().encode(JSON.stringify(snapshot)));
    },
  };
}

const listOf = (count, first, at) => Array.from({ length: count }, (_, n) => at(first + n));

const inTable = (table, id, at) => ({
  load: () => table.load(id),
  save: (count, before) => table.add(id, listOf(count, before.length, at)),
});

const savedWhole = (chat, at) => ({
  load: () => chat.load(),
  save: (count, before) => chat.save([...before, ...listOf(count, before.length, at)]),
});

/** A file for each chat, written whole; here it is on the disk before it returns. */
const fileOf = (path) => ({
  load: async () => JSON.parse(await readFile(path, 'utf8').catch(() => '[]')),
  save: (list) => writeSynced(path, JSON.stringify(list, null, 2)),
});

/** A file for each key, as LocalFileStorage has them. */
const syncedFiles = (folder) => ({
  read: (key) => readFile(join(folder, key)).catch(() => null),
  async write(key, data) {
    const path = join(folder, key);
    await mkdir(dirname(path), { recursive: true });
    await writeSynced(path, data);
  },
});

async function writeSynced(path, data) {
  const file = await open(`${path}.new`, 'w');
  await file.writeFile(data);
  await file.sync();
  await file.close();
  await rename(`${path}.new`, path);
}
