// The peer of `append-http` and `mixed`: mercurius with jit and its own subscriptions, on a SQLite file of its own (its path), where a
// mutation is one insert in one transaction, on the disk before it answers. Prints its address.
import Database from 'better-sqlite3';
import Fastify from 'fastify';
import mercurius from 'mercurius';

const db = new Database(process.argv[2]);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`CREATE TABLE messages (session_id TEXT, agent_id TEXT, position INTEGER, role TEXT, text TEXT, created_at TEXT,
  PRIMARY KEY (session_id, agent_id, position)) WITHOUT ROWID`);
const insert = db.prepare(`INSERT INTO messages (session_id, agent_id, position, role, text, created_at)
  SELECT ?, ?, coalesce(max(position) + 1, 0), ?, ?, ? FROM messages WHERE session_id = ? AND agent_id = ? RETURNING position`);
const last = db.prepare(
  `SELECT * FROM messages WHERE session_id = ? AND agent_id = 'support' ORDER BY position DESC LIMIT ?`,
);

const schema = `
  enum Role { USER ASSISTANT }
  type Message { messageId: Int role: Role text: String! createdAt: String }
  type MessageConnection { nodes: [Message!]! }
  type Agent { agentId: ID! messages(last: Int): MessageConnection! }
  type Session { sessionId: ID! agents: [Agent!]! }
  type Query { session(sessionId: ID!): Session }
  input MessageInput { role: Role! text: String! }
  input AppendMessagesInput { sessionId: ID! agentId: ID! createIfMissing: Boolean messages: [MessageInput!]! }
  type AppendMessagesPayload { messages: [Message!]! }
  type Mutation { appendMessages(input: AppendMessagesInput!): AppendMessagesPayload! }
  type MessageAdded { agentId: ID! message: Message! }
  type Subscription { messageAdded(sessionId: ID!): MessageAdded }
`;

const shown = (row) => ({
  messageId: row.position,
  role: row.role,
  text: row.text,
  createdAt: row.created_at,
});

const resolvers = {
  Query: { session: (_root, { sessionId }) => ({ sessionId }) },
  Session: { agents: ({ sessionId }) => [{ agentId: 'support', sessionId }] },
  Agent: {
    messages: ({ sessionId }, { last: size }) => ({ nodes: last.all(sessionId, size).reverse().map(shown) }),
  },
  Mutation: {
    async appendMessages(_root, { input: { sessionId, agentId, messages } }, { pubsub }) {
      const added = messages.map(({ role, text }) => {
        const createdAt = new Date().toISOString();
        const { position } = insert.get(sessionId, agentId, role, text, createdAt, sessionId, agentId);
        return { messageId: position, role, text, createdAt };
      });
      for (const message of added) {
        pubsub.publish({ topic: sessionId, payload: { messageAdded: { agentId, message } } });
      }
      return { messages: added };
    },
  },
  Subscription: {
    messageAdded: { subscribe: (_root, { sessionId }, { pubsub }) => pubsub.subscribe(sessionId) },
  },
};

const app = Fastify();
app.register(mercurius, { schema, resolvers, jit: 1, subscription: true });
const address = await app.listen({ host: '127.0.0.1', port: 0 });
console.log(`${address}/graphql`);
process.on('SIGTERM', () => process.exit(0));
