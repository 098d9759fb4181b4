// Makes one change of a conversation and is killed at one of its writes: reads {elsewhere, sessionId, does, dies} from its first message.
// `dies`: at which append, and whether before it is sent, while it is, or when it is carried out.
import { createClient } from '../../dist/client/index.js';
import { openDatabase } from '../../dist/library/database.js';

/** The call as it was, but for the one at which the process is killed. */
function dying(call, { append, when }) {
  let count = 0;
  return async (...args) => {
    if (++count !== append) return call(...args);
    if (when === 'before') return kill();
    const carried = call(...args);
    await (when === 'during' ? new Promise((resolve) => setImmediate(resolve)) : carried);
    return kill();
  };
}

function kill() {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

async function placeOf({ serverUrl, ...database }, dies) {
  if (serverUrl) {
    const client = createClient({ url: serverUrl });
    const append = dying((...args) => client.mutate(...args), dies);
    const mutate = (document, ...args) =>
      document.includes('appendMessages') ? append(document, ...args) : client.mutate(document, ...args);
    return { server: { ...client, mutate } };
  }
  const store = await openDatabase(database);
  const appendMessages = dying((...args) => store.sessions.appendMessages(...args), dies);
  const sessions = new Proxy(store.sessions, {
    get(target, key) {
      if (key === 'appendMessages') return appendMessages;
      const member = target[key];
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { store: { ...store, sessions } };
}

const CHANGES = {
  async openai({ method, argument }, place) {
    const { openSession } = await import('../../dist/adapters/openai-agents/index.js');
    const session = await openSession(place);
    await session.getItems();
    await session[method](argument);
  },
  async ai({ messages }, place) {
    const { openChat } = await import('../../dist/adapters/ai-sdk/index.js');
    const chat = await openChat(place);
    await chat.load();
    await chat.save(messages);
  },
  async strands({ key, data }, place) {
    const { createStrandsStorage } = await import('../../dist/adapters/strands/index.js');
    const storage = await createStrandsStorage({ ...place, mirror: true });
    await storage.read(key);
    await storage.write(key, data);
  },
};

process.once('message', async ({ elsewhere, sessionId, does, dies }) => {
  try {
    await CHANGES[does.of](does, { ...(await placeOf(elsewhere, dies)), sessionId });
    throw new Error('it was not killed');
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
});
