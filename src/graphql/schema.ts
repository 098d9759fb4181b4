import { readdirSync, readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { around } from '../domain/around.js';
import { after } from '../domain/async/later.js';
import type { RequestContext } from './context.js';
import type { MutationResolvers, Resolvers } from './generated/types.js';
import { accessMutation, accessQuery, caller } from './resolvers/access.js';
import { agent, messageConnection, messageEdge } from './resolvers/agent.js';
import * as content from './resolvers/content.js';
import { erasureMutation } from './resolvers/erasure.js';
import { cycleMetrics, message, messageMetrics, toolUsage } from './resolvers/message.js';
import { addedOfPayload, agentOfPayload, mutation, sessionOfPayload } from './resolvers/mutation.js';
import { node, query } from './resolvers/query.js';
import {
  repliesOfAgent,
  repliesOfSession,
  reply,
  replyAborted,
  replyMutation,
  replyProgress,
  startReplyPayload,
} from './resolvers/reply.js';
import { guardrailEvent, session, sessionConnection, sessionEdge } from './resolvers/session.js';
import {
  snapshot,
  snapshotMutation,
  snapshotsOfSession,
  writeSnapshotPayload,
} from './resolvers/snapshot.js';
import { event, subscription } from './resolvers/subscription.js';
import { webhooksQuery } from './resolvers/webhooks.js';
import { scalars } from './scalars.js';

/** One operation may name any number of mutations: each is counted. */
const carriedOut = (all: MutationResolvers): MutationResolvers =>
  around(
    all,
    (resolve) => (root, args, context, info) =>
      after((context as RequestContext).carryOut(), () => resolve(root, args, context, info)),
  );

const resolvers: Resolvers = {
  ...scalars,
  // How the API spells what the domain holds.
  Role: { USER: 'user', ASSISTANT: 'assistant' },
  Rating: { UP: 'up', DOWN: 'down' },
  SessionOrderField: { CREATED_AT: 'createdAt', UPDATED_AT: 'updatedAt' },
  OrderDirection: { ASC: 'asc', DESC: 'desc' },
  SessionTokenScope: { READ: 'read', APPEND: 'append', REPLY: 'reply', FEEDBACK: 'feedback' },
  Scope: {
    READ: 'read',
    APPEND: 'append',
    REPLY: 'reply',
    SNAPSHOT: 'snapshot',
    METADATA: 'metadata',
    FEEDBACK: 'feedback',
    REDACT: 'redact',
    DELETE: 'delete',
    ADMIN: 'admin',
  },
  CallerKind: {
    ANONYMOUS: 'anonymous',
    KEY: 'key',
    JWT: 'jwt',
    SESSION_TOKEN: 'session-token',
    VIEWER: 'viewer',
    SYSTEM: 'system',
  },
  ReplyState: { WRITING: 'writing', ABANDONED: 'abandoned', FINISHED: 'finished', ABORTED: 'aborted' },
  ReplyDurability: { EACH: 'each', BATCHED: 'batched' },
  ReplyBlockKind: {
    TEXT: 'text',
    REASONING: 'reasoning',
    TOOL_INPUT: 'tool-input',
    TOOL_RESULT: 'tool-result',
    DATA: 'data',
  },
  ReplyToolStatus: { SUCCESS: 'success', ERROR: 'error' },
  ReplyKeep: { DISCARD: 'discard', MESSAGE: 'message' },
  StoreEngine: { SQLITE: 'sqlite', MONGODB: 'mongodb' },
  FeedState: {
    STARTING: 'starting',
    LIVE: 'live',
    DEGRADED: 'degraded',
    UNAVAILABLE: 'unavailable',
    CLOSED: 'closed',
  },
  Query: { ...query, ...accessQuery, ...webhooksQuery },
  Mutation: carriedOut({
    ...mutation,
    ...erasureMutation,
    ...accessMutation,
    ...replyMutation,
    ...snapshotMutation,
  }),
  Subscription: subscription,
  Caller: caller,
  Node: node,
  Event: event,
  Session: { ...session, ...repliesOfSession, ...snapshotsOfSession },
  SessionConnection: sessionConnection,
  SessionEdge: sessionEdge,
  GuardrailEvent: guardrailEvent,
  Agent: { ...agent, ...repliesOfAgent },
  Reply: reply,
  Snapshot: snapshot,
  ReplyAborted: replyAborted,
  ReplyProgress: replyProgress,
  StartReplyPayload: startReplyPayload,
  MessageConnection: messageConnection,
  MessageEdge: messageEdge,
  Message: message,
  MessageMetrics: messageMetrics,
  CycleMetrics: cycleMetrics,
  ToolUsage: toolUsage,
  ContentBlock: content.contentBlock,
  Block: content.contentBlock,
  TextBlock: content.textBlock,
  ToolUseBlock: content.toolUseBlock,
  ToolResultBlock: content.toolResultBlock,
  ReasoningBlock: content.reasoningBlock,
  ImageBlock: content.imageBlock,
  DocumentBlock: content.documentBlock,
  VideoBlock: content.videoBlock,
  AudioBlock: content.audioBlock,
  CitationsBlock: content.citationsBlock,
  GuardBlock: content.guardBlock,
  CachePointBlock: content.cachePointBlock,
  UnknownBlock: content.unknownBlock,
  CreateSessionPayload: { session: sessionOfPayload },
  UpsertAgentPayload: { session: sessionOfPayload, agent: agentOfPayload },
  AppendMessagesPayload: { session: sessionOfPayload, agent: agentOfPayload, added: addedOfPayload },
  UpdateMetadataPayload: { session: sessionOfPayload },
  DeleteMetadataPayload: { session: sessionOfPayload },
  WriteSnapshotPayload: writeSnapshotPayload,
  AddFeedbackPayload: { session: sessionOfPayload },
};

/** The schema of `schema/*.graphql`, which lies beside `src/` and `dist/` alike. */
export function createSchema(): GraphQLSchema {
  const folder = new URL('../../schema/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
  return makeExecutableSchema({
    typeDefs: files.sort().map((name) => readFileSync(new URL(name, folder), 'utf8')),
    resolvers: resolvers as Parameters<typeof makeExecutableSchema>[0]['resolvers'] & object,
    resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
  });
}
