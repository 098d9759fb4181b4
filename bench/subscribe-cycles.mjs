import { join } from 'node:path';
import { compareWithin } from './harness.mjs';
import { script, startNode, startParley } from './processes.mjs';
import { makeFolder } from './workspace.mjs';

const CYCLES = 10_000;
const SOCKETS = 20;
const SESSIONS = 500;
const NODE_ARGS = ['--expose-gc', '--import', new URL('./report-memory.mjs', import.meta.url).href];

/** kB of the server's heap and buffers after 10,000 subscriptions were opened and completed, against before. */
export async function compareCycles() {
  const { folder, remove } = makeFolder();
  const client = startNode([script('cycling-client.mjs')], { core: 1 });
  try {
    return await compareWithin({
      rounds: 2,
      async both() {
        const parley = await startParley(join(folder, 'parley.db'), { nodeArgs: NODE_ARGS });
        try {
          const cycle = (cycles) =>
            client.ask({ url: parley.url, cycles, sockets: SOCKETS, sessions: SESSIONS });
          // The first ones make what all later ones use: compiled code, caches that have their full size.
          await cycle(CYCLES / 2);
          const before = await parley.ask('memory');
          await cycle(CYCLES);
          const after = await parley.ask('memory');
          return { ours: after.used / 1_000, theirs: before.used / 1_000 };
        } finally {
          await parley.stop();
        }
      },
    });
  } finally {
    await client.stop();
    remove();
  }
}
