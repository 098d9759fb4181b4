export {
  createStrandsStorage,
  type StrandsStorage,
  type StrandsStorageOptions,
} from './adapters/strands/storage.js';
export type {
  FeedbackContext,
  FeedbackHook,
  MetadataAction,
  MetadataContext,
  MetadataHook,
} from './domain/access/hook-types.js';
export { type ErrorCode, ParleyError } from './domain/errors.js';
export type { JsonObject, JsonValue } from './domain/json/json-value.js';
export type { ReplyPiece } from './domain/replies/reply-piece.js';
export type { ReplyEnd } from './domain/replies/reply-writer.js';
export type {
  Agent,
  Feedback,
  GuardrailEvent,
  PositionRange,
  Rating,
  Role,
  Usage,
} from './domain/sessions/model.js';
export { ConnectionPool, type PoolHealth, type PoolOptions } from './library/connection-pool.js';
export { type DatabaseOptions, type MongoNames, openDatabase as openStore } from './library/database.js';
export {
  type ErasedSessions,
  type EraseOptions,
  type ErasureReceipt,
  eraseSessions,
} from './library/erase-sessions.js';
export type { ContentBlock } from './library/message-bytes.js';
export { type MetadataTool, type MetadataToolResult, metadataTool } from './library/metadata-tool.js';
export type { Reply, ReplyOptions } from './library/reply.js';
export type { LibraryFilter, MetadataTest } from './library/session-filter.js';
export { SessionManager, type SessionManagerOptions } from './library/session-manager.js';
export {
  closeGlobalFactory,
  type FactoryOptions,
  getGlobalFactory,
  initializeGlobalFactory,
  SessionManagerFactory,
} from './library/session-manager-factory.js';
export type {
  AgentConfig,
  AgentState,
  AgentWithMessages,
  AgentWithUsage,
  AppendTo,
  MessageChange,
  MessageReference,
  NewFeedback,
  NewMessage,
  SessionOptions,
  StoredMessage,
} from './library/session-types.js';
export type { OpenedStore, PoolStats } from './stores/open-store.js';
