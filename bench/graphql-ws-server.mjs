// The peer of `idle-subscriber`: graphql-ws' own `useServer`, and a subscription that waits after its first event.
import { createServer } from 'node:http';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

const schema = makeExecutableSchema({
  typeDefs: `
    type Query { ok: Boolean }
    type Message { messageId: Int role: String text: String }
    interface Event { cursor: String! }
    type Ready implements Event { cursor: String! }
    type MessageAdded implements Event { cursor: String! message: Message! }
    type Subscription { messageAdded(sessionId: ID!): Event! }
  `,
  resolvers: {
    Subscription: {
      messageAdded: {
        async *subscribe() {
          yield { messageAdded: { __typename: 'Ready', cursor: 'c' } };
          await new Promise(() => {});
        },
      },
    },
  },
});

const server = createServer();
useServer({ schema }, new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false }));
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/graphql`));
process.on('SIGTERM', () => process.exit(0));
