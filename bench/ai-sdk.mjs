import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { openChat } from '../dist/adapters/ai-sdk/index.js';
import { openStore } from '../dist/index.js';
import { compare, medianTime } from './harness.mjs';
import { makeFolder } from './workspace.mjs';

/** Turns of one chat before the next one begins. */
const TURNS = 10;
const LOADED = 1_000;

const PARTS = [
  { type: 'text', text: 'Where is my order? '.repeat(20) },
  {
    type: 'tool-lookup',
    toolCallId: 'c1',
    state: 'output-available',
    input: { order: 5 },
    output: { sent: 'on Monday', note: 'by air mail '.repeat(20) },
  },
];
const messageAt = (n) => ({
  id: `m-${n}`,
  role: n % 2 ? 'assistant' : 'user',
  parts: PARTS.slice(0, 1 + (n % 2)),
});

/** A turn of a chat: its messages are loaded, and saved with four more. */
export const compareTurns = () =>
  withBoth(async (chats) => {
    const turnsOf = (kind, place) => {
      let turn = 0;
      return () =>
        medianTime(async () => {
          const chat = await place(`${kind}-${Math.floor(turn++ / TURNS)}`);
          const list = await chat.load();
          for (let n = 0; n < 4; n++) list.push(messageAt(list.length));
          await chat.save(list);
        }, 100);
    };
    return compare({ ours: turnsOf('ours', chats.ours), theirs: turnsOf('theirs', chats.theirs) });
  });

/** A chat of a thousand messages is loaded. */
export const compareLoads = () =>
  withBoth(async (chats) => {
    const list = Array.from({ length: LOADED }, (_, n) => messageAt(n));
    for (const place of [chats.ours, chats.theirs]) await (await place('long')).save(list);
    const loads = (place) => () => medianTime(async () => (await place('long')).load(), 20);
    return compare({ ours: loads(chats.ours), theirs: loads(chats.theirs) });
  });

async function withBoth(run) {
  const { folder, remove } = makeFolder();
  const store = await openStore({ sqlite: { path: join(folder, 'parley.db'), synchronous: 'FULL' } });
  try {
    return await run({
      ours: (sessionId) => openChat({ store, sessionId }),
      theirs: async (id) => fileOf(join(folder, `${id}.json`)),
    });
  } finally {
    await store.close();
    remove();
  }
}

/** The chat store of the SDK's own documentation: a file for each chat, written whole; here it is on the disk before it returns. */
const fileOf = (path) => ({
  load: async () => JSON.parse(await readFile(path, 'utf8').catch(() => '[]')),
  async save(list) {
    const file = await open(`${path}.new`, 'w');
    await file.writeFile(JSON.stringify(list, null, 2));
    await file.sync();
    await file.close();
    await rename(`${path}.new`, path);
  },
});
