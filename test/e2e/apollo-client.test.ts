import { createHash } from 'node:crypto';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const APPEND = gql`mutation Append($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { id text } } }`;
const READ = gql`query Read($id: ID!) { session(sessionId: $id) { id agents { id messages(last: 5) { nodes { id text } } } } }`;
const FOLLOW = gql`subscription Follow($id: ID!) { messageAdded(sessionId: $id) { __typename cursor ... on MessageAdded { message { id text } } } }`;
const input = (text: string) => ({
  sessionId: 'apollo',
  agentId: 'a',
  createIfMissing: true,
  messages: [{ role: 'USER', text }],
});

it('Apollo Client writes, and reads with persisted queries', async () => {
  const persisted = new PersistedQueryLink({
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  const client = new ApolloClient({
    link: persisted.concat(new HttpLink({ uri: server.url })),
    cache: new InMemoryCache(),
  });
  await client.mutate({ mutation: APPEND, variables: { input: input('Hello') } });
  for (let round = 0; round < 2; round++) {
    const { data } = await client.query({
      query: READ,
      variables: { id: 'apollo' },
      fetchPolicy: 'network-only',
    });
    expect(data).toMatchObject({ session: { agents: [{ messages: { nodes: [{ text: 'Hello' }] } }] } });
  }
  client.stop();
});

it('Apollo Client subscribes', async () => {
  const socket = connect(server.url);
  const client = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() });
  const events: string[] = [];
  await new Promise<void>((resolve, reject) => {
    client.subscribe({ query: FOLLOW, variables: { id: 'apollo' } }).subscribe({
      next({ data }) {
        const event = (data as { messageAdded: { __typename: string; message?: { text: string } } })
          .messageAdded;
        events.push(event.message?.text ?? event.__typename);
        if (event.__typename === 'Ready') {
          server
            .request(
              'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }',
              { input: input('live') },
            )
            .catch(reject);
        } else resolve();
      },
      error: reject,
    });
  });
  expect(events).toEqual(['Ready', 'live']);
  client.stop();
  await socket.dispose();
});
