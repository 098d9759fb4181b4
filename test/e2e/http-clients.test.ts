import { createHash } from 'node:crypto';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { relayStylePagination } from '@apollo/client/utilities';
import { buildClientSchema, getIntrospectionQuery } from 'graphql';
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/server.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
  const append = 'mutation ($i: AppendMessagesInput!) { appendMessages(input: $i) { agent { id } } }';
  const messages = Array.from({ length: 9 }, (_, index) => ({ role: 'USER', text: `${index}` }));
  await server.request(append, { i: { sessionId: 's', agentId: 'a', createIfMissing: true, messages } });
});
afterAll(() => server.stop());

interface Messages {
  edges: { node: { text: string } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string };
}
interface Conversation {
  session: { agents: { messages: Messages }[] };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const get = (parameters: Record<string, string>) => fetch(`${server.url}?${new URLSearchParams(parameters)}`);

describe('Apollo Client', () => {
  const client = (persisted = false) => {
    const http = new HttpLink({ uri: server.url });
    const link = persisted ? new PersistedQueryLink({ sha256 }).concat(http) : http;
    const cache = new InMemoryCache({
      possibleTypes: { Node: ['Session', 'Agent', 'Message'] },
      typePolicies: { Agent: { fields: { messages: relayStylePagination() } } },
    });
    return new ApolloClient({ link, cache });
  };
  const PAGE = gql`
    query Page($after: String) {
      session(sessionId: "s") {
        id
        agents {
          id
          messages(first: 4, after: $after) {
            edges { cursor node { id text } }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          }
        }
      }
    }
  `;

  it('reads a conversation page by page into one list', async () => {
    const apollo = client();
    const texts = [];
    for (let after: string | null = null, more = true; more; ) {
      // What comes back is the page together with those that were there before it.
      const { data }: { data?: Conversation | undefined } = await apollo.query<Conversation>({
        query: PAGE,
        variables: { after },
        fetchPolicy: 'network-only',
      });
      const messages: Messages | undefined = data?.session.agents[0]?.messages;
      texts.push(messages?.edges.map(({ node }) => node.text).join(''));
      after = messages?.pageInfo.endCursor ?? null;
      more = messages?.pageInfo.hasNextPage ?? false;
    }
    expect(texts).toEqual(['0123', '01234567', '012345678']);
  });

  it('finds an object that it changed by its id', async () => {
    const apollo = client();
    const read = gql`{ session(sessionId: "s") { id metadata } }`;
    await apollo.query({ query: read });
    await apollo.mutate({
      mutation: gql`mutation { updateMetadata(input: { sessionId: "s", set: { seen: true } }) { session { id metadata } } }`,
    });
    expect(apollo.readQuery({ query: read })).toMatchObject({ session: { metadata: { seen: true } } });
  });

  it('is told the code of an error', async () => {
    const error = await client()
      .query({ query: gql`{ sessions(first: 500) { totalCount } }` })
      .catch((failure: unknown) => failure);
    expect(CombinedGraphQLErrors.is(error) && error.errors[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  });

  it('sends a hash in place of a query, and the query once', async () => {
    for (let round = 0; round < 2; round++) {
      const { data } = await client(true).query<{ session: { id: string } }>({ query: PAGE });
      expect(data?.session.id).toEqual(expect.any(String));
    }
  });
});

describe('a persisted query', () => {
  const query = '{ session(sessionId: "s") { messageCount } }';
  const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash: sha256(query) } });

  it('is asked for, sent once, and then known by its hash alone, also by GET', async () => {
    const first = await get({ extensions });
    expect(await first.json()).toMatchObject({
      errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    });
    const sent = await get({ extensions, query });
    const known = await get({ extensions });
    expect(await sent.json()).toEqual({ data: { session: { messageCount: 9 } } });
    expect(await known.json()).toEqual({ data: { session: { messageCount: 9 } } });
  });
});

describe('a GET', () => {
  it('reads', async () => {
    const answer = await get({
      query: 'query ($id: ID!) { session(sessionId: $id) { sessionId } }',
      variables: '{"id":"s"}',
    });
    expect([answer.status, await answer.json()]).toEqual([200, { data: { session: { sessionId: 's' } } }]);
  });

  it('does not write', async () => {
    const answer = await get({ query: 'mutation { deleteSession(input: {sessionId: "s"}) { sessionId } }' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    expect(
      (await server.request('{ session(sessionId: "s") { sessionId } }')).body.data.session,
    ).not.toBeNull();
  });

  it('shows no page, and loads none from elsewhere', async () => {
    const answer = await fetch(server.url, { headers: { accept: 'text/html' } });
    expect(answer.headers.get('content-type')).not.toContain('html');
    expect(await answer.text()).not.toContain('<');
  });
});

describe('introspection', () => {
  it.each([
    [{}],
    [
      {
        inputValueDeprecation: true,
        oneOf: true,
        specifiedByUrl: true,
        schemaDescription: true,
        directiveIsRepeatable: true,
      },
    ],
  ])('gives the whole schema to a tool that asks with %j', async (options) => {
    const { body } = await server.request(getIntrospectionQuery(options));
    expect(body.errors).toBeUndefined();
    const types = buildClientSchema(body.data).getTypeMap();
    expect(Object.keys(types)).toEqual(
      expect.arrayContaining(['Session', 'ContentBlock', 'DateTime', 'Long', 'JSON', 'JSONObject']),
    );
  });
});

describe('GraphQL over HTTP on the whole server', () => {
  it('passes every audit, without a warning', async () => {
    const failed = [];
    const audits = serverAudits({ url: () => server.url });
    for (const audit of audits) {
      const result = await audit.fn();
      if (result.status !== 'ok') failed.push(`${audit.id} ${audit.name}: ${result.reason}`);
    }
    expect(failed).toEqual([]);
    expect(audits).toHaveLength(61);
  });
});
