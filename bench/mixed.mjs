import { join } from 'node:path';
import { compare, describeNumber, quantile } from './harness.mjs';
import { script, startNode, startParley } from './processes.mjs';
import { makeFolder } from './workspace.mjs';

const SECONDS = 6;

/**
 * The p99 in ms of whatever 32 readers, 50 appends a second and 1,000 followers of 100 sessions wait for: of an answer, and of an event
 * from its append on. The largest of the three is the figure; each has a line.
 */
export async function compareMixed() {
  const { folder, remove } = makeFolder();
  const client = startNode([script('mixed-client.mjs')], { core: 1 });
  const p99 = async (name, url) => {
    const times = await client.ask({ url, seconds: SECONDS });
    const each = Object.entries(times).map(([what, list]) => [what, quantile(list, 0.99)]);
    console.log(`${name}: p99 of ${each.map(([what, ms]) => `${what} ${describeNumber(ms)} ms`).join(', ')}`);
    return Math.max(...each.map(([, ms]) => ms));
  };
  const parley = await startParley(join(folder, 'parley.db'), {
    core: 0,
    env: { SQLITE_SYNCHRONOUS: 'FULL' },
  });
  const mercurius = startNode([script('mercurius-appends.mjs'), join(folder, 'raw.db')], { core: 0 });
  try {
    const peerUrl = await mercurius.url();
    return await compare({
      rounds: 3,
      ours: () => p99('parley', parley.url),
      theirs: () => p99('mercurius', peerUrl),
    });
  } finally {
    await Promise.all([parley.stop(), mercurius.stop(), client.stop()]);
    remove();
  }
}
