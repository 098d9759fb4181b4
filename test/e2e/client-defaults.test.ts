import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { Client, fetchExchange } from '@urql/core';
import { type ClientError, GraphQLClient } from 'graphql-request';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey } from '../support/access.js';
import { type RunningServer, startServer } from '../support/server.js';

const QUERY = '{ session(sessionId: "s") { sessionId } }';
const WRONG = '{ sessions(first: 500) { totalCount } }';
const CREATE = 'mutation { createSession(input: {sessionId: "made"}) { session { sessionId } } }';
const BAD_KEY = `Bearer parley_000000000000_${'x'.repeat(43)}`;

let open: RunningServer;
let closed: RunningServer;
let bearer = '';
beforeAll(async () => {
  open = await startServer();
  await open.request('mutation { createSession(input: {sessionId: "s"}) { session { sessionId } } }');
  closed = await startServer({ rateLimit: 1_000 });
  ({ bearer } = await makeKey(closed.sqlitePath, ['read']));
});
afterAll(() => Promise.all([open.stop(), closed.stop()]));

/** What a client with nothing said but the address gives for an operation: data, or the code of the error. */
interface Asked {
  data?: unknown;
  code?: unknown;
}
type Ask = (url: string, query: string, authorization?: string) => Promise<Asked>;

const urql =
  (kind: 'query' | 'mutation'): Ask =>
  async (url, query, authorization) => {
    const fetchOptions = authorization === undefined ? {} : { headers: { authorization } };
    const client = new Client({ url, exchanges: [fetchExchange], fetchOptions });
    const { data, error } = await client[kind](query, {}).toPromise();
    return error ? { code: error.graphQLErrors[0]?.extensions.code } : { data };
  };

const graphqlRequest =
  (method: 'GET' | 'POST'): Ask =>
  async (url, query, authorization) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const client = new GraphQLClient(url, { method, headers });
    try {
      return { data: await client.request(query) };
    } catch (error) {
      return { code: (error as ClientError).response.errors?.[0]?.extensions.code };
    }
  };

const apollo: Ask = async (url, query, authorization) => {
  const link = new HttpLink({ uri: url, ...(authorization ? { headers: { authorization } } : {}) });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  try {
    const document = gql(query);
    const { data } = query.startsWith('mutation')
      ? await client.mutate({ mutation: document })
      : await client.query({ query: document });
    return { data };
  } catch (error) {
    return { code: CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code : String(error) };
  }
};

describe.each<[string, Ask]>([
  ['urql with its defaults, which asks by GET', urql('query')],
  ['graphql-request by GET', graphqlRequest('GET')],
  ['graphql-request with its defaults', graphqlRequest('POST')],
  ['Apollo Client with its defaults', apollo],
])('%s', (_name, ask) => {
  it('reads', async () => {
    expect(await ask(open.url, QUERY)).toMatchObject({ data: { session: { sessionId: 's' } } });
  });

  it('is told the code of an error, of a document that is wrong, and of a refusal', async () => {
    expect(await ask(open.url, WRONG)).toEqual({ code: 'BAD_USER_INPUT' });
    expect(await ask(open.url, '{ nothing }')).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(await ask(closed.url, QUERY)).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await ask(closed.url, QUERY, BAD_KEY)).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await ask(closed.url, QUERY, bearer)).toEqual({ data: { session: null } });
  });
});

describe('a mutation', () => {
  it.each<[string, Ask]>([
    ['urql, which posts it', urql('mutation')],
    ['graphql-request set to GET, which posts it', graphqlRequest('GET')],
    ['Apollo Client', apollo],
  ])('of %s is done or refused with its code', async (name, ask) => {
    const own = CREATE.replace('made', name.replace(/\W/g, ''));
    expect(await ask(open.url, own)).toHaveProperty('data');
    expect(await ask(open.url, own)).toEqual({ code: 'SESSION_EXISTS' });
    expect(await ask(closed.url, own, bearer)).toEqual({ code: 'FORBIDDEN' });
  });
});

describe('a limit on operations a second', () => {
  it('is told with its code to a client that takes GraphQL’s media type', async () => {
    const server = await startServer({ rateLimit: 1 });
    try {
      const asked = [];
      for (let n = 0; n < 12; n++) asked.push(await apollo(server.url, QUERY));
      expect(asked.at(-1)).toEqual({ code: 'RATE_LIMITED' });
    } finally {
      await server.stop();
    }
  });
});
