import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf } from '../support/data-of.js';
import { type RunningServer, startServer } from '../support/server.js';

const SESSIONS = 23;
const MESSAGES = 17;

let server: RunningServer;
/** Session ids in the order in which they were made. */
const made: string[] = [];
const texts = Array.from({ length: MESSAGES }, (_, index) => `message ${index}`);

beforeAll(async () => {
  server = await startServer();
  for (let index = 0; index < SESSIONS; index++) {
    // Ids against the order of creation, so that neither passes for the other.
    const sessionId = `s${String(SESSIONS - index).padStart(2, '0')}`;
    made.push(sessionId);
    await ask('mutation ($i: CreateSessionInput!) { createSession(input: $i) { session { id } } }', {
      i: { sessionId, metadata: { half: index % 2 } },
    });
  }
  await ask('mutation ($i: AppendMessagesInput!) { appendMessages(input: $i) { agent { id } } }', {
    i: {
      sessionId: 'talk',
      agentId: 'a',
      createIfMissing: true,
      messages: texts.map((text) => ({ role: 'USER', text })),
    },
  });
  await ask('mutation ($i: AppendMessagesInput!) { appendMessages(input: $i) { agent { id } } }', {
    i: { sessionId: 'talk', agentId: 'b', createIfMissing: true, messages: [{ role: 'USER', text: 'b' }] },
  });
});
afterAll(() => server.stop());

const ask = (query: string, variables: Record<string, unknown> = {}) => dataOf(server, query, variables);

interface Page {
  edges: { cursor: string; node: { sessionId?: string; text?: string } }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}
type PageArguments = { first?: number; after?: string | null; last?: number; before?: string | null };
type Read = (page: PageArguments) => Promise<Page>;

const PAGE_INFO = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const ARGUMENTS = '$first: Int, $after: String, $last: Int, $before: String';
const GIVEN = 'first: $first, after: $after, last: $last, before: $before';

const sessionsIn =
  (field: string, direction: string, filter = '{not: {sessionIds: ["talk"]}}'): Read =>
  async (page) =>
    (
      await ask(
        `query (${ARGUMENTS}) { sessions(${GIVEN}, orderBy: {field: ${field}, direction: ${direction}}, filter: ${filter}) {
          edges { cursor node { sessionId } } ${PAGE_INFO} } }`,
        page,
      )
    ).sessions;
const messages: Read = async (page) =>
  (
    await ask(
      `query (${ARGUMENTS}) { session(sessionId: "talk") { agent(agentId: "a") { messages(${GIVEN}) {
        edges { cursor node { text } } ${PAGE_INFO} } } } }`,
      page,
    )
  ).session.agent.messages;

const namesOf = ({ edges }: Page) => edges.map(({ node }) => node.sessionId ?? (node.text as string));

/** Every page forward, or backward, put together; with what each says of itself checked against its place. */
async function walk(read: Read, size: number, backward: boolean): Promise<string[]> {
  const pages: Page[] = [];
  let cursor: string | null = null;
  for (let more = true; more; ) {
    const page: Page = await read(backward ? { last: size, before: cursor } : { first: size, after: cursor });
    expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor ?? null);
    expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor ?? null);
    const behind = backward ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage;
    expect(behind).toBe(pages.length > 0);
    more = backward ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage;
    cursor = backward ? page.pageInfo.startCursor : page.pageInfo.endCursor;
    pages.push(page);
  }
  return (backward ? pages.reverse() : pages).flatMap(namesOf);
}

