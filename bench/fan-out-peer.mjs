// The peers of `fan-out`, by name: raw ws, graphql-ws, mercurius, GraphQL Yoga. Each gives a subscriber a first event,
// and then what it is handed over IPC as {publish: {id, event}} (or {publish: {id, frame}}: the raw one). Prints its address.
import { EventEmitter, on } from 'node:events';
import { createServer } from 'node:http';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { WebSocketServer } from 'ws';

const typeDefs = `
  type Query { ok: Boolean }
  enum Role { USER ASSISTANT }
  type Message { messageId: Int role: Role text: String! createdAt: String }
  interface Event { cursor: String! }
  type Ready implements Event { cursor: String! }
  type MessageAdded implements Event { cursor: String! agentId: ID! message: Message! }
  type Subscription { messageAdded(sessionId: ID!): Event! }
`;
const READY = { messageAdded: { __typename: 'Ready', cursor: 'c' } };

const events = new EventEmitter().setMaxListeners(0);
async function* subscribe(_root, { sessionId }) {
  const published = on(events, sessionId);
  yield READY;
  for await (const [event] of published) yield { messageAdded: event };
}
const resolvers = {
  Event: { __resolveType: (event) => event.__typename },
  Subscription: { messageAdded: { subscribe } },
};

const peers = {
  async raw() {
    const server = createServer();
    const rooms = new Map();
    new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket, { url }) => {
      const id = new URL(url, 'http://localhost').searchParams.get('id');
      rooms.set(id, (rooms.get(id) ?? new Set()).add(socket));
      socket.on('close', () => rooms.get(id).delete(socket));
    });
    process.on('message', ({ publish }) => {
      if (!publish) return;
      const frame = Buffer.from(publish.frame);
      for (const socket of rooms.get(publish.id)) socket.send(frame, { binary: false });
    });
    return listen(server);
  },
  async 'graphql-ws'() {
    const { useServer } = await import('graphql-ws/use/ws');
    const schema = makeExecutableSchema({ typeDefs, resolvers });
    const server = createServer();
    useServer({ schema }, new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false }));
    return listen(server);
  },
  async mercurius() {
    const [{ default: Fastify }, { default: mercurius }] = await Promise.all([
      import('fastify'),
      import('mercurius'),
    ]);
    const app = Fastify();
    app.register(mercurius, { schema: typeDefs, resolvers, subscription: { fullWsTransport: true } });
    return `${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
  },
  async yoga() {
    const [{ createYoga }, { useServer }] = await Promise.all([
      import('graphql-yoga'),
      import('graphql-ws/use/ws'),
    ]);
    const yoga = createYoga({ schema: makeExecutableSchema({ typeDefs, resolvers }), logging: false });
    const server = createServer(yoga);
    // As its documentation has it: each operation goes through Yoga's plugins.
    const onSubscribe = async (ctx, _id, { operationName, query, variables }) => {
      const {
        schema,
        execute,
        subscribe: start,
        contextFactory,
        parse,
        validate,
      } = yoga.getEnveloped({
        ...ctx,
        req: ctx.extra.request,
        socket: ctx.extra.socket,
        params: { operationName, query, variables },
      });
      const args = {
        schema,
        operationName,
        document: parse(query),
        variableValues: variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe: start },
      };
      const errors = validate(args.schema, args.document);
      return errors.length > 0 ? errors : args;
    };
    useServer(
      {
        execute: (args) => args.rootValue.execute(args),
        subscribe: (args) => args.rootValue.subscribe(args),
        onSubscribe,
      },
      new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false }),
    );
    return listen(server);
  },
};

function listen(server) {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}/graphql`));
  });
}

process.on('message', ({ publish }) => {
  if (publish?.event) events.emit(publish.id, publish.event);
});
process.on('SIGTERM', () => process.exit(0));
console.log(await peers[process.argv[2]]());
