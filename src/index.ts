export { type ErrorCode, ParleyError } from './domain/errors.js';
export type {
  FeedbackContext,
  FeedbackHook,
  MetadataAction,
  MetadataContext,
  MetadataHook,
} from './domain/hook-types.js';
export type { JsonObject, JsonValue } from './domain/json.js';
export type { Agent, Feedback, GuardrailEvent, Rating, Role, Usage } from './domain/model.js';
export { ConnectionPool, type PoolHealth, type PoolOptions } from './library/connection-pool.js';
export type { DatabaseOptions, MongoNames } from './library/database.js';
export type { ContentBlock } from './library/message-bytes.js';
export { type MetadataTool, type MetadataToolResult, metadataTool } from './library/metadata-tool.js';
export {
  type AgentConfig,
  type AgentState,
  type AgentWithMessages,
  type AgentWithUsage,
  type MessageChange,
  type MessageReference,
  type NewFeedback,
  type NewMessage,
  SessionManager,
  type SessionManagerOptions,
  type SessionOptions,
  type StoredMessage,
} from './library/session-manager.js';
export {
  closeGlobalFactory,
  type FactoryOptions,
  getGlobalFactory,
  initializeGlobalFactory,
  SessionManagerFactory,
} from './library/session-manager-factory.js';
export {
  createStrandsStorage,
  type StrandsStorage,
  type StrandsStorageOptions,
} from './library/strands-storage.js';
export { type OpenedStore, openStore, type PoolStats, type StoreOptions } from './stores/open-store.js';
