// As a program of its own it reads {elsewhere, does, …} from its first message: `load` answers with the transcripts of `keys`, `append`
// appends `batches` in turn, killed behind the one that `dieAfter` counts, `sdk` answers with what the SDK's own functions say, of the
// SDK whose module is `sdk`.
import { InMemorySessionStore } from '@anthropic-ai/claude-agent-sdk';

async function openStore(elsewhere) {
  const [{ openSessionStore }, { createClient }] = await Promise.all([
    import('../../dist/adapters/claude-agent-sdk/index.js'),
    import('../../dist/client/index.js'),
  ]);
  const client = elsewhere.serverUrl ? createClient({ url: elsewhere.serverUrl }) : null;
  const store = await openSessionStore(client ? { server: client } : elsewhere);
  return {
    store,
    async close() {
      await store.close();
      await client?.close();
    },
  };
}

/** What a local session becomes in a store, by the functions of the SDK alone. Ids that it makes are told by their kind. */
async function storyOf(sdk, sessionStore, { sessionId, dir }) {
  const options = { dir, sessionStore };
  const { importSessionToStore, listSessions, getSessionInfo, getSessionMessages, listSubagents } = sdk;
  await importSessionToStore(sessionId, sessionStore, { dir, batchSize: 40 });
  const [agentId] = await listSubagents(sessionId, options);
  const imported = {
    messages: await getSessionMessages(sessionId, options),
    all: await getSessionMessages(sessionId, { ...options, includeSystemMessages: true }),
    subagent: await sdk.getSubagentMessages(sessionId, agentId, options),
    info: await getSessionInfo(sessionId, options),
  };
  const fork = await sdk.forkSession(sessionId, options);
  await sdk.renameSession(fork.sessionId, 'The fork', options);
  await sdk.tagSession(fork.sessionId, 'tried', options);
  const forked = {
    said: (await getSessionMessages(fork.sessionId, options)).map(({ type, message }) => [type, message]),
    info: await getSessionInfo(fork.sessionId, options),
    listed: await listSessions(options),
  };
  await sdk.deleteSession(fork.sessionId, options);
  const left = await listSessions(options);
  await sdk.deleteSession(sessionId, options);
  const told = { imported, forked, left, none: await listSessions(options) };
  return JSON.parse(JSON.stringify(told, without(fork.sessionId)));
}

/** Times are of the store's clock, and ids of the fork its own. */
const without = (forkId) => (key, value) =>
  key === 'lastModified' || key === 'createdAt' ? typeof value : value === forkId ? 'the fork' : value;

const WORK = {
  load: async (store, { keys }) => Promise.all(keys.map((key) => store.load(key))),
  async append(store, { batches, dieAfter }) {
    for (const [index, { key, entries }] of batches.entries()) {
      await store.append(key, entries);
      if (index + 1 === dieAfter) process.kill(process.pid, 'SIGKILL');
    }
  },
  async sdk(store, { sdk, configFolder, ...of }) {
    process.env.CLAUDE_CONFIG_DIR = configFolder;
    const module = await import(sdk);
    return {
      here: await storyOf(module, store, of),
      own: await storyOf(module, new InMemorySessionStore(), of),
    };
  },
};

process.once('message', async ({ elsewhere, does, ...input }) => {
  const { store, close } = await openStore(elsewhere);
  process.send((await WORK[does](store, input)) ?? 'done');
  await close();
  process.disconnect();
});
