import { deepStrictEqual } from 'node:assert';
import { join } from 'node:path';
import { compare } from './harness.mjs';
import { query, script, startNode, startParley } from './processes.mjs';
import { openService, textOf } from './service.mjs';
import { makeFolder } from './workspace.mjs';

const SESSIONS = 500;
const PAGE = 50;
const CONVERSATION = 200;
const ROUND_MS = 2_000;
const CONNECTIONS = 8;

const DASHBOARD = `query Dashboard {
  sessions(first: ${PAGE}, orderBy: {field: UPDATED_AT, direction: DESC}) {
    nodes { sessionId updatedAt agents { agentId messages(last: 1) { nodes { messageId role text createdAt } } } }
  }
}`;

const BLOCKS = `query Conversation($id: ID!) {
  session(sessionId: $id) {
    sessionId
    agents { agentId messages(last: ${CONVERSATION}) { nodes { messageId role createdAt content {
      __typename
      ... on TextBlock { text }
      ... on ToolUseBlock { toolUseId name input }
      ... on ToolResultBlock { toolUseId status content }
      ... on ReasoningBlock { text signature }
      ... on ImageBlock { format bytes }
      ... on DocumentBlock { format name bytes }
      ... on CitationsBlock { text citations }
      ... on CachePointBlock { type }
    } } } }
  }
}`;

/** Requests per second for a page of sessions with their agents and each agent's last message. */
export const compareDashboard = () => compareAnswers(DASHBOARD, {}, fillSessions);

/** The same for the last messages of one conversation, about 1 kB each, with blocks of all kinds. */
export const compareConversation = () => compareAnswers(BLOCKS, { id: 'session' }, fillConversation);

async function compareAnswers(text, variables, fill) {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'parley.db');
  await fill(path);
  const parley = await startParley(path, { core: 0 });
  const mercurius = startNode([script('mercurius-lists.mjs'), path], { core: 0 });
  const load = startNode([script('load.mjs')], { core: 1 });
  try {
    const peerUrl = await mercurius.url();
    const answer = await query(parley.url, text, variables);
    // What comes first takes another way than all that follow.
    deepStrictEqual(await query(parley.url, text, variables), answer, 'the second answer is the first');
    deepStrictEqual(answer, await query(peerUrl, text, variables), 'both give the same answer');
    console.log(`an answer is ${JSON.stringify(answer).length.toLocaleString('en')} bytes`);
    const bodies = [JSON.stringify({ query: text, variables })];
    const measure = (url) => load.ask({ url, bodies, connections: CONNECTIONS, ms: ROUND_MS });
    return await compare({ ours: () => measure(parley.url), theirs: () => measure(peerUrl) });
  } finally {
    await Promise.all([parley.stop(), mercurius.stop(), load.stop()]);
    remove();
  }
}

async function fillSessions(path) {
  const { service, close } = await openService(path, { synchronous: 'NORMAL' });
  for (let n = 0; n < SESSIONS; n++) {
    for (const agentId of ['support', 'billing']) {
      await service.appendMessages({
        sessionId: `session-${n}`,
        agentId,
        createIfMissing: true,
        messages: [
          { role: 'user', text: textOf(n, 200) },
          { role: 'assistant', text: textOf(n, 200) },
        ],
      });
    }
  }
  await close();
}

/** Each of about 1 kB. */
const CONTENTS = [
  (n) => [{ text: textOf(n) }],
  (n) => [
    { reasoningContent: { reasoningText: { text: textOf(n, 500), signature: `s${n}` } } },
    { toolUse: { toolUseId: `t${n}`, name: 'search', input: { query: textOf(n, 300), limit: n } } },
  ],
  (n) => [
    {
      toolResult: {
        toolUseId: `t${n}`,
        status: 'success',
        content: [{ text: textOf(n, 800) }, { json: { n } }],
      },
    },
  ],
  (n) => [
    { text: textOf(n, 300) },
    { image: { format: 'png', source: { bytes: Buffer.from(textOf(n, 500)).toString('base64') } } },
  ],
  (n) => [
    {
      document: {
        format: 'txt',
        name: `d${n}`,
        source: { bytes: Buffer.from(textOf(n, 500)).toString('base64') },
      },
    },
    { cachePoint: { type: 'default' } },
  ],
  (n) => [
    {
      citationsContent: {
        content: [{ text: textOf(n, 700) }],
        citations: [{ title: `c${n}`, source: textOf(n, 200) }],
      },
    },
  ],
];

async function fillConversation(path) {
  const { service, close } = await openService(path, { synchronous: 'NORMAL' });
  for (let n = 0; n < CONVERSATION; n += 100) {
    await service.appendMessages({
      sessionId: 'session',
      agentId: 'support',
      createIfMissing: true,
      messages: Array.from({ length: 100 }, (_, m) => ({
        role: m % 2 === 0 ? 'user' : 'assistant',
        content: CONTENTS[(n + m) % CONTENTS.length](n + m),
      })),
    });
  }
  await close();
}