describe.each<[string, Read, () => string[]]>([
  ['sessions by creation', sessionsIn('CREATED_AT', 'ASC'), () => made],
  ['sessions by creation, latest first', sessionsIn('CREATED_AT', 'DESC'), () => made.toReversed()],
  ['sessions by their last change, latest first', sessionsIn('UPDATED_AT', 'DESC'), () => made.toReversed()],
  [
    'sessions through a filter',
    sessionsIn('CREATED_AT', 'ASC', '{metadata: [{path: "half", eq: 1}]}'),
    () => made.filter((_id, index) => index % 2 === 1),
  ],
  ['messages', messages, () => texts],
])('%s', (_name, read, all) => {
  it.each([1, 3, 7, 100])('are all seen once, in order, in pages of %i from either end', async (size) => {
    expect(await walk(read, size, false)).toEqual(all());
    expect(await walk(read, size, true)).toEqual(all());
  });

  it('are read between two cursors, from either end', async () => {
    const { edges } = await read({ first: 100 });
    const [after, before] = [edges[1]?.cursor, edges[8]?.cursor];
    const between = all().slice(2, 8);
    expect(namesOf(await read({ first: 100, after: after as string, before: before as string }))).toEqual(
      between,
    );
    expect(namesOf(await read({ first: 2, after: after as string, before: before as string }))).toEqual(
      between.slice(0, 2),
    );
    expect(namesOf(await read({ last: 2, after: after as string, before: before as string }))).toEqual(
      between.slice(-2),
    );
  });

  it('say what lies on both sides of a page between two cursors', async () => {
    const { edges } = await read({ first: 100 });
    const sides = async (page: PageArguments) => {
      const { hasPreviousPage, hasNextPage } = (await read(page)).pageInfo;
      return [hasPreviousPage, hasNextPage];
    };
    const at = (index: number) => edges.at(index)?.cursor as string;
    expect(await sides({ first: 100, before: at(3) })).toEqual([false, true]);
    expect(await sides({ last: 100, after: at(3) })).toEqual([true, false]);
    expect(await sides({ first: 100, after: at(0), before: at(5) })).toEqual([true, true]);
    expect(await sides({ last: 100, after: at(0), before: at(5) })).toEqual([true, true]);
  });

  it('are none in a page of none, which still says whether there are any', async () => {
    expect(await read({ first: 0 })).toEqual({
      edges: [],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  it('end after the last one', async () => {
    const { pageInfo } = await read({ last: 1 });
    expect(await read({ first: 5, after: pageInfo.endCursor })).toMatchObject({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
  });
});

describe('a page', () => {
  it('is of 20 where nothing is said, from the start', async () => {
    expect(namesOf(await sessionsIn('CREATED_AT', 'ASC')({}))).toEqual(made.slice(0, 20));
    expect(namesOf(await messages({}))).toEqual(texts);
  });

  it('has the latest change first where no order is given', async () => {
    const { sessions } = await ask('{ sessions(first: 2) { nodes { sessionId } } }');
    expect(sessions.nodes).toEqual([{ sessionId: 'talk' }, { sessionId: made.at(-1) }]);
  });

  it('counts all that match, whatever its size', async () => {
    const { sessions, session } = await ask(`{
      sessions(first: 1, filter: {metadata: [{path: "half", eq: 1}]}) { totalCount }
      session(sessionId: "talk") { agents { messages(first: 2) { totalCount } } } }`);
    expect(sessions.totalCount).toBe(11);
    expect(session.agents.map((agent: { messages: object }) => agent.messages)).toEqual([
      { totalCount: MESSAGES },
      { totalCount: 1 },
    ]);
  });

  it('holds its place while the list grows', async () => {
    const first = await messages({ first: 5 });
    await ask('mutation ($i: AppendMessagesInput!) { appendMessages(input: $i) { agent { id } } }', {
      i: { sessionId: 'talk', agentId: 'a', messages: [{ role: 'USER', text: 'message 17' }] },
    });
    expect(namesOf(await messages({ first: 5, after: first.pageInfo.endCursor }))).toEqual(
      texts.slice(5, 10),
    );
  });
});

describe('a cursor', () => {
  const code = async (query: string, variables: object) =>
    (await server.request(query, { ...variables })).body.errors?.[0]?.extensions.code;
  const SESSIONS_AFTER =
    'query ($c: String, $o: SessionOrder) { sessions(after: $c, orderBy: $o) { totalCount } }';
  const MESSAGES_AFTER =
    'query ($c: String, $a: ID!) { session(sessionId: "talk") { agent(agentId: $a) { messages(after: $c) { totalCount } } } }';
  const order = (field: string, direction = 'ASC') => ({ field, direction });

  it('is of one order, in either direction', async () => {
    const { edges } = await sessionsIn('CREATED_AT', 'ASC')({ first: 1 });
    const c = edges[0]?.cursor;
    expect(await code(SESSIONS_AFTER, { c, o: order('CREATED_AT') })).toBeUndefined();
    expect(await code(SESSIONS_AFTER, { c, o: order('CREATED_AT', 'DESC') })).toBeUndefined();
    expect(await code(SESSIONS_AFTER, { c, o: order('UPDATED_AT') })).toBe('INVALID_CURSOR');
  });

  it('is of one agent', async () => {
    const c = (await messages({ first: 1 })).pageInfo.endCursor;
    expect(await code(MESSAGES_AFTER, { c, a: 'a' })).toBeUndefined();
    expect(await code(MESSAGES_AFTER, { c, a: 'b' })).toBe('INVALID_CURSOR');
  });

  it('is of one list', async () => {
    const ofMessage = (await messages({ first: 1 })).pageInfo.endCursor;
    const ofSession = (await sessionsIn('UPDATED_AT', 'DESC')({ first: 1 })).pageInfo.endCursor;
    expect(await code(SESSIONS_AFTER, { c: ofMessage, o: null })).toBe('INVALID_CURSOR');
    expect(await code(MESSAGES_AFTER, { c: ofSession, a: 'a' })).toBe('INVALID_CURSOR');
  });

  it('is refused where a single character of it is another', async () => {
    const c = (await messages({ first: 1 })).pageInfo.endCursor as string;
    for (let index = 0; index < c.length; index++) {
      const damaged = `${c.slice(0, index)}${c[index] === 'A' ? 'B' : 'A'}${c.slice(index + 1)}`;
      expect(await code(MESSAGES_AFTER, { c: damaged, a: 'a' })).toBe('INVALID_CURSOR');
    }
    for (const damaged of ['', c.slice(0, -1), `${c}A`, ` ${c}`, `${c}=`]) {
      expect(await code(MESSAGES_AFTER, { c: damaged, a: 'a' })).toBe('INVALID_CURSOR');
    }
  });
});
