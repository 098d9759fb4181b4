import { randomUUID } from 'node:crypto';
import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openChat } from '../../src/adapters/ai-sdk/index.js';
import { openSessionStore } from '../../src/adapters/claude-agent-sdk/index.js';
import { openChatHistory } from '../../src/adapters/langchain/index.js';
import { openSession } from '../../src/adapters/openai-agents/index.js';
import type { AgentPlace } from '../../src/adapters/place.js';
import { createStrandsStorage } from '../../src/adapters/strands/index.js';
import { createClient, type ParleyClient } from '../../src/client/index.js';
import { type RunningServer, startServer } from '../support/server.js';
import { message } from './ai-sdk-stage.js';
import { entry } from './claude-agent-sdk-stage.js';
import { user } from './openai-agents-stage.js';

/** A conversation as its framework uses it: it is loaded, and so many messages are added. */
interface Conversation {
  load(): Promise<readonly unknown[]>;
  add(count: number): Promise<unknown>;
}

/** One for each adapter that keeps messages. */
const ADAPTERS: Record<string, (place: AgentPlace) => Promise<Conversation>> = {
  'claude-agent-sdk': async ({ sessionId, ...place }) => {
    const store = await openSessionStore(place);
    const key = { projectKey: '-home-alice-shop', sessionId };
    return {
      load: async () => (await store.load(key)) ?? [],
      add: (count) =>
        store.append(
          key,
          Array.from({ length: count }, () => entry({ uuid: randomUUID() })),
        ),
    };
  },
  'openai-agents': async (place) => {
    const session = await openSession(place);
    return {
      load: () => session.getItems(),
      add: (count) => session.addItems(Array.from({ length: count }, (_, n) => user(`${n}`))),
    };
  },
  langchain: async (place) => {
    const history = await openChatHistory(place);
    return {
      load: () => history.getMessages(),
      add: (count) => history.addMessages(Array.from({ length: count }, (_, n) => new HumanMessage(`${n}`))),
    };
  },
  'ai-sdk': async (place) => {
    const chat = await openChat(place);
    let list: Awaited<ReturnType<typeof chat.load>> = [];
    return {
      load: async () => {
        list = await chat.load();
        return list;
      },
      async add(count) {
        const added = Array.from({ length: count }, (_, n) => message(`${list.length + n}`, 'Hi'));
        list = await chat.save([...list, ...added]);
      },
    };
  },
};

/** What the SDK of Strands reads before a turn and writes behind it: the state of an agent, whole. */
async function strandsAgent({ sessionId, ...place }: AgentPlace): Promise<Conversation> {
  const storage = await createStrandsStorage({ ...place, mirror: true });
  const key = `session/${sessionId}/scopes/agent/support/snapshots/snapshot_latest.json`;
  let messages: object[] = [];
  return {
    async load() {
      const bytes = await storage.read(key);
      messages = bytes ? JSON.parse(new TextDecoder().decode(bytes)).data.messages : [];
      return messages;
    },
    async add(count) {
      const added = Array.from({ length: count }, () => ({
        trackingId: randomUUID(),
        role: 'user',
        content: [{ text: 'Hi' }],
      }));
      messages = [...messages, ...added];
      await storage.write(key, new TextEncoder().encode(JSON.stringify({ data: { messages } })));
    },
  };
}

let server: RunningServer;
let client: ParleyClient;
beforeAll(async () => {
  server = await startServer();
  client = createClient({ url: server.url });
});
afterAll(async () => {
  await client.close();
  await server.stop();
});
afterEach(() => vi.restoreAllMocks());

/** How many requests it makes. */
async function requestsOf(call: () => Promise<unknown>): Promise<number> {
  const sent = vi.spyOn(globalThis, 'fetch');
  await call();
  const count = sent.mock.calls.length;
  sent.mockRestore();
  return count;
}

describe.each(Object.entries(ADAPTERS))('parley/%s over a server', (name, open) => {
  it('loads a conversation and saves what a turn adds with one request each', async () => {
    const sessionId = `plain ${name}`;
    for (const before of [0, 4, 8]) {
      const conversation = await open({ server: client, sessionId });
      let loaded: readonly unknown[] = [];
      const load = async () => {
        loaded = await conversation.load();
      };
      expect(await requestsOf(load)).toBe(1);
      expect(loaded).toHaveLength(before);
      expect(await requestsOf(() => conversation.add(4))).toBe(1);
    }
  });

  it('describes session and agent once, with the first save', async () => {
    const conversation = await open({
      server: client,
      sessionId: `described ${name}`,
      applicationName: 'shop',
      model: 'gpt-5',
    });
    expect(await requestsOf(() => conversation.load())).toBe(1);
    expect(await requestsOf(() => conversation.add(4))).toBe(3);
    expect(await requestsOf(() => conversation.add(4))).toBe(1);
  });

  it('loads a thousand messages in pages of 200', async () => {
    const sessionId = `long ${name}`;
    const conversation = await open({ server: client, sessionId });
    await conversation.load();
    expect(await requestsOf(() => conversation.add(1_000))).toBe(10);
    const again = await open({ server: client, sessionId });
    expect(await requestsOf(() => again.load())).toBe(5);
    expect(await requestsOf(() => again.add(4))).toBe(1);
  });
});

it('keeps an agent of Strands, and shows what a turn adds, with one request each', async () => {
  for (const [loaded, added, requests] of [
    [0, 4, 1],
    [4, 4, 1],
    [8, 1_000, 10],
    [1_008, 4, 1],
  ] as const) {
    const agent = await strandsAgent({ server: client, sessionId: 'agent' });
    let messages: readonly unknown[] = [];
    const load = async () => {
      messages = await agent.load();
    };
    expect(await requestsOf(load)).toBe(1);
    expect(messages).toHaveLength(loaded);
    expect(await requestsOf(() => agent.add(added))).toBe(requests);
    // A process that has begun goes on so.
    expect(await requestsOf(load)).toBe(1);
    expect(await requestsOf(() => agent.add(0))).toBe(1);
  }
});

it('describes the agent again where an answer of LangChain names another model than was read', async () => {
  for (const [model_name, requests] of [
    ['one', 3],
    ['one', 1],
    ['two', 3],
  ] as const) {
    const history = await openChatHistory({ server: client, sessionId: 'models' });
    await history.getMessages();
    const answer = new AIMessage({ content: 'Hi', response_metadata: { model_name } });
    expect(await requestsOf(() => history.addMessages([answer]))).toBe(requests);
  }
});
