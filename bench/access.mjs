import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from './harness.mjs';
import { APPEND, REPORT_CPU, SUBSCRIPTION, TURN } from './live-operations.mjs';
import { makeKey, query, script, startNode, startParley } from './processes.mjs';
import { fill, QUERY, SESSIONS, sessionId } from './typical-query.mjs';
import { makeFolder } from './workspace.mjs';

const ROUND_MS = 2_000;
const CONNECTIONS = 32;
const SUBSCRIBERS = 1_000;
const TURNS = 10;

/** Two servers on copies of one file: one asks for a key, the other asks nobody. `withServers(guarded, open)`. */
async function withServers(work) {
  const { folder, remove } = makeFolder();
  const [guardedPath, openPath] = [join(folder, 'guarded.db'), join(folder, 'open.db')];
  await fill(guardedPath);
  copyFileSync(guardedPath, openPath);
  // Limited by what stands in the session, so that each has to be looked at.
  const authorization = makeKey(guardedPath, '--scopes', 'read,append', '--application', 'shop');
  const [guarded, open] = [
    await startParley(guardedPath, { core: 0, nodeArgs: REPORT_CPU }),
    await startParley(openPath, { core: 0, nodeArgs: REPORT_CPU }),
  ];
  try {
    return await work({ ...guarded, authorization }, { ...open, authorization: undefined });
  } finally {
    await Promise.all([guarded.stop(), open.stop()]);
    remove();
  }
}

/** Requests per second of the typical query, with a limited key against without any. */
export function compareGuardedQueries() {
  return withServers(async (guarded, open) => {
    const load = startNode([script('load.mjs')], { core: 1 });
    const bodies = Array.from({ length: SESSIONS }, (_, n) =>
      JSON.stringify({ query: QUERY, variables: { id: sessionId(n) } }),
    );
    const measure = ({ url, authorization }) =>
      load.ask({ url, bodies, connections: CONNECTIONS, ms: ROUND_MS, authorization });
    try {
      return await compare({ ours: () => measure(guarded), theirs: () => measure(open) });
    } finally {
      await load.stop();
    }
  });
}

/** Processor time for each event that a subscriber gets, in µs, with a limited key against without any. */
export function compareGuardedEvents() {
  return withServers(async (guarded, open) => {
    const crowd = startNode([script('subscribers.mjs')], { core: 1 });
    const id = sessionId(7);
    const message = { role: 'ASSISTANT', text: 'x'.repeat(1_000) };
    const input = {
      sessionId: id,
      agentId: 'support',
      messages: Array.from({ length: TURN }, () => message),
    };
    const measure = async ({ url, authorization, ask }) => {
      await crowd.ask({ do: 'open', url, ids: [id], count: SUBSCRIBERS, query: SUBSCRIPTION, authorization });
      let frames = 0;
      const tell = async () => {
        frames += SUBSCRIBERS * TURN;
        const arrived = crowd.ask({ do: 'expect', frames });
        await query(url, APPEND, { input }, authorization);
        await arrived;
      };
      await tell();
      const before = await ask('cpu');
      for (let turn = 0; turn < TURNS; turn++) await tell();
      const used = (await ask('cpu')) - before;
      await crowd.ask({ do: 'close' });
      return used / (SUBSCRIBERS * TURN * TURNS);
    };
    try {
      return await compare({ ours: () => measure(guarded), theirs: () => measure(open) });
    } finally {
      await crowd.stop();
    }
  });
}
