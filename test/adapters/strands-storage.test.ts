import type { Storage } from '@strands-agents/sdk';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  createStrandsStorage,
  type StrandsStorage,
  type StrandsStorageOptions,
} from '../../src/adapters/strands/index.js';
import { emptyDatabase } from '../stores/memory/database.js';
import { openMemoryStore } from '../stores/memory/open-memory-store.js';
import { connect, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';
import { makeTempFolder } from '../support/temp-folder.js';
import { BACKINGS, type Backing, openedFor } from './backings.js';
import { type AgentRun, agentNode, runAgent } from './strands-process.js';

const READ = `query ($id: ID!) { session(sessionId: $id) { type messageCount usage { totalTokens }
  agents { agentId messages(first: 100) { edges { node { messageId role text redacted content {
    __typename ... on ToolUseBlock { name input } ... on ToolResultBlock { status content } } } } } } } }`;
const LIVE = `subscription ($id: ID!) { messageAdded(sessionId: $id) {
  __typename ... on MessageAdded { message { messageId role text } } ... on MessageUpdated { message { messageId text } } } }`;

interface Stage {
  server: RunningServer;
  /** The agent's storage, as `runAgent` takes it. */
  where: Pick<AgentRun, 'storage' | 'served'>;
  /** The same from this process. */
  storage: StrandsStorage;
}

/** A SQLite file is opened by this process alone: the agent's Node is another one, and asks it. */
async function stageOn(backing: Backing): Promise<Stage> {
  const storage = await createStrandsStorage({ ...backing.place(), mirror: true });
  const where =
    'path' in backing.elsewhere ? { served: storage } : { storage: { ...backing.elsewhere, mirror: true } };
  return { server: backing.server, storage, where };
}

const latest = (sessionId: string) =>
  `session/${sessionId}/scopes/agent/support/snapshots/snapshot_latest.json`;
const textIn = async (storage: StrandsStorage, key: string) =>
  new TextDecoder().decode((await storage.read(key)) as Uint8Array);

async function read({ server }: Stage, sessionId: string) {
  const { body } = await server.request(READ, { id: sessionId });
  expect(body.errors).toBeUndefined();
  const { session } = body.data;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what READ asks for.
  const messages = session.agents[0].messages.edges.map(({ node }: any) => node);
  return { session, messages, texts: messages.map(({ text }: { text: string }) => text) };
}

describe.skipIf(agentNode === null).each(Object.entries(BACKINGS))(
  'an agent of the Strands SDK on %s',
  (_, openBacking) => {
    const { backing } = openedFor(openBacking);
    let stage: Stage;
    beforeAll(async () => {
      stage = await stageOn(backing());
    });
    afterAll(() => stage.storage.close());

    it('is restored by a new process with its whole conversation, its state and its snapshots', async () => {
      const { where } = stage;
      const first = await runAgent({
        ...where,
        sessionId: 's',
        turns: [
          {
            say: 'Where is order 5?',
            replies: [{ tool: { id: 't1', name: 'lookup', input: { order: 5 } } }, { text: 'Sent.' }],
          },
          { say: 'Thanks', replies: [{ text: 'You are welcome.' }] },
        ],
      });
      expect(Number(first.node.slice(1).split('.')[0])).toBeGreaterThanOrEqual(22);
      expect(first.restored).toEqual([]);
      expect(first.messages).toHaveLength(6);

      const second = await runAgent({
        ...where,
        sessionId: 's',
        turns: [{ say: 'One more thing', replies: [{ text: 'Yes?' }] }],
      });
      expect(second.restored).toEqual(first.messages);
      expect(second.restoredState).toEqual({ turns: 2 });
      // The model was given all of it, and what was said now.
      expect(second.seen).toEqual([7]);
      expect(second.snapshots.slice(0, 2)).toEqual(first.snapshots);
      expect(second.snapshots).toHaveLength(3);

      const other = await runAgent({ ...where, sessionId: 'another', turns: [] });
      expect(other.restored).toEqual([]);
    });

    it('shows each message by GraphQL as it is said, to a subscriber too', async () => {
      const client = connect(stage.server.url);
      onTestFinished(async () => client.dispose());
      const live = follow(client, LIVE, { id: 'seen' });
      expect(await live.next()).toMatchObject({ __typename: 'Ready' });
      await runAgent({
        ...stage.where,
        sessionId: 'seen',
        saveLatestOn: 'message',
        turns: [
          {
            say: 'Where is order 5?',
            replies: [{ tool: { id: 't1', name: 'lookup', input: { order: 5 } } }, { text: 'Sent.' }],
          },
        ],
      });
      expect(await live.next()).toMatchObject({ __typename: 'SessionCreated' });
      for (const [messageId, role, text] of [
        [0, 'USER', 'Where is order 5?'],
        [1, 'ASSISTANT', ''],
        [2, 'USER', ''],
        [3, 'ASSISTANT', 'Sent.'],
      ]) {
        expect(await live.next()).toMatchObject({
          __typename: 'MessageAdded',
          message: { messageId, role, text },
        });
      }
      const { session, messages } = await read(stage, 'seen');
      expect(session).toMatchObject({ type: 'AGENT', messageCount: 4, usage: { totalTokens: 30 } });
      expect(session.agents.map(({ agentId }: { agentId: string }) => agentId)).toEqual(['support']);
      expect(messages.map(({ content }: { content: unknown[] }) => content)).toEqual([
        [{ __typename: 'TextBlock' }],
        [{ __typename: 'ToolUseBlock', name: 'lookup', input: { order: 5 } }],
        [
          {
            __typename: 'ToolResultBlock',
            status: 'success',
            content: [{ json: { order: 5, state: 'sent' } }],
          },
        ],
        [{ __typename: 'TextBlock' }],
      ]);
    });

    it('shows the whole conversation, each message once, where its window keeps the end of it', async () => {
      const expected: string[] = [];
      for (const process of [0, 1, 2]) {
        const turns = [0, 1].map((turn) => ({
          say: `question ${process}.${turn}`,
          replies: [{ text: `answer ${process}.${turn}` }],
        }));
        expected.push(...turns.flatMap(({ say, replies }) => [say, replies[0]?.text as string]));
        const { messages } = await runAgent({ ...stage.where, sessionId: 'long', windowSize: 4, turns });
        expect(messages.length).toBeLessThanOrEqual(4);
      }
      expect((await read(stage, 'long')).texts).toEqual(expected);
    });

    it('shows nothing of what a guardrail refused, though it was shown before the model had answered', async () => {
      const live = { saveLatestOn: 'message', sessionId: 'refused' } as const;
      await runAgent({ ...stage.where, ...live, turns: [{ say: 'Hello', replies: [{ text: 'Hi.' }] }] });
      await runAgent({
        ...stage.where,
        ...live,
        turns: [{ say: 'my card is 4111', replies: [{ text: 'I cannot help.', redactInput: '[removed]' }] }],
      });
      const { texts, messages } = await read(stage, 'refused');
      expect(texts).toEqual(['Hello', 'Hi.', '[removed]', 'I cannot help.']);
      expect(messages.map(({ redacted }: { redacted: boolean }) => redacted)).toEqual([
        false,
        false,
        true,
        false,
      ]);
      // By its words: digits may stand in a tracking id.
      expect(await textIn(stage.storage, latest('refused'))).not.toContain('my card');
    });

    it('begins anew after its session was deleted', async () => {
      const turns = [{ say: 'Hello', replies: [{ text: 'Hi.' }] }];
      await runAgent({ ...stage.where, sessionId: 'gone', turns });
      expect(await stage.storage.list('session/gone/')).toHaveLength(2);
      const DELETE = 'mutation { deleteSession(input: { sessionId: "gone" }) { __typename } }';
      expect((await stage.server.request(DELETE)).body.errors).toBeUndefined();
      expect(await stage.storage.list('session/gone/')).toEqual([]);
      expect(await runAgent({ ...stage.where, sessionId: 'gone', turns })).toMatchObject({ restored: [] });
      expect((await read(stage, 'gone')).texts).toEqual(['Hello', 'Hi.']);
    });
  },
);

describe('the storage', () => {
  const inMemory = async (mirror = false) => {
    const store = openMemoryStore(emptyDatabase());
    return { store, storage: await createStrandsStorage({ store, mirror }) };
  };

  it('is a Storage of the SDK, by its type', async () => {
    const storage: Storage = (await inMemory()).storage;
    await storage.write('key', new Uint8Array([1, 2]));
    expect(await storage.read('key')).toEqual(new Uint8Array([1, 2]));
    expect(await storage.list('')).toEqual(['key']);
    await storage.delete('key');
    expect(await storage.read('key')).toBeNull();
  });

  it.each([
    ['is empty', '', 'must not be empty'],
    ['is too long', 'k'.repeat(2049), '2049 characters; at most 2048'],
    ['holds a NUL', 'a\0b', 'NUL'],
    ['is no whole text', '\ud800', 'lone surrogate'],
  ])('refuses a key that %s before any database is asked', async (_, key, reason) => {
    const { storage, store } = await inMemory();
    await store.close();
    const refusal = { code: 'INVALID_NAME', message: expect.stringContaining(reason) };
    await expect(storage.write(key, new Uint8Array())).rejects.toMatchObject(refusal);
    await expect(storage.read(key)).rejects.toMatchObject(refusal);
    await expect(storage.delete(key)).rejects.toMatchObject(refusal);
    if (key !== '') await expect(storage.list(key)).rejects.toMatchObject(refusal);
  });

  it('leaves a store open that was handed to it, and closes its own', async () => {
    const { store, storage } = await inMemory();
    await storage.close();
    await store.sessions.ping();

    const folder = await makeTempFolder();
    onTestFinished(() => folder.remove());
    const own = await createStrandsStorage({ path: `${folder.path}/own.db` });
    await own.write('key', new Uint8Array([1]));
    await own.close();
    await expect(own.read('key')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const again = await createStrandsStorage({ path: `${folder.path}/own.db` });
    expect(await again.read('key')).toEqual(new Uint8Array([1]));
    await again.close();
  });

  it.each([
    [{}, 'exactly one of path, connectionString, client, store'],
    [{ path: ':memory:' }, 'path cannot be used: it takes the path of a file'],
    [{ connectionString: 'http://user:hunter2@host' }, 'connectionString cannot be used: it takes a URI'],
    [{ connectionString: 'mongodb://h', databaseName: 'a b' }, 'databaseName cannot be used'],
    [{ connectionString: 'mongodb://h', collectionName: '$x' }, 'collectionName cannot be used'],
  ])('refuses %j and says what would be right', async (options, reason) => {
    const refused = createStrandsStorage(options as StrandsStorageOptions).catch((error) => error);
    expect(await refused).toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringContaining(reason) });
    expect((await refused).message).not.toContain('hunter2');
  });

  it('leaves the indexes of metadata as the server has declared them', async () => {
    const folder = await makeTempFolder();
    const server = await startServer({ sqlitePath: `${folder.path}/parley.db`, metadataIndexes: ['topic'] });
    onTestFinished(async () => {
      await server.stop();
      await folder.remove();
    });
    const { default: Database } = await import('better-sqlite3');
    const indexes = () => {
      const db = new Database(server.sqlitePath, { readonly: true });
      const names = db
        .prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'metadata_of_%'")
        .pluck()
        .all();
      db.close();
      return names;
    };
    const declared = indexes();
    expect(declared).toHaveLength(2);
    await (await createStrandsStorage({ path: server.sqlitePath })).close();
    expect(indexes()).toEqual(declared);
  });

  it('shows nothing in the session without `mirror`', async () => {
    const { storage, store } = await inMemory(false);
    await storage.write(latest('quiet'), new TextEncoder().encode('{"data":{"messages":[]}}'));
    expect(await store.sessions.loadSessions(['quiet'])).toEqual([null]);
  });
});
