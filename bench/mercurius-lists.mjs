// The peer of `dashboard-page` and `conversation`: mercurius with jit on Parley's own SQLite file, with prepared statements and
// batched loaders written by hand. Prints its address.
import Database from 'better-sqlite3';
import Fastify from 'fastify';
import { GraphQLScalarType } from 'graphql';
import mercurius from 'mercurius';

const db = new Database(process.argv[2], { readonly: true });
const lastUpdated = db.prepare(
  'SELECT id, session_id, updated_at FROM sessions ORDER BY updated_at DESC, session_id DESC LIMIT +?',
);
const sessionById = db.prepare('SELECT id, session_id, updated_at FROM sessions WHERE session_id = ?');
const agentsOf = db.prepare(
  'SELECT id, session, agent_id FROM agents WHERE session IN (SELECT value FROM json_each(?)) ORDER BY id',
);
const lastMessages = db.prepare(
  'SELECT position, role, content, created_at FROM messages WHERE agent = ? ORDER BY position DESC LIMIT +?',
);

const schema = `
  scalar DateTime
  scalar JSON
  scalar JSONObject
  enum Role { USER ASSISTANT }
  enum SessionOrderField { CREATED_AT UPDATED_AT }
  enum OrderDirection { ASC DESC }
  input SessionOrder { field: SessionOrderField! direction: OrderDirection! }
  type TextBlock { text: String! }
  type ToolUseBlock { toolUseId: ID! name: String! input: JSON }
  type ToolResultBlock { toolUseId: ID! status: String content: [JSONObject!]! }
  type ReasoningBlock { text: String! signature: String }
  type ImageBlock { format: String bytes: String }
  type DocumentBlock { format: String name: String! bytes: String }
  type CitationsBlock { text: String! citations: [JSONObject!]! }
  type CachePointBlock { type: String }
  union ContentBlock = TextBlock | ToolUseBlock | ToolResultBlock | ReasoningBlock | ImageBlock | DocumentBlock
    | CitationsBlock | CachePointBlock
  type Message { messageId: Int role: Role text: String! createdAt: DateTime content: [ContentBlock!]! }
  type MessageConnection { nodes: [Message!]! }
  type Agent { agentId: ID! messages(last: Int): MessageConnection! }
  type Session { sessionId: ID! updatedAt: DateTime agents: [Agent!]! }
  type SessionConnection { nodes: [Session!]! }
  type Query { session(sessionId: ID!): Session sessions(first: Int, orderBy: SessionOrder): SessionConnection! }
`;

const TYPES = {
  text: 'TextBlock',
  toolUse: 'ToolUseBlock',
  toolResult: 'ToolResultBlock',
  reasoningContent: 'ReasoningBlock',
  image: 'ImageBlock',
  document: 'DocumentBlock',
  citationsContent: 'CitationsBlock',
  cachePoint: 'CachePointBlock',
};
const typeOf = (block) => {
  for (const key in block) if (key in TYPES) return TYPES[key];
};
const textsOf = (parts) => parts.map(({ text }) => text).join('');

const resolvers = {
  DateTime: new GraphQLScalarType({ name: 'DateTime', serialize: (ms) => new Date(ms).toISOString() }),
  JSON: new GraphQLScalarType({ name: 'JSON' }),
  JSONObject: new GraphQLScalarType({ name: 'JSONObject' }),
  ContentBlock: { resolveType: typeOf },
  Query: {
    session: (_root, { sessionId }) => sessionById.get(sessionId),
    sessions: (_root, { first }) => ({ nodes: lastUpdated.all(first) }),
  },
  Session: { sessionId: (row) => row.session_id, updatedAt: (row) => row.updated_at },
  Agent: { agentId: (row) => row.agent_id },
  Message: {
    messageId: (row) => row.position,
    role: (row) => row.role.toUpperCase(),
    text: (row) =>
      JSON.parse(row.content)
        .filter((block) => 'text' in block)
        .map((block) => block.text)
        .join('\n'),
    createdAt: (row) => row.created_at,
    content: (row) => JSON.parse(row.content),
  },
  ToolUseBlock: {
    toolUseId: ({ toolUse }) => toolUse.toolUseId,
    name: ({ toolUse }) => toolUse.name,
    input: ({ toolUse }) => toolUse.input,
  },
  ToolResultBlock: {
    toolUseId: ({ toolResult }) => toolResult.toolUseId,
    status: ({ toolResult }) => toolResult.status,
    content: ({ toolResult }) => toolResult.content,
  },
  ReasoningBlock: {
    text: ({ reasoningContent }) => reasoningContent.reasoningText.text,
    signature: ({ reasoningContent }) => reasoningContent.reasoningText.signature,
  },
  ImageBlock: { format: ({ image }) => image.format, bytes: ({ image }) => image.source.bytes },
  DocumentBlock: {
    format: ({ document }) => document.format,
    name: ({ document }) => document.name,
    bytes: ({ document }) => document.source.bytes,
  },
  CitationsBlock: {
    text: ({ citationsContent }) => textsOf(citationsContent.content),
    citations: ({ citationsContent }) => citationsContent.citations,
  },
  CachePointBlock: { type: ({ cachePoint }) => cachePoint.type },
};

/** One statement for the agents of all sessions, one read for the messages of each agent: all in one turn. */
const loaders = {
  Session: {
    async agents(queries) {
      const bySession = new Map(queries.map(({ obj }) => [obj.id, []]));
      for (const row of agentsOf.all(JSON.stringify([...bySession.keys()])))
        bySession.get(row.session).push(row);
      return queries.map(({ obj }) => bySession.get(obj.id));
    },
  },
  Agent: {
    messages: async (queries) =>
      queries.map(({ obj, params }) => ({ nodes: lastMessages.all(obj.id, params.last).reverse() })),
  },
};

const app = Fastify();
app.register(mercurius, { schema, resolvers, loaders, jit: 1 });
const address = await app.listen({ host: '127.0.0.1', port: 0 });
console.log(`${address}/graphql`);
process.on('SIGTERM', () => process.exit(0));
