import { deepStrictEqual } from 'node:assert';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare } from './harness.mjs';
import { REPORT_CPU } from './live-operations.mjs';
import { query, startNode, startParley } from './processes.mjs';
import { openService, textOf } from './service.mjs';
import { makeFolder } from './workspace.mjs';

export const SESSIONS = 200;
const AGENTS = ['support', 'billing'];
/** Twice the page, so that the page has to be found. */
const MESSAGES = 40;
const TEXT_LENGTH = 300;
const ROUND_MS = 2_000;
const SHORT_ROUND_MS = 1_000;
const CONNECTIONS = 32;

export const QUERY = `query Typical($id: ID!) {
  session(sessionId: $id) {
    sessionId applicationName createdAt updatedAt
    agents { agentId model messages(last: 20) { nodes { messageId role text createdAt } } }
  }
}`;

/** As little as one asks for. */
export const SMALL_QUERY = `query Small($id: ID!) { session(sessionId: $id) { sessionId applicationName } }`;

/** Requests per second, Parley's and mercurius', each on the first core; the load on the second. */
export function compareQueries(text) {
  const startPeer = async (path) => {
    const mercurius = startNode([file('mercurius-server.mjs'), path], { core: 0 });
    return { ...mercurius, url: await mercurius.url() };
  };
  return compareServers(text, startPeer, 7, (load, { url }) => load({ url, ms: ROUND_MS }));
}

/** Processor time of a request, against Parley without its calls of tracing; no SDK is there. */
export function compareTracing() {
  const startPeer = (path) =>
    startParley(path, { core: 0, nodeArgs: [...REPORT_CPU, '--import', file('no-tracing.mjs')] });
  return compareServers(QUERY, startPeer, 15, async (load, server) => {
    const before = await server.ask('cpu');
    const rate = await load({ url: server.url, ms: SHORT_ROUND_MS });
    return ((await server.ask('cpu')) - before) / ((rate * SHORT_ROUND_MS) / 1_000);
  });
}

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

/** `figure` measures one server, given what puts a load on an address for some time and answers with requests per second. */
async function compareServers(text, startPeer, rounds, figure) {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'parley.db');
  await fill(path);
  const parley = await startParley(path, { core: 0, nodeArgs: REPORT_CPU });
  const peer = await startPeer(path);
  const generator = startNode([file('load.mjs')], { core: 1 });
  try {
    const id = sessionId(7);
    const answer = await query(parley.url, text, { id });
    // What comes first takes another way than all that follow.
    deepStrictEqual(await query(parley.url, text, { id }), answer, 'the second answer is the first');
    deepStrictEqual(answer, await query(peer.url, text, { id }), 'both give the same answer');
    console.log(`an answer is ${JSON.stringify(answer).length.toLocaleString('en')} bytes`);

    const bodies = Array.from({ length: SESSIONS }, (_, n) =>
      JSON.stringify({ query: text, variables: { id: sessionId(n) } }),
    );
    const load = (question) => generator.ask({ bodies, connections: CONNECTIONS, ...question });
    return await compare({
      rounds,
      ours: () => figure(load, parley),
      theirs: () => figure(load, peer),
    });
  } finally {
    await Promise.all([parley.stop(), peer.stop(), generator.stop()]);
    remove();
  }
}

export const sessionId = (n) => `session-${n}`;

export async function fill(path) {
  const { service, close } = await openService(path, { synchronous: 'NORMAL' });
  for (let n = 0; n < SESSIONS; n++) {
    await service.createSession({
      sessionId: sessionId(n),
      sessionType: 'AGENT',
      applicationName: 'shop',
      metadata: {},
    });
    for (const agentId of AGENTS) {
      await service.appendMessages({
        sessionId: sessionId(n),
        agentId,
        createIfMissing: true,
        messages: Array.from({ length: MESSAGES }, (_, m) => ({
          role: m % 2 === 0 ? 'user' : 'assistant',
          text: textOf(m, TEXT_LENGTH),
        })),
      });
    }
  }
  await close();
}
