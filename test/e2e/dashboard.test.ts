import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSessionService } from '../../src/domain/sessions/session-service.js';
import type { SessionStore } from '../../src/domain/sessions/session-store.js';
import type { RequestContext } from '../../src/graphql/context.js';
import { createCursorCodec } from '../../src/graphql/cursor.js';
import { createMask } from '../../src/graphql/errors.js';
import { createLoaders } from '../../src/graphql/loading/loaders.js';
import { createSchema } from '../../src/graphql/schema.js';
import { createApolloServer } from '../../src/graphql/server.js';
import type { OpenedStore } from '../../src/stores/open-store.js';
import { openStore } from '../../src/stores/open-store.js';
import { makeTempFolder } from '../support/temp-folder.js';

const log = pino({ level: 'silent' });
const apollo = createApolloServer(createSchema(), createMask(log));
let opened: OpenedStore;
let folder: Awaited<ReturnType<typeof makeTempFolder>>;
let calls: string[] = [];

beforeAll(async () => {
  folder = await makeTempFolder();
  opened = await openStore({
    sqlite: { path: `${folder.path}/p.db`, synchronous: 'NORMAL' },
    metadataIndexes: [],
    log,
  });
  const service = createSessionService({
    store: opened.sessions,
    now: () => new Date(),
    randomBytes: Buffer.alloc,
    newId: () => '',
  });
  for (let session = 0; session < 50; session++) {
    for (let agent = 0; agent <= session % 4; agent++) {
      const messages = Array.from({ length: 3 }, (_, index) => ({
        role: 'user' as const,
        text: `m${index}`,
      }));
      const idempotencyKey = `${session}-${agent}`;
      await service.appendMessages({
        sessionId: `s${session}`,
        agentId: `a${agent}`,
        messages,
        createIfMissing: true,
        idempotencyKey,
      });
    }
  }
});
afterAll(async () => {
  await apollo.stop();
  await opened.close();
  await folder.remove();
});

async function run(query: string, variables: Record<string, unknown> = {}) {
  calls = [];
  const store = new Proxy(opened.sessions, {
    get:
      (target, name: keyof SessionStore) =>
      // biome-ignore lint/suspicious/noExplicitAny: any method of the store is passed on.
      (...given: any[]) => {
        calls.push(name);
        // biome-ignore lint/suspicious/noExplicitAny: as above.
        return (target[name] as any)(...given);
      },
  });
  const service = createSessionService({
    store,
    now: () => new Date(),
    randomBytes: Buffer.alloc,
    newId: () => '',
  });
  const contextValue = {
    begin() {},
    service,
    loaders: createLoaders({ service, replies: { listReplies: async () => [] } }),
    cursors: createCursorCodec(Buffer.alloc(32)),
    log,
  } as Partial<RequestContext> as RequestContext;
  const { body } = await apollo.executeOperation({ query, variables }, { contextValue });
  if (body.kind !== 'single') throw new Error('one result was expected');
  expect(body.singleResult.errors).toBeUndefined();
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the query asks for.
  return body.singleResult.data as any;
}

describe("a dashboard's page of 50 sessions with their agents and last messages", () => {
  it.each([
    [
      'through nodes',
      '{ sessions(first: 50) { nodes { agents { messages(last: 1) { nodes { text } } } } } }',
    ],
    [
      'through edges',
      '{ sessions(first: 50) { edges { node { agents { messages(last: 1) { edges { node { text } } } } } } } }',
    ],
    [
      'through fragments',
      '{ sessions(first: 50) { nodes { ...S } } } fragment S on Session { agents { ...A } } fragment A on Agent { ... on Agent { messages(last: 1) { nodes { text } } } }',
    ],
    [
      'with several pages under aliases',
      '{ sessions(first: 50) { nodes { agents { head: messages(first: 1) { nodes { text } } tail: messages(last: 2) { nodes { text } } } } } }',
    ],
    [
      'with its size in a variable',
      'query ($n: Int = 1) { sessions(first: 50) { nodes { agents { messages(last: $n) { nodes { text } } } } } }',
    ],
    [
      'with counts and feedback',
      '{ sessions(first: 50) { nodes { messageCount feedback { rating } agents { messageCount messages(last: 1) { totalCount nodes { text } } } } } }',
    ],
  ])('costs two statements %s', async (_how, query) => {
    const { sessions } = await run(query);
    const page = sessions.nodes ?? sessions.edges.map(({ node }: { node: unknown }) => node);
    expect(page).toHaveLength(50);
    expect(page.every((session: { agents: unknown[] }) => session.agents.length > 0)).toBe(true);
    expect(calls).toEqual(['findSessions', 'loadAgents']);
  });

  it('costs one statement without agents, and counts only when asked', async () => {
    await run('{ sessions(first: 50) { nodes { sessionId } } }');
    expect(calls).toEqual(['findSessions']);
    await run('{ sessions(first: 50) { totalCount } }');
    expect(calls.sort()).toEqual(['countSessions', 'findSessions']);
  });

  it('costs one statement more for token totals', async () => {
    await run('{ sessions(first: 50) { nodes { usage { totalTokens } agents { agentId } } } }');
    expect(calls.sort()).toEqual(['findSessions', 'loadAgents', 'loadUsage']);
  });

  it('joins single sessions and messages of one operation', async () => {
    await run(
      '{ a: session(sessionId: "s1") { agents { agentId } } b: session(sessionId: "s2") { agents { agentId } } }',
    );
    expect(calls).toEqual(['loadSessions', 'loadAgents']);
  });
});
