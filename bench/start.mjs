import { join } from 'node:path';
import { compare } from './harness.mjs';
import { query, script, startNode, startParley } from './processes.mjs';
import { makeFolder } from './workspace.mjs';

const QUERY = '{ session(sessionId: "none") { sessionId } }';

/** Milliseconds from the start of the process until a query has its answer, on a file that is there already. */
export async function compareStarts() {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'parley.db');
  const answered = async (start) => {
    const begin = performance.now();
    const { server, url } = await start();
    await query(url, QUERY, {});
    const took = performance.now() - begin;
    await server.stop();
    return took;
  };
  const ours = async () => {
    const server = await startParley(path, { core: 0 });
    return { server, url: server.url };
  };
  const theirs = async () => {
    const server = startNode([script('mercurius-start.mjs'), path], { core: 0 });
    return { server, url: await server.url() };
  };
  try {
    // Makes the file.
    await answered(ours);
    return await compare({ rounds: 9, ours: () => answered(ours), theirs: () => answered(theirs) });
  } finally {
    remove();
  }
}
