import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/server.js';

const SESSIONS = 23;
const MESSAGES = 31;
let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
  for (let count = 0; count < SESSIONS; count++) {
    await server.request(
      'mutation ($id: ID!) { createSession(input: {sessionId: $id, applicationName: "paged"}) { __typename } }',
      {
        id: `s${count}`,
      },
    );
  }
  await server.request(
    'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }',
    {
      input: {
        sessionId: 'long',
        agentId: 'a',
        createIfMissing: true,
        messages: Array.from({ length: MESSAGES }, (_, index) => ({ role: 'USER', text: `m${index}` })),
      },
    },
  );
});
afterAll(() => server.stop());

interface Page {
  edges: { cursor: string; node: { key: string } }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
  totalCount: number;
}
const PAGE = 'totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const ARGUMENTS = '$first: Int, $after: String, $last: Int, $before: String';
const PASSED = 'first: $first, after: $after, last: $last, before: $before';

const lists: Record<string, (page: object) => Promise<Page>> = {
  async messages(page) {
    const { body } = await server.request(
      `query (${ARGUMENTS}) { session(sessionId: "long") { agent(agentId: "a") { messages(${PASSED}) { edges { cursor node { key: text } } ${PAGE} } } } }`,
      { ...page },
    );
    return body.data.session.agent.messages;
  },
  async sessions(page) {
    const { body } = await server.request(
      `query (${ARGUMENTS}) { sessions(filter: {applicationName: "paged"}, orderBy: {field: CREATED_AT}, ${PASSED}) { edges { cursor node { key: sessionId } } ${PAGE} } }`,
      { ...page },
    );
    return body.data.sessions;
  },
};

describe.each(Object.keys(lists))('a list of %s', (name) => {
  const read = lists[name] as (page: object) => Promise<Page>;

  it('is walked whole, once and in order, with pages of any size from either end', async () => {
    const all = (await read({ first: 200 })).edges;
    const keys = all.map(({ node }) => node.key);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.boolean(), async (size, backward) => {
        const seen: string[] = [];
        let cursor: string | null = null;
        for (let more = true; more; ) {
          const page: Page = await read(
            backward ? { last: size, before: cursor } : { first: size, after: cursor },
          );
          const found = page.edges.map(({ node }) => node.key);
          if (backward) seen.unshift(...found);
          else seen.push(...found);
          expect(page.totalCount).toBe(keys.length);
          expect(page.pageInfo.startCursor).toBe(page.edges.at(0)?.cursor ?? null);
          expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor ?? null);
          more = backward ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage;
          cursor = backward ? page.pageInfo.startCursor : page.pageInfo.endCursor;
        }
        expect(seen).toEqual(keys);
      }),
      { numRuns: 25 },
    );
  });

  it('is cut between any two cursors as an array is', async () => {
    const all = (await read({ first: 200 })).edges;
    const place = fc.option(fc.nat(all.length - 1), { nil: null });
    await fc.assert(
      fc.asyncProperty(
        place,
        place,
        fc.integer({ min: 0, max: 12 }),
        fc.boolean(),
        async (after, before, size, backward) => {
          const page = await read({
            ...(backward ? { last: size } : { first: size }),
            after: after === null ? null : all[after]?.cursor,
            before: before === null ? null : all[before]?.cursor,
          });
          const between = all.slice(
            after === null ? 0 : after + 1,
            Math.max(before ?? all.length, after === null ? 0 : after + 1),
          );
          const expected = backward
            ? between.slice(Math.max(0, between.length - size))
            : between.slice(0, size);
          expect(page.edges).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('messages from a position on', () => {
  const texts = async (page: string): Promise<string[]> => {
    const { body } = await server.request(
      `{ session(sessionId: "long") { agent(agentId: "a") { messages(${page}) { nodes { text } pageInfo { hasNextPage hasPreviousPage } } } } }`,
    );
    if (body.errors) throw new Error(body.errors[0].message);
    return body.data.session.agent.messages.nodes.map(({ text }: { text: string }) => text);
  };

  it('begin with the message that stands there', async () => {
    expect(await texts('from: 0, first: 2')).toEqual(['m0', 'm1']);
    expect(await texts('from: 12, first: 3')).toEqual(['m12', 'm13', 'm14']);
    expect(await texts(`from: ${MESSAGES - 1}`)).toEqual([`m${MESSAGES - 1}`]);
    expect(await texts(`from: ${MESSAGES}`)).toEqual([]);
    expect(await texts('from: 28, last: 2')).toEqual(['m29', 'm30']);
  });

  it('are asked for by a position that there can be, and by one place alone', async () => {
    await expect(texts('from: -1')).rejects.toThrow('from is -1; positions begin with 0.');
    await expect(texts('from: 3, after: "x"')).rejects.toThrow('Give from or after, not both.');
  });
});

describe('a cursor', () => {
  it('of another list, order or agent is refused', async () => {
    const message = (await lists.messages?.({ first: 1 }))?.edges[0]?.cursor;
    const session = (await lists.sessions?.({ first: 1 }))?.edges[0]?.cursor;
    const codeOf = async (query: string) => (await server.request(query)).body.errors[0].extensions.code;
    expect(await codeOf(`{ sessions(after: "${message}") { totalCount } }`)).toBe('INVALID_CURSOR');
    expect(
      await codeOf(`{ sessions(after: "${session}", orderBy: {field: UPDATED_AT}) { totalCount } }`),
    ).toBe('INVALID_CURSOR');
    expect(
      await codeOf(
        `{ session(sessionId: "long") { agents { messages(after: "${session}") { totalCount } } } }`,
      ),
    ).toBe('INVALID_CURSOR');
    await server.request(
      'mutation { appendMessages(input: {sessionId: "long", agentId: "b", createIfMissing: true, messages: [{role: USER, text: "x"}]}) { __typename } }',
    );
    expect(
      await codeOf(
        `{ session(sessionId: "long") { agent(agentId: "b") { messages(after: "${message}") { totalCount } } } }`,
      ),
    ).toBe('INVALID_CURSOR');
  });
});
