import { deepStrictEqual } from 'node:assert';
import { join } from 'node:path';
import { compare } from './harness.mjs';
import { query, script, startNode, startParley } from './processes.mjs';
import { openService, textOf } from './service.mjs';
import { makeFolder } from './workspace.mjs';

export const SESSIONS = 200;
const AGENTS = ['support', 'billing'];
/** Twice the page, so that the page has to be found. */
const MESSAGES = 40;
const TEXT_LENGTH = 300;
const ROUND_MS = 2_000;
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
export async function compareQueries(text) {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'parley.db');
  await fill(path);
  const parley = await startParley(path, { core: 0 });
  const mercurius = startNode([script('mercurius-server.mjs'), path], { core: 0 });
  const generator = startNode([script('load.mjs')], { core: 1 });
  try {
    const peer = await mercurius.url();
    const id = sessionId(7);
    const answer = await query(parley.url, text, { id });
    // What comes first takes another way than all that follow.
    deepStrictEqual(await query(parley.url, text, { id }), answer, 'the second answer is the first');
    deepStrictEqual(answer, await query(peer, text, { id }), 'both give the same answer');
    console.log(`an answer is ${JSON.stringify(answer).length.toLocaleString('en')} bytes`);

    const bodies = Array.from({ length: SESSIONS }, (_, n) =>
      JSON.stringify({ query: text, variables: { id: sessionId(n) } }),
    );
    const load = (url) => generator.ask({ url, bodies, connections: CONNECTIONS, ms: ROUND_MS });
    return await compare({ ours: () => load(parley.url), theirs: () => load(peer) });
  } finally {
    await Promise.all([parley.stop(), mercurius.stop(), generator.stop()]);
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
