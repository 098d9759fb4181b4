// As a program of its own it reads {elsewhere, does, …} from its first message: `load` answers with the transcripts of `keys`, `append`
// appends `batches` in turn, killed behind the one that `dieAfter` counts, `sdk` answers with what the SDK's own functions say, of the
// SDK whose module is `sdk`.
import { InMemorySessionStore } from '@anthropic-ai/claude-agent-sdk';
import { answers, inPlace } from './child-program.mjs';

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

async function main({ elsewhere, does, ...input }) {
  const { openSessionStore } = await import('../../dist/adapters/claude-agent-sdk/index.js');
  return inPlace(elsewhere, async (place) => {
    const store = await openSessionStore(place);
    const result = await WORK[does](store, input);
    await store.close();
    return result ?? 'done';
  });
}

answers(import.meta.url, main);
