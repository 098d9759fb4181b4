import { join } from 'node:path';
import { compare } from './harness.mjs';
import { APPEND } from './live-operations.mjs';
import { query, script, startNode, startParley } from './processes.mjs';
import { textOf } from './service.mjs';
import { makeFolder } from './workspace.mjs';

const ROUND_MS = 1_500;
const SESSIONS = 200;

/** Mutations per second over one connection, each of which keeps one message of 1 kB, against mercurius with one insert. */
export async function compareAppendsOverHttp() {
  const { folder, remove } = makeFolder();
  const parley = await startParley(join(folder, 'parley.db'), {
    core: 0,
    env: { SQLITE_SYNCHRONOUS: 'FULL' },
  });
  const mercurius = startNode([script('mercurius-appends.mjs'), join(folder, 'raw.db')], { core: 0 });
  const load = startNode([script('load.mjs')], { core: 1 });
  const variablesOf = (n) => ({
    input: {
      sessionId: `session-${n}`,
      agentId: 'support',
      createIfMissing: true,
      messages: [{ role: 'USER', text: textOf(n) }],
    },
  });
  try {
    const peerUrl = await mercurius.url();
    for (const url of [parley.url, peerUrl]) await query(url, APPEND, variablesOf(0));
    const bodies = Array.from({ length: SESSIONS }, (_, n) =>
      JSON.stringify({ query: APPEND, variables: variablesOf(n) }),
    );
    const measure = (url) => load.ask({ url, bodies, connections: 1, ms: ROUND_MS });
    return await compare({ ours: () => measure(parley.url), theirs: () => measure(peerUrl) });
  } finally {
    await Promise.all([parley.stop(), mercurius.stop(), load.stop()]);
    remove();
  }
}
