// The peer of `typical-query`: mercurius with jit on Parley's own SQLite file, as its documentation would have one
// write it, with prepared point reads. Prints its address.
import Database from 'better-sqlite3';
import Fastify from 'fastify';
import { GraphQLScalarType } from 'graphql';
import mercurius from 'mercurius';

const db = new Database(process.argv[2], { readonly: true });
const sessionById = db.prepare('SELECT * FROM sessions WHERE session_id = ?');
const agentsOf = db.prepare('SELECT id, agent_id, model FROM agents WHERE session = ? ORDER BY id');
const lastMessages = db.prepare(
  'SELECT position, role, content, created_at FROM messages WHERE agent = ? ORDER BY position DESC LIMIT ?',
);

const schema = `
  scalar DateTime
  enum Role { USER ASSISTANT }
  type Message { messageId: Int role: Role text: String! createdAt: DateTime }
  type MessageConnection { nodes: [Message!]! }
  type Agent { agentId: ID! model: String messages(last: Int): MessageConnection! }
  type Session { sessionId: ID! applicationName: String createdAt: DateTime updatedAt: DateTime agents: [Agent!]! }
  type Query { session(sessionId: ID!): Session }
`;

const resolvers = {
  DateTime: new GraphQLScalarType({ name: 'DateTime', serialize: (ms) => new Date(ms).toISOString() }),
  Query: { session: (_root, { sessionId }) => sessionById.get(sessionId) },
  Session: {
    sessionId: (row) => row.session_id,
    applicationName: (row) => row.application_name,
    createdAt: (row) => row.created_at,
    updatedAt: (row) => row.updated_at,
    agents: (row) => agentsOf.all(row.id),
  },
  Agent: {
    agentId: (row) => row.agent_id,
    messages: (row, { last }) => ({ nodes: lastMessages.all(row.id, last).reverse() }),
  },
  Message: {
    messageId: (row) => row.position,
    role: (row) => row.role.toUpperCase(),
    text: (row) =>
      JSON.parse(row.content)
        .filter((block) => 'text' in block)
        .map((block) => block.text)
        .join('\n'),
    createdAt: (row) => row.created_at,
  },
};

const app = Fastify();
app.register(mercurius, { schema, resolvers, jit: 1 });
const address = await app.listen({ host: '127.0.0.1', port: 0 });
console.log(`${address}/graphql`);
process.on('SIGTERM', () => process.exit(0));
