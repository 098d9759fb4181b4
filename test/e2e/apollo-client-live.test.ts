import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const FOLLOW = gql`subscription Follow($id: ID!) { messageAdded(sessionId: $id) { __typename cursor ... on MessageAdded { message { id text } } } }`;
const say = (text: string) =>
  server.request('mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }', {
    input: { sessionId: 'apollo', agentId: 'a', createIfMissing: true, messages: [{ role: 'USER', text }] },
  });

it('Apollo Client subscribes', async () => {
  await say('before');
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
          say('live').catch(reject);
        } else resolve();
      },
      error: reject,
    });
  });
  expect(events).toEqual(['Ready', 'live']);
  client.stop();
  await socket.dispose();
});
