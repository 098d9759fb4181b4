import type { JsonValue } from '../../domain/json/json-value.js';
import type { JsonObject } from '../../domain/json/json-value.js';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Caller as CallerModel, Scope as ScopeModel } from '../../domain/access/policy.js';
import type { ServerStatus as ServerStatusModel } from '../../domain/live/server-status.js';
import type { Session as SessionModel, Message as MessageModel, Usage as UsageModel, Feedback as FeedbackModel } from '../../domain/sessions/model.js';
import type { AgentParent, MessageMetricsParent, GuardrailEventParent, BlockParent, SessionConnectionParent, SessionEdgeParent, MessageConnectionParent, NodeParent, SnapshotParent, SnapshotPayloadParent, SessionPayloadParent, AgentPayloadParent, AppendPayloadParent, FeedbackPayloadParent } from '../parents.js';
import type { CycleMetrics as CycleMetricsModel, ToolUsage as ToolUsageModel } from '../../domain/sessions/metrics.js';
import type { LiveEvent } from '../../domain/live/live-events.js';
import type { Reply as ReplyModel, ReplyPart as ReplyPartModel } from '../../domain/replies/model.js';
import type { RequestContext } from '../context.js';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A point in time as ISO 8601 in UTC with milliseconds, such as 2025-01-31T09:30:00.000Z. */
  DateTime: { input: Date; output: Date; }
  /**
   * Any JSON value. An integer beyond ±9007199254740991 (2^53 - 1) is refused, and shown as a string with its digits where another program
   * stored one in MongoDB, as are decimals, dates (ISO 8601), ids (hex digits) and bytes (base64).
   */
  JSON: { input: JsonValue; output: JsonValue; }
  /** A JSON object, with values as in `JSON`. */
  JSONObject: { input: JsonObject; output: JsonObject; }
  /** An integer of up to 53 bits, for token counts that pass 2^31. */
  Long: { input: number; output: number; }
};

/** How a reply ends that is not finished. */
export type AbortReplyInput = {
  /** That of this writer. Absent: the reply ends whoever writes it. */
  epoch?: InputMaybe<Scalars['Int']['input']>;
  /** What becomes of its text. */
  keep?: ReplyKeep;
  /** Why, at most 2000 characters: readers are told. */
  reason?: InputMaybe<Scalars['String']['input']>;
  /** The reply. */
  replyId: Scalars['ID']['input'];
};

/** What abortReply gives. */
export type AbortReplyPayload = {
  /** The message that is left of the reply, where it was to be kept. */
  message?: Maybe<Message>;
  /** The reply as it is now. */
  reply: Reply;
};

/** Feedback to add. */
export type AddFeedbackInput = {
  /** The user's words. */
  comment?: InputMaybe<Scalars['String']['input']>;
  /** Further fields to store with it; not rating, comment or created_at. */
  fields?: InputMaybe<Scalars['JSONObject']['input']>;
  /** 1 to 200 characters. Repeating a call with its key has one effect. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Null or absent where the user gave none. */
  rating?: InputMaybe<Rating>;
  /** The session. */
  sessionId: Scalars['ID']['input'];
};

/** What addFeedback gives. */
export type AddFeedbackPayload = {
  /** The feedback as it is stored. */
  feedback: Feedback;
  /** The session as it is now. */
  session: Session;
};

/** One agent of a session, with its own list of messages. */
export type Agent = Node & {
  /** The agent's id within its session. */
  agentId: Scalars['ID']['output'];
  /** The state of its conversation manager, in Strands' shape. */
  conversationManagerState: Scalars['JSONObject']['output'];
  /** When it was created; null only in a damaged document. */
  createdAt?: Maybe<Scalars['DateTime']['output']>;
  /** Opaque global id, for `node`. */
  id: Scalars['ID']['output'];
  /** The message to which its writer gave this identity; null where there is none. */
  message?: Maybe<Message>;
  /** How many messages it has, superseded ones too: for `expectedMessageCount`. Never later than pages of what stands in the same answer. */
  messageCount: Scalars['Int']['output'];
  /** Its messages, page by page, in the order of the conversation. */
  messages: MessageConnection;
  /** The model it runs on. */
  model?: Maybe<Scalars['String']['output']>;
  /** Where its prompt comes from: prompt and deployment ids, version, temperature. */
  promptMetadata?: Maybe<Scalars['JSONObject']['output']>;
  /** Its replies, in the order in which they were started. One that is over is listed for a day. */
  replies: Array<Reply>;
  /** One of its replies; null where it has none of this id. One that is over is found for a day. */
  reply?: Maybe<Reply>;
  /** Its own state. */
  state: Scalars['JSONObject']['output'];
  /** Its system prompt. */
  systemPrompt?: Maybe<Scalars['String']['output']>;
  /** When its messages or its state last changed; null only in a damaged document. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Token totals over its messages; a count that none reports is 0. */
  usage: Usage;
};


/** One agent of a session, with its own list of messages. */
export type AgentMessageArgs = {
  clientId: Scalars['String']['input'];
};


/** One agent of a session, with its own list of messages. */
export type AgentMessagesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  from?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  superseded?: InputMaybe<Scalars['Boolean']['input']>;
};


/** One agent of a session, with its own list of messages. */
export type AgentRepliesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  state?: InputMaybe<ReplyState>;
};


/** One agent of a session, with its own list of messages. */
export type AgentReplyArgs = {
  replyId: Scalars['ID']['input'];
};

/** A field that an agent may be without. */
export type AgentField =
  /** `model`. */
  | 'MODEL'
  /** `promptMetadata`. */
  | 'PROMPT_METADATA'
  /** `systemPrompt`. */
  | 'SYSTEM_PROMPT';

/** An agent was created or changed. */
export type AgentUpdated = Event & {
  /** The agent as it is now. */
  agent: Agent;
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
};

/** Messages to append. */
export type AppendMessagesInput = {
  /** The agent. */
  agentId: Scalars['ID']['input'];
  /** Makes the session and the agent where they are missing, in the same step. */
  createIfMissing?: Scalars['Boolean']['input'];
  /**
   * How many messages the agent has to have, 0 where it is missing: with any other number nothing is written, and the error is
   * MESSAGES_CHANGED with the `messageCount` that there is. A call that is repeated is answered as before, whatever has come since.
   */
  expectedMessageCount?: InputMaybe<Scalars['Int']['input']>;
  /** 1 to 200 characters. Repeating a call with its key has one effect and returns the messages of the first. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 100 messages, in order. */
  messages: Array<MessageInput>;
  /** The session. */
  sessionId: Scalars['ID']['input'];
};

/** What appendMessages gives. */
export type AppendMessagesPayload = {
  /** Those of them that were added, by this call or the one that it repeats; the others were there under their `clientId`. */
  added: Array<Message>;
  /** The agent as it is now. */
  agent: Agent;
  /** The messages of the input as they are stored, in its order. */
  messages: Array<Message>;
  /** The session as it is now. */
  session: Session;
};

/** A recording. */
export type AudioBlock = Block & {
  /** The bytes as base64, null where the recording lies elsewhere. */
  bytes?: Maybe<Scalars['String']['output']>;
  /** Such as `mp3`. */
  format?: Maybe<Scalars['String']['output']>;
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
  /** Where the recording lies, or its bytes, in Strands' shape. */
  source: Scalars['JSONObject']['output'];
};

/** One write, or what of one kind was refused to one caller within a minute, or has failed. */
export type AuditEntry = {
  /** What was asked for. */
  action: Scalars['String']['output'];
  /** The agent that it was about. */
  agentId?: Maybe<Scalars['ID']['output']>;
  /** When: of what repeats, the first time. */
  at: Scalars['DateTime']['output'];
  /** Who: a key's id, a token's issuer and subject, the id of a session token; empty for a caller without a credential. */
  callerId: Scalars['String']['output'];
  /** What kind of credential the caller had. */
  callerKind: CallerKind;
  /** As a person would know the caller, such as the name of a key. */
  callerName: Scalars['String']['output'];
  /** How often within the minute: 1 for what was done. Of what is refused or fails again, one entry counts. */
  count: Scalars['Int']['output'];
  /** The address that the caller came from. */
  from?: Maybe<Scalars['String']['output']>;
  /** `ok`, or the code of the error. */
  outcome: Scalars['String']['output'];
  /** The session that it was about. */
  sessionId?: Maybe<Scalars['ID']['output']>;
};

/** One page of the audit. */
export type AuditPage = {
  /** The entries, newest first. */
  nodes: Array<AuditEntry>;
  /** Where the page lies in the list. */
  pageInfo: PageInfo;
};

/** What every block has. */
export type Block = {
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
};

/** Where the provider may cache the prompt up to. */
export type CachePointBlock = Block & {
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
  /** How long it is kept, such as `5m`. */
  ttl?: Maybe<Scalars['String']['output']>;
  /** The kind of cache point, such as `default`. */
  type?: Maybe<Scalars['String']['output']>;
};

/** Who asks, and what the credential opens. Its secret is nowhere. */
export type Caller = {
  /** When it ends; null where it does not. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** A key's id, a token's issuer and subject, the id of a session token; empty for a caller without a credential. */
  id: Scalars['String']['output'];
  /** What kind of credential it is. */
  kind: CallerKind;
  /** As a person would know the caller, such as the name of a key. */
  name: Scalars['String']['output'];
  /** What it may do, in the sessions that it reaches. */
  scopes: Array<Scope>;
  /** The one session that it opens; null where it is not limited to one. */
  sessionId?: Maybe<Scalars['ID']['output']>;
};

/** Kinds of credentials. */
export type CallerKind =
  /** None: the server asks for none, or none was shown. */
  | 'anonymous'
  /** A token of the identity provider. */
  | 'jwt'
  /** An API key. */
  | 'key'
  /** A token for one session. */
  | 'session-token'
  /**
   * The server itself, or a command on its machine: `callerId` is `retention` with the name of the rule as `callerName`, or `webhooks` with
   * that of the endpoint.
   */
  | 'system'
  /** The viewer password of one session. */
  | 'viewer';

/** Generated text with the sources that it cites. */
export type CitationsBlock = Block & {
  /** The sources, in Strands' shape. */
  citations: Array<Scalars['JSONObject']['output']>;
  /** The parts of the text, in Strands' shape. */
  parts: Array<Scalars['JSONObject']['output']>;
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
  /** The text of its parts, joined. */
  text: Scalars['String']['output'];
};

/**
 * One block of a message's content, in Strands' kinds. What other libraries write as text, or as a thought, is a TextBlock or a
 * ReasoningBlock too; a block of another kind is an UnknownBlock.
 */
export type ContentBlock = AudioBlock | CachePointBlock | CitationsBlock | DocumentBlock | GuardBlock | ImageBlock | ReasoningBlock | TextBlock | ToolResultBlock | ToolUseBlock | UnknownBlock | VideoBlock;

/** What comes next in a reply. */
export type ContinueReplyInput = {
  /** That of this writer, as startReply gave it. */
  epoch: Scalars['Int']['input'];
  /** How much text the parts of the whole reply had before these, in UTF-16 code units. */
  offset: Scalars['Int']['input'];
  /** At most 1000, in order. None: a sign of life. */
  parts: Array<ReplyPartInput>;
  /** The reply. */
  replyId: Scalars['ID']['input'];
};

/** What continueReply gives. */
export type ContinueReplyPayload = {
  /** How far the text has come: the offset of the next call. */
  offset: Scalars['Int']['output'];
};

/** A session to create. */
export type CreateSessionInput = {
  /** The application it belongs to; it cannot be changed later. */
  applicationName?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 200 characters. Repeating a call with its key has one effect. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Free-form metadata; keys must not be empty, hold a dot or begin with $. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** 1 to 512 characters. One is made where it is absent. */
  sessionId?: InputMaybe<Scalars['ID']['input']>;
  /** The kind of session. */
  sessionType?: Scalars['String']['input'];
};

/** What createSession gives. */
export type CreateSessionPayload = {
  /** The session as it is now. */
  session: Session;
};

/** What a session token shall open. */
export type CreateSessionTokenInput = {
  /** How long it is good, in seconds: 1 to 86400; an hour when absent. Never longer than the credential that it was made with. */
  expiresIn?: InputMaybe<Scalars['Int']['input']>;
  /** What its holder may do there. */
  scopes: Array<SessionTokenScope>;
  /** The one session that it opens. */
  sessionId: Scalars['ID']['input'];
};

/** The new token. */
export type CreateSessionTokenPayload = {
  /** When it ends. */
  expiresAt: Scalars['DateTime']['output'];
  /** To be sent as `authorization: Bearer <token>`, or in the `connection_init` of a WebSocket. It is shown once. */
  token: Scalars['String']['output'];
};

/** Event-loop cycles of an agent object since it was made. */
export type CycleMetrics = {
  /** Seconds for one on average. */
  averageCycleTime?: Maybe<Scalars['Float']['output']>;
  /** How many. */
  cycleCount?: Maybe<Scalars['Int']['output']>;
  /** Seconds in all. */
  totalDuration?: Maybe<Scalars['Float']['output']>;
};

/** A span of time; all given bounds hold. */
export type DateTimeRange = {
  /** After. */
  gt?: InputMaybe<Scalars['DateTime']['input']>;
  /** At or after. */
  gte?: InputMaybe<Scalars['DateTime']['input']>;
  /** Before. */
  lt?: InputMaybe<Scalars['DateTime']['input']>;
  /** At or before. */
  lte?: InputMaybe<Scalars['DateTime']['input']>;
};

/** The database cannot be read just now. Nothing is lost: Restored comes, then what happened meanwhile. */
export type Degraded = Event & {
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** What is wrong, in words for an operator. */
  detail: Scalars['String']['output'];
};

/** Metadata to remove. */
export type DeleteMetadataInput = {
  /** 1 to 200 characters. Repeating a call with its key has one effect. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Dotted paths, such as `user.name`. */
  paths: Array<Scalars['String']['input']>;
  /** The session. */
  sessionId: Scalars['ID']['input'];
};

/** What deleteMetadata gives. */
export type DeleteMetadataPayload = {
  /** The session as it is now. */
  session: Session;
};

/** A session to remove. */
export type DeleteSessionInput = {
  /** The session to remove. */
  sessionId: Scalars['ID']['input'];
};

/** What deleteSession gives. */
export type DeleteSessionPayload = {
  /** The session that was removed. */
  sessionId: Scalars['ID']['output'];
};

/** A snapshot to remove. */
export type DeleteSnapshotInput = {
  /** Its key in the session. */
  key: Scalars['String']['input'];
  /** The session. */
  sessionId: Scalars['ID']['input'];
};

/** What deleteSnapshot gives. */
export type DeleteSnapshotPayload = {
  /** The key under which there is nothing now. */
  key: Scalars['String']['output'];
};

/** A document. */
export type DocumentBlock = Block & {
  /** The bytes as base64, null where the document lies elsewhere. */
  bytes?: Maybe<Scalars['String']['output']>;
  /** Whether the model is to cite it: Strands' `citations` of a document. */
  citationConfig?: Maybe<Scalars['JSONObject']['output']>;
  /** What the model is told about it. */
  context?: Maybe<Scalars['String']['output']>;
  /** Such as `pdf`. */
  format?: Maybe<Scalars['String']['output']>;
  /** Its name, empty where it has none. */
  name: Scalars['String']['output'];
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
  /** Where the document lies, or its bytes, in Strands' shape. */
  source: Scalars['JSONObject']['output'];
};

/** Sessions to erase. */
export type EraseSessionsInput = {
  /** Only tells what would be erased. */
  dryRun?: Scalars['Boolean']['input'];
  /** Which ones. It has to ask for something, such as a value of the metadata. */
  filter: SessionFilter;
};

/** What eraseSessions gives. */
export type EraseSessionsPayload = {
  /** Nothing was erased: it was only asked. */
  dryRun: Scalars['Boolean']['output'];
  /** How many sessions the filter matched when the call began. */
  matched: Scalars['Int']['output'];
  /** Further sessions are to be erased: the same call goes on with them. It is true too where this one was interrupted. */
  more: Scalars['Boolean']['output'];
  /** What was done; null where nothing was erased. */
  receipt?: Maybe<ErasureReceipt>;
  /** The sessions that this call has erased, or would erase, the oldest first. */
  sessionIds: Array<Scalars['ID']['output']>;
};

/** What one call has erased, for whoever asked for it. */
export type ErasureReceipt = {
  /** When it was done. */
  at: Scalars['DateTime']['output'];
  /** Who: a key's id, a token's issuer and subject; empty for a caller without a credential. */
  callerId: Scalars['String']['output'];
  /** What kind of credential the caller had. */
  callerKind: CallerKind;
  /** As a person would know the caller, such as the name of a key. */
  callerName: Scalars['String']['output'];
  /** SHA-256, in hex, of their ids as a JSON list without spaces, sorted by code point. */
  digest: Scalars['String']['output'];
  /**
   * What the database was found to hold of them afterwards, place by place: tables or collections, and the write-ahead log of a file.
   * 0 everywhere proves that nothing is left. Null where the search could not be made; what was erased is erased all the same.
   */
  remains?: Maybe<Array<Remains>>;
  /** How many sessions were erased. */
  sessions: Scalars['Int']['output'];
};

/** What every event has. */
export type Event = {
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
};

/** What the feed of changes is doing. */
export type FeedState =
  /** The server is stopping. */
  | 'closed'
  /** It broke off or fell silent, and is being opened again. Subscribers are told Degraded. */
  | 'degraded'
  /** It is open, and was heard of within seconds. */
  | 'live'
  /** It is being opened for the first time. */
  | 'starting'
  /** The database has no change feed that could be opened; it is tried again all the same. */
  | 'unavailable';

/** How far the feed of changes is. */
export type FeedStatus = {
  /** Who reads the feed: groups of subscriptions, and subscriptions that are catching up. */
  followers: Scalars['Int']['output'];
  /** When the database was last heard of, with a change or without. Null where it never was. */
  heardAt?: Maybe<Scalars['DateTime']['output']>;
  /** How old the last change was when subscribers were told, in milliseconds; 0 where all is told. Null while the feed is not live. */
  lagMs?: Maybe<Scalars['Float']['output']>;
  /** When the last change was handed on, null where there was none yet. */
  lastChangeAt?: Maybe<Scalars['DateTime']['output']>;
  /** Changes that wait for the one that is furthest behind. */
  longestQueue: Scalars['Int']['output'];
  /** Changes that wait to be read by them, all together. */
  queued: Scalars['Int']['output'];
  /** Why it is not live; null where it is. */
  reason?: Maybe<Scalars['String']['output']>;
  /** Live, or why not. */
  state: FeedState;
};

/** What a user said about a session. */
export type Feedback = {
  /** The user's words. */
  comment?: Maybe<Scalars['String']['output']>;
  /** When it was given; null only in a damaged document. */
  createdAt?: Maybe<Scalars['DateTime']['output']>;
  /** Further fields that the caller stored with it. */
  fields: Scalars['JSONObject']['output'];
  /** Null where the user gave none. */
  rating?: Maybe<Rating>;
};

/** Feedback was added. */
export type FeedbackAdded = Event & {
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** The feedback. */
  feedback: Feedback;
};

/** How a reply becomes a message. */
export type FinishReplyInput = {
  /** That of this writer, as startReply gave it. */
  epoch: Scalars['Int']['input'];
  /** What it becomes, where that is not what its parts say. */
  message?: InputMaybe<MessageInput>;
  /** Usage and metrics of this one model call, as in MessageInput. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** A counter in Strands' own shape, as recordMetrics takes it. */
  metrics?: InputMaybe<Scalars['JSONObject']['input']>;
  /** How long the reply is for its writer: what is missing here is REPLY_GAP. Asked for where the server did not take all of it itself. */
  offset?: InputMaybe<Scalars['Int']['input']>;
  /** The reply. */
  replyId: Scalars['ID']['input'];
};

/** What finishReply gives. */
export type FinishReplyPayload = {
  /** The message that the reply has become. */
  message: Message;
  /** The reply as it is now. */
  reply: Reply;
};

/** Content that a guardrail is to look at. */
export type GuardBlock = Block & {
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
  /** The text, empty where it guards an image. */
  text: Scalars['String']['output'];
  /** What is guarded, in Strands' shape. */
  value: Scalars['JSONObject']['output'];
};

/** What a guardrail did to a message. */
export type GuardrailEvent = {
  /** What it did, such as BLOCKED. */
  action: Scalars['String']['output'];
  /** The agent whose message it was; null on the message itself. */
  agentId?: Maybe<Scalars['ID']['output']>;
  /** The number of that message; null on the message itself. */
  messageId?: Maybe<Scalars['Int']['output']>;
  /** Policy name to what triggered it. */
  policiesTriggered?: Maybe<Scalars['JSONObject']['output']>;
  /** The model's stop reason. */
  stopReason?: Maybe<Scalars['String']['output']>;
  /** When. */
  timestamp?: Maybe<Scalars['DateTime']['output']>;
  /** The guardrail's own trace; kept on the message, null in a session's list. */
  trace?: Maybe<Scalars['JSONObject']['output']>;
};

/** What a guardrail did. */
export type GuardrailEventInput = {
  /** What the guardrail did, such as BLOCKED. */
  action: Scalars['String']['input'];
  /** The model's stop reason. */
  stopReason?: InputMaybe<Scalars['String']['input']>;
  /** The guardrail's trace in the provider's own shape; the policies that it names are summed up from it. */
  trace?: InputMaybe<Scalars['JSONObject']['input']>;
};

/** An image. */
export type ImageBlock = Block & {
  /** The bytes as base64, null where the image lies elsewhere. */
  bytes?: Maybe<Scalars['String']['output']>;
  /** Such as `png`. */
  format?: Maybe<Scalars['String']['output']>;
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
  /** Where the image lies, or its bytes, in Strands' shape. */
  source: Scalars['JSONObject']['output'];
};

/** One message of an agent's conversation. A redacted one shows its replacement; the original is nowhere. */
export type Message = Node & {
  /**
   * What the framework that wrote it calls its author, where that is neither user nor assistant: `system`, `developer`, `tool`, or the name of
   * an agent; from `framework.author` of its metadata. Null for all others.
   */
  author?: Maybe<Scalars['String']['output']>;
  /**
   * Its calls of tools, by `toolUseId`, that wait for somebody's approval, where the framework that wrote it tells; from
   * `framework.approvals` of its metadata.
   */
  awaitingApproval: Array<Scalars['ID']['output']>;
  /** Its content blocks as they are stored, whoever wrote them; bytes as base64. */
  blocks: Array<Scalars['JSONObject']['output']>;
  /** The identity that its writer gave it, unique within the agent. */
  clientId?: Maybe<Scalars['String']['output']>;
  /** Its content blocks. */
  content: Array<ContentBlock>;
  /** When it was said: as its writer gave it, else when it was appended; null only in a damaged document. The order is that of `position`. */
  createdAt?: Maybe<Scalars['DateTime']['output']>;
  /** Why a guardrail had it replaced. */
  guardrailEvent?: Maybe<GuardrailEvent>;
  /** Opaque global id, for `node`. */
  id: Scalars['ID']['output'];
  /** Its number within the agent, from 0. Not unique where several Python processes wrote at once. Null only in a damaged document. */
  messageId?: Maybe<Scalars['Int']['output']>;
  /** What its writer keeps beside the content, such as the usage of that model call. Of a redacted one the numbers alone. */
  metadata?: Maybe<Scalars['JSONObject']['output']>;
  /** What it cost, and times and calls that were recorded with it; null where nothing was. */
  metrics?: Maybe<MessageMetrics>;
  /** Its index in the agent's list; it never changes. */
  position: Scalars['Int']['output'];
  /** Whether its content was replaced. */
  redacted: Scalars['Boolean']['output'];
  /** Who said it; null only in a damaged document. */
  role?: Maybe<Role>;
  /** The position of the newest message that supersedes it; null where none does. Whatever that one's own fate is. */
  supersededBy?: Maybe<Scalars['Int']['output']>;
  /** Earlier messages in whose place it stands, as its writer gave them. They stay where they are. */
  supersedes: Array<PositionRange>;
  /** What it says: its texts, its cited texts and its refusals, in order, joined by line feeds. A thought is no speech. */
  text: Scalars['String']['output'];
  /** Strands' own identity of the message; a redacted one shows none. */
  trackingId?: Maybe<Scalars['String']['output']>;
  /** When it was last changed; null only in a damaged document. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** A message was appended. */
export type MessageAdded = Event & {
  /** The agent it belongs to. Never null; the type is that of Resync, so that one subscription can ask for both. */
  agentId?: Maybe<Scalars['ID']['output']>;
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** The message as it is now. */
  message: Message;
};

/** A page of messages. */
export type MessageConnection = {
  /** The messages of this page with their cursors. */
  edges: Array<MessageEdge>;
  /** The messages of this page. */
  nodes: Array<Message>;
  /** Where this page lies. */
  pageInfo: PageInfo;
  /** All messages of the agent, superseded ones too. */
  totalCount: Scalars['Int']['output'];
};

/** A message in a page. */
export type MessageEdge = {
  /** Where the message stands; for `after` and `before`. */
  cursor: Scalars['String']['output'];
  /** The message. */
  node: Message;
};

/** Exactly one of `text` and `content`. */
export type MessageInput = {
  /**
   * Its identity, unique within the agent: 1 to 200 characters. A message that the agent has under it already is not added
   * again; one that differs is IDEMPOTENCY_CONFLICT, and nothing is written.
   */
  clientId?: InputMaybe<Scalars['String']['input']>;
  /** Content blocks in Strands' own shape, such as `{"text": "Hi"}`; bytes as base64. */
  content?: InputMaybe<Array<Scalars['JSONObject']['input']>>;
  /** When it was said, for imports: from 1970 to now. The order stays the order of appending. Absent, it is now. */
  createdAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Usage and metrics of this one model call: `{usage: {inputTokens, …}, metrics: {latencyMs, …}}`, the usage as the model's library gives it. Kept as it is; what is no count in it is not counted. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** Who said it. */
  role: Role;
  /**
   * Earlier messages of the agent in whose place it stands: at most 100 ranges, which may cover superseded ones and each other. The messages
   * stay, marked. With `content: []` they are taken out: the entry itself is then not among what stands either.
   */
  supersedes?: InputMaybe<Array<PositionRangeInput>>;
  /** Short for one text block. */
  text?: InputMaybe<Scalars['String']['input']>;
  /** Strands' own identity of the message: 1 to 200 characters. */
  trackingId?: InputMaybe<Scalars['String']['input']>;
};

/**
 * What is recorded with a message. Latencies are those of its own model call where the message carries them; else, as cycles and
 * tools always, what the counter of the agent object stood at then, which runs on over all its invocations.
 */
export type MessageMetrics = {
  /** Event-loop cycles of the agent object until then. */
  cycles?: Maybe<CycleMetrics>;
  /** Milliseconds until the answer was whole. */
  latencyMs?: Maybe<Scalars['Float']['output']>;
  /** Milliseconds until its first byte. */
  timeToFirstByteMs?: Maybe<Scalars['Float']['output']>;
  /** Tool calls of the agent object until then, by tool. */
  tools: Array<ToolUsage>;
  /**
   * What the message cost: its own model call where it reports that (`metadata`), else what the counter has risen by since it was
   * recorded before. Messages add up to the totals of agent and session.
   */
  usage?: Maybe<Usage>;
};

/** A message was redacted or got metrics. */
export type MessageUpdated = Event & {
  /** The agent it belongs to. Never null; the type is that of Resync, so that one subscription can ask for both. */
  agentId?: Maybe<Scalars['ID']['output']>;
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** The message as it is now. */
  message: Message;
};

/** Metadata was set or removed. */
export type MetadataChanged = Event & {
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** The session as it is now. */
  session: Session;
};

/**
 * A condition on the metadata value at one path; all given tests hold. Types are never mixed: 1 is not "1" nor true.
 * Arrays and objects compare whole. A value is tested as it is shown: an integer beyond ±(2^53 - 1), a decimal, a date or an id that
 * another program stored is found with `eq` and `in` by its string alone, and by no number; it lies in no range.
 */
export type MetadataCondition = {
  /** The value is this one. */
  eq?: InputMaybe<Scalars['JSON']['input']>;
  /** Whether there is a value at all. */
  exists?: InputMaybe<Scalars['Boolean']['input']>;
  /** Greater than this number or string. */
  gt?: InputMaybe<Scalars['JSON']['input']>;
  /** At least this number or string. */
  gte?: InputMaybe<Scalars['JSON']['input']>;
  /** The value is one of these, at most 200. */
  in?: InputMaybe<Array<InputMaybe<Scalars['JSON']['input']>>>;
  /** True: there is a null stored. False or null asks nothing. */
  isNull?: InputMaybe<Scalars['Boolean']['input']>;
  /** Less than this number or string. */
  lt?: InputMaybe<Scalars['JSON']['input']>;
  /** At most this number or string. */
  lte?: InputMaybe<Scalars['JSON']['input']>;
  /** A dotted path such as `user.id` or `tags.0`. */
  path: Scalars['String']['input'];
};

/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type Mutation = {
  /** Ends a reply without finishing it. */
  abortReply: AbortReplyPayload;
  /** Adds what a user said about a session. */
  addFeedback: AddFeedbackPayload;
  /** Appends one or several messages to an agent: all of them, next to each other, or none. */
  appendMessages: AppendMessagesPayload;
  /** Appends to a reply in progress. A call that is repeated adds nothing; a gap is REPLY_GAP, with the offset that is `expected`. */
  continueReply: ContinueReplyPayload;
  /** Makes a session. SESSION_EXISTS where the id is taken. */
  createSession: CreateSessionPayload;
  /** Makes a short-lived token for one session, for a browser that shall see no other. Needs the scope read and those that it grants. */
  createSessionToken: CreateSessionTokenPayload;
  /** Removes metadata at dotted paths; an array element becomes null. All of them or none. */
  deleteMetadata: DeleteMetadataPayload;
  /** Removes a session with all its agents, messages and feedback. SESSION_NOT_FOUND where there is none. */
  deleteSession: DeleteSessionPayload;
  /** Removes what stands under a key; nothing happens where there is nothing. */
  deleteSnapshot: DeleteSnapshotPayload;
  /**
   * Erases the sessions that a filter finds, to forget a user or a conversation: agents, messages, feedback, receipts and snapshots go
   * with them, and whoever follows them is told. Up to 100 at a time, the oldest first: repeat the call while `more` is true. Needs the
   * scope delete; sessions out of the caller's reach are left alone. BAD_USER_INPUT for a filter that every session matches.
   */
  eraseSessions: EraseSessionsPayload;
  /** Makes the message of a reply, and ends it, in one step. Repeated, it gives the same message. */
  finishReply: FinishReplyPayload;
  /** Records on a message what the counter of its agent object stands at. */
  recordMetrics: RecordMetricsPayload;
  /** Replaces the content of a message for good, everywhere. */
  redactMessage: RedactMessagePayload;
  /** Begins a reply that grows, or takes one over: whoever wrote it before is fenced. Needs the scope reply, as the next three do. */
  startReply: StartReplyPayload;
  /** Sets metadata at dotted paths; everything else stays. All of them or none. */
  updateMetadata: UpdateMetadataPayload;
  /** Makes an agent, or changes the given fields of one. */
  upsertAgent: UpsertAgentPayload;
  /**
   * Keeps bytes under a key of a session, in place of those that were there. Made once more, it is the same. Needs the scope snapshot, as the next one
   * does.
   */
  writeSnapshot: WriteSnapshotPayload;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationAbortReplyArgs = {
  input: AbortReplyInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationAddFeedbackArgs = {
  input: AddFeedbackInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationAppendMessagesArgs = {
  input: AppendMessagesInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationContinueReplyArgs = {
  input: ContinueReplyInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationCreateSessionArgs = {
  input: CreateSessionInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationCreateSessionTokenArgs = {
  input: CreateSessionTokenInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationDeleteMetadataArgs = {
  input: DeleteMetadataInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationDeleteSessionArgs = {
  input: DeleteSessionInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationDeleteSnapshotArgs = {
  input: DeleteSnapshotInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationEraseSessionsArgs = {
  input: EraseSessionsInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationFinishReplyArgs = {
  input: FinishReplyInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationRecordMetricsArgs = {
  input: RecordMetricsInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationRedactMessageArgs = {
  input: RedactMessageInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationStartReplyArgs = {
  input: StartReplyInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationUpdateMetadataArgs = {
  input: UpdateMetadataInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationUpsertAgentArgs = {
  input: UpsertAgentInput;
};


/**
 * What can be written. Without the scope read the objects of an answer hold ids and what the call gave; any other field is
 * FORBIDDEN where it is asked for, and the write is made all the same.
 */
export type MutationWriteSnapshotArgs = {
  input: WriteSnapshotInput;
};

/** Anything that has an id of its own and can be fetched again by it. */
export type Node = {
  /** Opaque and unique over all types. */
  id: Scalars['ID']['output'];
};

/** The way a list is sorted. */
export type OrderDirection =
  /** Smallest or earliest first. */
  | 'asc'
  /** Largest or latest first. */
  | 'desc';

/** Where a page lies in its list. */
export type PageInfo = {
  /** The cursor of the last item of this page, null where it is empty. */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether there are further items after this page. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Whether there are further items before this page. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the first item of this page, null where it is empty. */
  startCursor?: Maybe<Scalars['String']['output']>;
};

/** Messages of one agent by their positions, both ends included. */
export type PositionRange = {
  /** The position of the first. */
  from: Scalars['Int']['output'];
  /** The position of the last. */
  to: Scalars['Int']['output'];
};

/** Messages of one agent by their positions, both ends included: from 0, before the message itself. */
export type PositionRangeInput = {
  /** The position of the first. */
  from: Scalars['Int']['input'];
  /** The position of the last, no smaller. */
  to: Scalars['Int']['input'];
};

/** What can be read. */
export type Query = {
  /** Who wrote what, and who was refused, newest first. Needs the scope admin; a credential that is limited to some sessions names one of them. */
  auditLog: AuditPage;
  /** Who asks, by the credential that came with the operation, and what it may do. */
  caller: Caller;
  /** Any object by its global id, null where there is none. */
  node?: Maybe<Node>;
  /** How the server process that answers is. */
  serverStatus: ServerStatus;
  /** One session by its own id, null where there is none. */
  session?: Maybe<Session>;
  /** Sessions, page by page. */
  sessions: SessionConnection;
  /** What an endpoint did not take for three days, the oldest first. Needs the scope admin, of a credential that is not limited to some sessions. */
  webhookDeadLetters: WebhookDeadLetterPage;
  /** How the endpoints are that events are sent to, by name. Needs the scope admin, of a credential that is not limited to some sessions. */
  webhookEndpoints: Array<WebhookEndpoint>;
};


/** What can be read. */
export type QueryAuditLogArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  callerId?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  sessionId?: InputMaybe<Scalars['ID']['input']>;
};


/** What can be read. */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/** What can be read. */
export type QuerySessionArgs = {
  sessionId: Scalars['ID']['input'];
};


/** What can be read. */
export type QuerySessionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<SessionFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<SessionOrder>;
};


/** What can be read. */
export type QueryWebhookDeadLettersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  endpoint: Scalars['String']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** How a user rated a conversation. */
export type Rating =
  /** Bad. */
  | 'down'
  /** Good. */
  | 'up';

/** The first event of every subscription: from here on nothing is missed. */
export type Ready = Event & {
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /**
   * Whether the feed goes on from `after`: all that was missed follows. False where no cursor was given, or it could not go on (Resync
   * says why): what happened before is not told. A client that gets it after events that it had seen has to load again what it shows.
   */
  resumed: Scalars['Boolean']['output'];
  /** Whether the session exists; always true for sessionActivity. */
  sessionExists: Scalars['Boolean']['output'];
};

/** What the model thought before it answered. */
export type ReasoningBlock = Block & {
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
  /** The hidden thought, as base64. */
  redactedContent?: Maybe<Scalars['String']['output']>;
  /** The provider's signature over the text. */
  signature?: Maybe<Scalars['String']['output']>;
  /** The thought, empty where the provider hides it. */
  text: Scalars['String']['output'];
};

/** The message by its `id`, or by sessionId, agentId and one of messageId and clientId. */
export type RecordMetricsInput = {
  /** The agent. */
  agentId?: InputMaybe<Scalars['ID']['input']>;
  /** The identity that its writer gave it. */
  clientId?: InputMaybe<Scalars['String']['input']>;
  /** The global id of the message. */
  id?: InputMaybe<Scalars['ID']['input']>;
  /** 1 to 200 characters. Repeating a call with its key has one effect. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The number of the message; the first one with it. */
  messageId?: InputMaybe<Scalars['Int']['input']>;
  /**
   * In Strands' own shape: accumulated_usage, accumulated_metrics, cycle_metrics, tool_usage. They are a counter, which runs on over
   * all invocations of an agent object and begins at zero where the object is made anew: a message costs what `accumulated_usage` has
   * risen by since it was recorded before. What one model call cost goes into `metadata` of its message instead.
   */
  metrics: Scalars['JSONObject']['input'];
  /** The session. */
  sessionId?: InputMaybe<Scalars['ID']['input']>;
};

/** What recordMetrics gives. */
export type RecordMetricsPayload = {
  /** The message as it is now. */
  message: Message;
};

/** The message by its `id`, or by sessionId, agentId and one of messageId and clientId. */
export type RedactMessageInput = {
  /** The agent. */
  agentId?: InputMaybe<Scalars['ID']['input']>;
  /** The identity that its writer gave it. */
  clientId?: InputMaybe<Scalars['String']['input']>;
  /** Why, where a guardrail asked for it. */
  guardrailEvent?: InputMaybe<GuardrailEventInput>;
  /** The global id of the message. */
  id?: InputMaybe<Scalars['ID']['input']>;
  /** 1 to 200 characters. Repeating a call with its key has one effect. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The number of the message; the first one with it. */
  messageId?: InputMaybe<Scalars['Int']['input']>;
  /** What to show in its place. */
  replacement: ReplacementInput;
  /** The session. */
  sessionId?: InputMaybe<Scalars['ID']['input']>;
};

/** What redactMessage gives. */
export type RedactMessagePayload = {
  /** The message as it is now. */
  message: Message;
};

/** What is left in one place of the database. */
export type Remains = {
  /** Rows, documents, or of a file bytes. */
  left: Scalars['Int']['output'];
  /** The table, the collection or the file. */
  place: Scalars['String']['output'];
};

/** Exactly one of `text` and `content`. */
export type ReplacementInput = {
  /** Content blocks in Strands' own shape; bytes as base64. */
  content?: InputMaybe<Array<Scalars['JSONObject']['input']>>;
  /** Who is shown as having said it. */
  role: Role;
  /** Short for one text block. */
  text?: InputMaybe<Scalars['String']['input']>;
};

/** A reply that grows, or has ended a short while ago. Its text becomes a message of its agent when it is finished. */
export type Reply = {
  /** The agent that replies. */
  agentId: Scalars['ID']['output'];
  /** Each block so far, as one part. Of a reply that is over they are kept for an hour; the message has them. */
  blocks: Array<ReplyPart>;
  /** When a call that continues it is answered. */
  durability: ReplyDurability;
  /** When it was finished or aborted. */
  endedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What it has become; null where it is not over, or nothing of it was kept. */
  message?: Maybe<Message>;
  /** How much text its parts have together, in UTF-16 code units. */
  offset: Scalars['Int']['output'];
  /** Why it was aborted. */
  reason?: Maybe<Scalars['String']['output']>;
  /** Unique in the whole database. */
  replyId: Scalars['ID']['output'];
  /** Seconds without a sign of the writer after which it is abandoned. */
  replyTimeout: Scalars['Int']['output'];
  /** Its session. */
  sessionId: Scalars['ID']['output'];
  /** When it was started. */
  startedAt: Scalars['DateTime']['output'];
  /** Whether it grows. */
  state: ReplyState;
  /** What its blocks of kind TEXT say, joined by line feeds. */
  text: Scalars['String']['output'];
};

/** Nobody has heard of the writer of a reply for its timeout. The text is kept. */
export type ReplyAbandoned = Event & {
  /** The agent that replies. Never null; the type is that of Resync, so that one subscription can ask for both. */
  agentId?: Maybe<Scalars['ID']['output']>;
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** How much of it there is. */
  offset: Scalars['Int']['output'];
  /** The reply. */
  replyId: Scalars['ID']['output'];
};

/** A reply is over without having been finished. */
export type ReplyAborted = Event & {
  /** Why, where that was said. */
  abortReason?: Maybe<Scalars['String']['output']>;
  /** The agent that has replied. Never null; the type is that of Resync, so that one subscription can ask for both. */
  agentId?: Maybe<Scalars['ID']['output']>;
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** The message that is left of it, as that is now, and comes with no MessageAdded; null where nothing is. Else forget what was told of it. */
  kept?: Maybe<Message>;
  /** The reply. */
  replyId: Scalars['ID']['output'];
};

/** What a block of a reply is. */
export type ReplyBlockKind =
  /** What a program keeps beside what is said, in a form of its own that `name` tells. Show it to nobody; no message is made of it. */
  | 'data'
  /** What it thinks. */
  | 'reasoning'
  /** What the agent says. */
  | 'text'
  /** A call of a tool: the text is the JSON of its input. */
  | 'tool-input'
  /** What a tool has answered. */
  | 'tool-result';

/** How durable a call is when it is answered. */
export type ReplyDurability =
  /** Not yet; it is within 250 ms. After a crash of the server the writer goes on from an earlier offset. */
  | 'batched'
  /** On the disk, or on a majority of the database's members. */
  | 'each';

/** A reply is finished. Its message comes with this event, and with no MessageAdded. */
export type ReplyFinished = Event & {
  /** The agent that has replied. Never null; the type is that of Resync, so that one subscription can ask for both. */
  agentId?: Maybe<Scalars['ID']['output']>;
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** The message that it has become, as that is now. */
  message: Message;
  /** The reply. */
  replyId: Scalars['ID']['output'];
};

/** What becomes of the text of a reply that is aborted. */
export type ReplyKeep =
  /** It is removed. */
  | 'discard'
  /** It becomes a message, without calls of tools whose input is cut off. */
  | 'message';

/** A piece of one block of a reply, or all of it. */
export type ReplyPart = {
  /** The number of the block, from 0. */
  block: Scalars['Int']['output'];
  /** What the block is. */
  kind: ReplyBlockKind;
  /** Of TOOL_INPUT: the tool. Of DATA: its form. */
  name?: Maybe<Scalars['String']['output']>;
  /** Of TOOL_RESULT. */
  status?: Maybe<ReplyToolStatus>;
  /** The piece. */
  text: Scalars['String']['output'];
  /** Of TOOL_INPUT and TOOL_RESULT: which call it is. */
  toolUseId?: Maybe<Scalars['ID']['output']>;
};

/** A piece of one block. What the block is has to be said with its first part alone. */
export type ReplyPartInput = {
  /** The number of the block: from 0, without gaps. */
  block: Scalars['Int']['input'];
  /** What the block is; TEXT where the first part says nothing. */
  kind?: InputMaybe<ReplyBlockKind>;
  /** Of TOOL_INPUT: the tool. Of DATA: its form. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Of TOOL_RESULT; SUCCESS where the first part says nothing. */
  status?: InputMaybe<ReplyToolStatus>;
  /** The piece. It must not end in the middle of a surrogate pair. */
  text: Scalars['String']['input'];
  /** Of TOOL_INPUT and TOOL_RESULT: which call it is. */
  toolUseId?: InputMaybe<Scalars['ID']['input']>;
};

/** A reply has grown. */
export type ReplyProgress = Event & {
  /** The agent that replies. Never null; the type is that of Resync, so that one subscription can ask for both. */
  agentId?: Maybe<Scalars['ID']['output']>;
  /** Resume after this event by passing it as `after`: what comes next begins with the very next character. */
  cursor: Scalars['String']['output'];
  /** How much of it the reader was told before. */
  offset: Scalars['Int']['output'];
  /** What comes next, in order. Of a reader that is slow, parts are joined. */
  parts: Array<ReplyPart>;
  /** The reply. */
  replyId: Scalars['ID']['output'];
};

/** A writer goes on with a reply that was abandoned. */
export type ReplyResumed = Event & {
  /** The agent that replies. Never null; the type is that of Resync, so that one subscription can ask for both. */
  agentId?: Maybe<Scalars['ID']['output']>;
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** How much of it there is. */
  offset: Scalars['Int']['output'];
  /** The reply. */
  replyId: Scalars['ID']['output'];
};

/** What was told of a reply after `offset` no longer holds: the server has lost it, or another writer went on from there. What follows begins there. */
export type ReplyRewound = Event & {
  /** The agent that replies. Never null; the type is that of Resync, so that one subscription can ask for both. */
  agentId?: Maybe<Scalars['ID']['output']>;
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** How much of it still holds. */
  offset: Scalars['Int']['output'];
  /** The reply. */
  replyId: Scalars['ID']['output'];
};

/** There is a reply: one that begins, or that was there before the reader came. */
export type ReplyStarted = Event & {
  /** The agent that replies. Never null; the type is that of Resync, so that one subscription can ask for both. */
  agentId?: Maybe<Scalars['ID']['output']>;
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** It, with its text so far. Where that goes back to an earlier block, the rest follows at once as ReplyProgress: an offset into what was told is one into its blocks, one after the other. */
  reply: Reply;
  /** The reply. */
  replyId: Scalars['ID']['output'];
};

/** How a reply stands. */
export type ReplyState =
  /** Nobody is heard of its writer. A writer may go on with it. */
  | 'abandoned'
  /** It is over without having been finished. */
  | 'aborted'
  /** It is a message. */
  | 'finished'
  /** It grows, or did until a moment ago. */
  | 'writing';

/** How a tool call went. */
export type ReplyToolStatus =
  /** It failed. */
  | 'error'
  /** It worked. */
  | 'success';

/** The database can be read again. */
export type Restored = Event & {
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
};

/** Something was missed or no longer holds: load what you show again. The feed goes on after it. */
export type Resync = Event & {
  /** The agent it is about; null when it is about the whole session or list. */
  agentId?: Maybe<Scalars['ID']['output']>;
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** Why. */
  reason: ResyncReason;
};

/** Why a client has to load again what it shows. */
export type ResyncReason =
  /** Another program wrote the agent's messages anew. */
  | 'AGENT_REWRITTEN'
  /** The cursor is older than the history that is kept. Missing messages follow; other changes are not told one by one. */
  | 'HISTORY_GONE'
  /** The session was removed and made anew since. */
  | 'SESSION_RECREATED';

/** Who said a message. */
export type Role =
  /** The model. */
  | 'assistant'
  /** The user, or a tool's result on the way to the model. */
  | 'user';

/** What a credential may do. */
export type Scope =
  /** Read the audit and the server's status. */
  | 'admin'
  /** Create sessions, append messages, write agents and metrics. */
  | 'append'
  /** Delete and erase sessions. */
  | 'delete'
  /** Add feedback. */
  | 'feedback'
  /** Set and remove metadata. */
  | 'metadata'
  /** Read sessions and follow them live. */
  | 'read'
  /** Redact messages. */
  | 'redact'
  /** Write replies as they grow, and end them. */
  | 'reply'
  /** Read and write what agents keep of themselves: an agent's own scope, for it shows what was redacted, too. */
  | 'snapshot';

/** How one server process is, measured when it is asked for. */
export type ServerStatus = {
  /** The feed of changes that every subscription of this process lives on. */
  feed: FeedStatus;
  /** Whether requests should be sent to it: it is not stopping, the database answers and takes writes, and the feed is live or cannot be had from this database. */
  ready: Scalars['Boolean']['output'];
  /** The WebSockets and event streams of this process. */
  sockets: SocketStatus;
  /** The database. */
  store: StoreStatus;
  /** The version of Parley that it runs. */
  version: Scalars['String']['output'];
  /** What works just now. */
  works: Works;
};

/** A conversation: its agents with their messages, metadata and feedback. */
export type Session = Node & {
  /** The replies of its agents that are not over, in the order in which they were started; at most 64. */
  activeReplies: Array<Reply>;
  /** One agent, null where there is none. */
  agent?: Maybe<Agent>;
  /** All agents, in the order in which they came to be. */
  agents: Array<Agent>;
  /** The application it belongs to; set when it is created, and never changed. */
  applicationName?: Maybe<Scalars['String']['output']>;
  /** When it was created; null only in a damaged document. */
  createdAt?: Maybe<Scalars['DateTime']['output']>;
  /** All feedback, oldest first. */
  feedback: Array<Feedback>;
  /** What guardrails did, oldest first. */
  guardrailEvents: Array<GuardrailEvent>;
  /** Opaque global id, for `node`. */
  id: Scalars['ID']['output'];
  /** Messages over all agents. */
  messageCount: Scalars['Int']['output'];
  /** The free-form metadata, whole or only the given paths. */
  metadata: Scalars['JSONObject']['output'];
  /** The id that the session was created with. */
  sessionId: Scalars['ID']['output'];
  /** What an agent keeps of itself under this key; null where there is nothing. Needs the scope snapshot, as the next one does. */
  snapshot?: Maybe<Snapshot>;
  /** The keys of its snapshots, by code point. */
  snapshotKeys: Array<Scalars['String']['output']>;
  /** The kind of session, AGENT unless its creator said otherwise. */
  type: Scalars['String']['output'];
  /**
   * When its conversation last changed: an agent created, agent state written, a message appended or redacted, feedback
   * added. Metadata, metrics and agent configuration do not move it. Null only in a damaged document.
   */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Token totals over all messages of all agents; a count that none reports is 0. */
  usage: Usage;
};


/** A conversation: its agents with their messages, metadata and feedback. */
export type SessionAgentArgs = {
  agentId: Scalars['ID']['input'];
};


/** A conversation: its agents with their messages, metadata and feedback. */
export type SessionMetadataArgs = {
  paths?: InputMaybe<Array<Scalars['String']['input']>>;
};


/** A conversation: its agents with their messages, metadata and feedback. */
export type SessionSnapshotArgs = {
  key: Scalars['String']['input'];
};


/** A conversation: its agents with their messages, metadata and feedback. */
export type SessionSnapshotKeysArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  prefix?: Scalars['String']['input'];
};

/** Something in a session changed. */
export type SessionChanged = Event & {
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** The session as it is now. */
  session: Session;
};

/** A page of sessions. */
export type SessionConnection = {
  /** The sessions of this page with their cursors. */
  edges: Array<SessionEdge>;
  /** The sessions of this page. */
  nodes: Array<Session>;
  /** Where this page lies. */
  pageInfo: PageInfo;
  /** Matching sessions on all pages; counted only when asked for. */
  totalCount: Scalars['Int']['output'];
};

/** A session that was followed before it existed has come to be. */
export type SessionCreated = Event & {
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** The session. */
  session: Session;
};

/** A session was removed. A subscription to that session completes after it. */
export type SessionDeleted = Event & {
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** The session. */
  sessionId: Scalars['ID']['output'];
};

/** A session in a page. */
export type SessionEdge = {
  /** Where the session stands in this order; for `after` and `before`. */
  cursor: Scalars['String']['output'];
  /** The session. */
  node: Session;
};

/** All given conditions hold together; `{}` matches every session. */
export type SessionFilter = {
  /** It has at least one of these agents, at most 200. */
  agentIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** All of these hold. */
  and?: InputMaybe<Array<SessionFilter>>;
  /** The application it belongs to. */
  applicationName?: InputMaybe<Scalars['String']['input']>;
  /** When it was created. */
  createdAt?: InputMaybe<DateTimeRange>;
  /** It has at least one feedback with this rating. */
  feedbackRating?: InputMaybe<Rating>;
  /** Conditions on metadata; all hold. */
  metadata?: InputMaybe<Array<MetadataCondition>>;
  /** This does not hold. */
  not?: InputMaybe<SessionFilter>;
  /** At least one of these holds. */
  or?: InputMaybe<Array<SessionFilter>>;
  /** The session's id begins with this, character by character. Not empty. */
  sessionIdPrefix?: InputMaybe<Scalars['String']['input']>;
  /** The session's id is one of these, at most 200. */
  sessionIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** The kind of session. */
  sessionType?: InputMaybe<Scalars['String']['input']>;
  /** When its conversation last changed. */
  updatedAt?: InputMaybe<DateTimeRange>;
  /** True: it has at least one feedback without a rating. False or null asks nothing. */
  withUnratedFeedback?: InputMaybe<Scalars['Boolean']['input']>;
  /** True: it belongs to no application. False or null asks nothing. */
  withoutApplicationName?: InputMaybe<Scalars['Boolean']['input']>;
};

/**
 * A session does not match the filter of sessionActivity, after a change that can have taken it out. Take it out of the list, if it is
 * there: the server does not keep what it has told, and also names sessions that have never matched.
 */
export type SessionLeft = Event & {
  /** Resume after this event by passing it as `after`. */
  cursor: Scalars['String']['output'];
  /** The session. */
  sessionId: Scalars['ID']['output'];
};

/** The order of a list of sessions; ties are broken by session id. */
export type SessionOrder = {
  /** Which way. */
  direction?: OrderDirection;
  /** What to sort by. */
  field: SessionOrderField;
};

/** What sessions can be sorted by. */
export type SessionOrderField =
  /** When they were created. */
  | 'createdAt'
  /** When their conversation last changed. */
  | 'updatedAt';

/** What the holder of a session token may do with its session. */
export type SessionTokenScope =
  /** Append messages and keep the agent's state. */
  | 'append'
  /** Add feedback. */
  | 'feedback'
  /** Read it and follow it live. */
  | 'read'
  /** Write replies as they grow, and end them. */
  | 'reply';

/**
 * What an agent keeps of itself between two runs, in a form of its own. It is not a part of the conversation: no event tells of it, a redaction
 * does not reach into it, and it goes with its session.
 */
export type Snapshot = {
  /** Its bytes, as base64. */
  data: Scalars['String']['output'];
  /** Its key in the session. */
  key: Scalars['String']['output'];
  /** When it was written. */
  writtenAt: Scalars['DateTime']['output'];
};

/** The WebSockets of one server process, and its answers of server-sent events, each of which is one subscription. */
export type SocketStatus = {
  /** Groups of equal subscriptions that are executed as one. */
  groups: Scalars['Int']['output'];
  /** Bytes that were sent and not taken yet, of the one that has left most. */
  mostWaitingBytes: Scalars['Float']['output'];
  /** Those that are open. */
  open: Scalars['Int']['output'];
  /** Subscriptions on them. */
  subscriptions: Scalars['Int']['output'];
  /** Bytes that were sent and not taken yet, of all of them together. */
  waitingBytes: Scalars['Float']['output'];
};

/** A reply to begin, or to take over. */
export type StartReplyInput = {
  /** The agent that replies. */
  agentId: Scalars['ID']['input'];
  /** Makes the session and the agent where they are missing, in the same step. */
  createIfMissing?: Scalars['Boolean']['input'];
  /** When a call that continues it is answered. Of a reply that is taken over it stays as it is. */
  durability?: ReplyDurability;
  /** 1 to 200 characters. Repeating a call with its key has one effect: it gives the epoch of the first, and fences nobody. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 200 characters, unique in the whole database. One is made where it is absent. */
  replyId?: InputMaybe<Scalars['ID']['input']>;
  /** Seconds without a sign of the writer after which the reply is abandoned: 1 to 3600. */
  replyTimeout?: Scalars['Int']['input'];
  /** The session. */
  sessionId: Scalars['ID']['input'];
};

/** What startReply gives. */
export type StartReplyPayload = {
  /** This writer's: to be given with each of its calls. Rises with each writer. */
  epoch: Scalars['Int']['output'];
  /** How far the text has come: where this writer goes on. */
  offset: Scalars['Int']['output'];
  /** The reply as it is now. */
  reply: Reply;
  /** The reply. */
  replyId: Scalars['ID']['output'];
};

/** The databases that Parley runs on. */
export type StoreEngine =
  /** A MongoDB, or a server that speaks its protocol. */
  | 'mongodb'
  /** The embedded file. */
  | 'sqlite';

/** Whether the database answers and takes writes. */
export type StoreStatus = {
  /** Which database it is. */
  engine: StoreEngine;
  /** Sessions that this process found to fill 80 % of what the database takes of one: 16 MB on MongoDB. SQLite has no such limit. */
  nearlyFull: Scalars['Int']['output'];
  /** Whether it answered just now, and takes writes. */
  ok: Scalars['Boolean']['output'];
  /** Why it did not answer, or takes no writes; null where all is well. */
  reason?: Maybe<Scalars['String']['output']>;
};

/**
 * Each starts with Ready, and each event carries a cursor. After a lost connection, pass the last cursor as `after`:
 * everything missed comes first, in order and once, then live events. Where that cannot be kept, Resync says so.
 */
export type Subscription = {
  /** New and changed messages of a session: Ready, Resync, SessionCreated, MessageAdded, MessageUpdated, SessionDeleted, Degraded, Restored. The session need not exist yet. */
  messageAdded: Event;
  /** Sessions that change, for lists that refresh themselves: Ready, Resync, SessionChanged, SessionLeft, SessionDeleted, Degraded, Restored. */
  sessionActivity: Event;
  /** Everything that happens to a session. The session need not exist yet. */
  sessionEvents: Event;
};


/**
 * Each starts with Ready, and each event carries a cursor. After a lost connection, pass the last cursor as `after`:
 * everything missed comes first, in order and once, then live events. Where that cannot be kept, Resync says so.
 */
export type SubscriptionMessageAddedArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  agentId?: InputMaybe<Scalars['ID']['input']>;
  replies?: InputMaybe<Scalars['Boolean']['input']>;
  sessionId: Scalars['ID']['input'];
};


/**
 * Each starts with Ready, and each event carries a cursor. After a lost connection, pass the last cursor as `after`:
 * everything missed comes first, in order and once, then live events. Where that cannot be kept, Resync says so.
 */
export type SubscriptionSessionActivityArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<SessionFilter>;
};


/**
 * Each starts with Ready, and each event carries a cursor. After a lost connection, pass the last cursor as `after`:
 * everything missed comes first, in order and once, then live events. Where that cannot be kept, Resync says so.
 */
export type SubscriptionSessionEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  replies?: InputMaybe<Scalars['Boolean']['input']>;
  sessionId: Scalars['ID']['input'];
};

/** Plain text. */
export type TextBlock = Block & {
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
  /** The text. */
  text: Scalars['String']['output'];
};

/** What a tool answered. */
export type ToolResultBlock = Block & {
  /** The answer's blocks: text, JSON, images, documents, videos. */
  content: Array<Scalars['JSONObject']['output']>;
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
  /** Such as `success` or `error`. */
  status?: Maybe<Scalars['String']['output']>;
  /** The call that this answers. */
  toolUseId: Scalars['ID']['output'];
};

/** Calls of one tool by an agent object since it was made. */
export type ToolUsage = {
  /** Seconds for one on average. */
  averageTime?: Maybe<Scalars['Float']['output']>;
  /** Calls. */
  callCount?: Maybe<Scalars['Int']['output']>;
  /** Calls that failed. */
  errorCount?: Maybe<Scalars['Int']['output']>;
  /** The tool. */
  name: Scalars['String']['output'];
  /** Calls that worked. */
  successCount?: Maybe<Scalars['Int']['output']>;
  /** Calls that worked, from 0 to 1. */
  successRate?: Maybe<Scalars['Float']['output']>;
  /** Seconds in all. */
  totalTime?: Maybe<Scalars['Float']['output']>;
};

/** The model asks for a tool. */
export type ToolUseBlock = Block & {
  /** What the tool is called with. */
  input?: Maybe<Scalars['JSON']['output']>;
  /** The tool. */
  name: Scalars['String']['output'];
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
  /** The provider's signature over the thought that led to the call. */
  reasoningSignature?: Maybe<Scalars['String']['output']>;
  /** Pairs this call with its result. */
  toolUseId: Scalars['ID']['output'];
};

/** A block of a kind that this schema does not know, as it is stored. */
export type UnknownBlock = Block & {
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
  /** The whole block. */
  value: Scalars['JSONObject']['output'];
};

/** Metadata to set. */
export type UpdateMetadataInput = {
  /** 1 to 200 characters. Repeating a call with its key has one effect. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The session. */
  sessionId: Scalars['ID']['input'];
  /** Dotted path to value, such as `{"user.name": "Alice"}`. An object replaces what is there whole. */
  set: Scalars['JSONObject']['input'];
};

/** What updateMetadata gives. */
export type UpdateMetadataPayload = {
  /** The session as it is now. */
  session: Session;
};

/** Fields that are absent or null stay as they are; `remove` takes one away. */
export type UpsertAgentInput = {
  /** Not empty, no dot, no leading $. */
  agentId: Scalars['ID']['input'];
  /** Replaces the state of its conversation manager whole. */
  conversationManagerState?: InputMaybe<Scalars['JSONObject']['input']>;
  /** 1 to 200 characters. Repeating a call with its key has one effect. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The model it runs on. */
  model?: InputMaybe<Scalars['String']['input']>;
  /** Where its prompt comes from; replaces the stored one whole. */
  promptMetadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** Fields to take away; none of them may be given as well. */
  remove?: InputMaybe<Array<AgentField>>;
  /** The session, which must exist. */
  sessionId: Scalars['ID']['input'];
  /** Replaces its state whole. */
  state?: InputMaybe<Scalars['JSONObject']['input']>;
  /** Its system prompt. */
  systemPrompt?: InputMaybe<Scalars['String']['input']>;
};

/** What upsertAgent gives. */
export type UpsertAgentPayload = {
  /** The agent as it is now. */
  agent: Agent;
  /** Its session. */
  session: Session;
};

/** Token counts: whole numbers up to 10^12 in a message. Null where none was reported, and in totals beyond 53 bits. */
export type Usage = {
  /** Input tokens that were read from the provider's cache. */
  cacheReadInputTokens?: Maybe<Scalars['Long']['output']>;
  /** Input tokens that were written to the provider's cache. */
  cacheWriteInputTokens?: Maybe<Scalars['Long']['output']>;
  /** Tokens that went into the model. */
  inputTokens?: Maybe<Scalars['Long']['output']>;
  /** Tokens that the model produced. */
  outputTokens?: Maybe<Scalars['Long']['output']>;
  /** Input and output together, as the model's provider counts them; their sum where it does not say. */
  totalTokens?: Maybe<Scalars['Long']['output']>;
};

/** A video. */
export type VideoBlock = Block & {
  /** The bytes as base64, null where the video lies elsewhere. */
  bytes?: Maybe<Scalars['String']['output']>;
  /** Such as `mp4`. */
  format?: Maybe<Scalars['String']['output']>;
  /** The whole block as it is stored; bytes as base64. */
  raw: Scalars['JSONObject']['output'];
  /** Where the video lies, or its bytes, in Strands' shape. */
  source: Scalars['JSONObject']['output'];
};

/** An event that was given up. It is kept without its content: what it tells of is loaded when it is sent again. */
export type WebhookDeadLetter = {
  /** When it happened. */
  at: Scalars['DateTime']['output'];
  /** How often it was tried. */
  attempts: Scalars['Int']['output'];
  /** When it was given up. */
  deadAt?: Maybe<Scalars['DateTime']['output']>;
  /** What became of the last attempt: a status or the code of an error. */
  failure?: Maybe<Scalars['String']['output']>;
  /** The `webhook-id` that it was sent with. */
  id: Scalars['ID']['output'];
  /** The session that it is about; null where it is about all. */
  sessionId?: Maybe<Scalars['ID']['output']>;
  /** Such as `message.added`. */
  type: Scalars['String']['output'];
};

/** A page of dead letters. */
export type WebhookDeadLetterPage = {
  /** The dead letters of this page. */
  nodes: Array<WebhookDeadLetter>;
  /** Where the page lies in the list. */
  pageInfo: PageInfo;
};

/** One endpoint of webhooks, as the database knows it: it may have been taken out of the configuration since. */
export type WebhookEndpoint = {
  /** Events that were given up. */
  dead: Scalars['Int']['output'];
  /** Why nothing more is sent to it, such as `HTTP 410`; null where it is. */
  disabled?: Maybe<Scalars['String']['output']>;
  /** What became of the last attempt at the first event that has failed: a status or the code of an error. Null where none has. */
  failure?: Maybe<Scalars['String']['output']>;
  /** When it last took an event; null where it never did. */
  lastTakenAt?: Maybe<Scalars['DateTime']['output']>;
  /** Its name in the configuration. */
  name: Scalars['String']['output'];
  /** Events that were not taken yet, of those that have failed, and of those that wait behind them. */
  waiting: Scalars['Int']['output'];
};

/** What works just now, and what does not. */
export type Works = {
  /** Subscriptions. */
  live: Scalars['Boolean']['output'];
  /** Queries. */
  reads: Scalars['Boolean']['output'];
  /** Mutations: by what became of the last ones, and by a try where there were none. */
  writes: Scalars['Boolean']['output'];
};

/** Bytes to keep. */
export type WriteSnapshotInput = {
  /** Makes the session where it is missing, without agents. */
  createIfMissing?: Scalars['Boolean']['input'];
  /** The bytes, as base64: as much as a request may hold, and on MongoDB 16 MB with the key. */
  data: Scalars['String']['input'];
  /** Any text without NUL, in which `/` may make levels; together with the session's id some 2,000 characters. Sessions do not share keys. */
  key: Scalars['String']['input'];
  /** The session. It has at most 10,000 snapshots. */
  sessionId: Scalars['ID']['input'];
};

/** What writeSnapshot gives. */
export type WriteSnapshotPayload = {
  /** The session as it is now. */
  session: Session;
  /** The snapshot as it is stored. */
  snapshot: Snapshot;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = {}, TContext = {}, TArgs = {}> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = {}, TContext = {}, TArgs = {}> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = {}, TContext = {}> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = {}, TContext = {}> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = {}, TParent = {}, TContext = {}, TArgs = {}> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;



/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AbortReplyInput: AbortReplyInput;
  AbortReplyPayload: ResolverTypeWrapper<Omit<AbortReplyPayload, 'message' | 'reply'> & { message?: Maybe<ResolversTypes['Message']>, reply: ResolversTypes['Reply'] }>;
  AddFeedbackInput: AddFeedbackInput;
  AddFeedbackPayload: ResolverTypeWrapper<FeedbackPayloadParent>;
  Agent: ResolverTypeWrapper<AgentParent>;
  AgentField: AgentField;
  AgentUpdated: ResolverTypeWrapper<LiveEvent>;
  AppendMessagesInput: AppendMessagesInput;
  AppendMessagesPayload: ResolverTypeWrapper<AppendPayloadParent>;
  AudioBlock: ResolverTypeWrapper<BlockParent>;
  AuditEntry: ResolverTypeWrapper<AuditEntry>;
  AuditPage: ResolverTypeWrapper<AuditPage>;
  Block: ResolverTypeWrapper<BlockParent>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CachePointBlock: ResolverTypeWrapper<BlockParent>;
  Caller: ResolverTypeWrapper<CallerModel>;
  CallerKind: null;
  CitationsBlock: ResolverTypeWrapper<BlockParent>;
  ContentBlock: ResolverTypeWrapper<BlockParent>;
  ContinueReplyInput: ContinueReplyInput;
  ContinueReplyPayload: ResolverTypeWrapper<ContinueReplyPayload>;
  CreateSessionInput: CreateSessionInput;
  CreateSessionPayload: ResolverTypeWrapper<SessionPayloadParent>;
  CreateSessionTokenInput: CreateSessionTokenInput;
  CreateSessionTokenPayload: ResolverTypeWrapper<CreateSessionTokenPayload>;
  CycleMetrics: ResolverTypeWrapper<CycleMetricsModel>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DateTimeRange: DateTimeRange;
  Degraded: ResolverTypeWrapper<LiveEvent>;
  DeleteMetadataInput: DeleteMetadataInput;
  DeleteMetadataPayload: ResolverTypeWrapper<SessionPayloadParent>;
  DeleteSessionInput: DeleteSessionInput;
  DeleteSessionPayload: ResolverTypeWrapper<DeleteSessionPayload>;
  DeleteSnapshotInput: DeleteSnapshotInput;
  DeleteSnapshotPayload: ResolverTypeWrapper<DeleteSnapshotPayload>;
  DocumentBlock: ResolverTypeWrapper<BlockParent>;
  EraseSessionsInput: EraseSessionsInput;
  EraseSessionsPayload: ResolverTypeWrapper<EraseSessionsPayload>;
  ErasureReceipt: ResolverTypeWrapper<ErasureReceipt>;
  Event: ResolverTypeWrapper<LiveEvent>;
  FeedState: null;
  FeedStatus: ResolverTypeWrapper<FeedStatus>;
  Feedback: ResolverTypeWrapper<FeedbackModel>;
  FeedbackAdded: ResolverTypeWrapper<LiveEvent>;
  FinishReplyInput: FinishReplyInput;
  FinishReplyPayload: ResolverTypeWrapper<Omit<FinishReplyPayload, 'message' | 'reply'> & { message: ResolversTypes['Message'], reply: ResolversTypes['Reply'] }>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  GuardBlock: ResolverTypeWrapper<BlockParent>;
  GuardrailEvent: ResolverTypeWrapper<GuardrailEventParent>;
  GuardrailEventInput: GuardrailEventInput;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  ImageBlock: ResolverTypeWrapper<BlockParent>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  JSONObject: ResolverTypeWrapper<Scalars['JSONObject']['output']>;
  Long: ResolverTypeWrapper<Scalars['Long']['output']>;
  Message: ResolverTypeWrapper<MessageModel>;
  MessageAdded: ResolverTypeWrapper<LiveEvent>;
  MessageConnection: ResolverTypeWrapper<MessageConnectionParent>;
  MessageEdge: ResolverTypeWrapper<MessageModel>;
  MessageInput: MessageInput;
  MessageMetrics: ResolverTypeWrapper<MessageMetricsParent>;
  MessageUpdated: ResolverTypeWrapper<LiveEvent>;
  MetadataChanged: ResolverTypeWrapper<LiveEvent>;
  MetadataCondition: MetadataCondition;
  Mutation: ResolverTypeWrapper<{}>;
  Node: ResolverTypeWrapper<NodeParent>;
  OrderDirection: null;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  PositionRange: ResolverTypeWrapper<PositionRange>;
  PositionRangeInput: PositionRangeInput;
  Query: ResolverTypeWrapper<{}>;
  Rating: null;
  Ready: ResolverTypeWrapper<LiveEvent>;
  ReasoningBlock: ResolverTypeWrapper<BlockParent>;
  RecordMetricsInput: RecordMetricsInput;
  RecordMetricsPayload: ResolverTypeWrapper<Omit<RecordMetricsPayload, 'message'> & { message: ResolversTypes['Message'] }>;
  RedactMessageInput: RedactMessageInput;
  RedactMessagePayload: ResolverTypeWrapper<Omit<RedactMessagePayload, 'message'> & { message: ResolversTypes['Message'] }>;
  Remains: ResolverTypeWrapper<Remains>;
  ReplacementInput: ReplacementInput;
  Reply: ResolverTypeWrapper<ReplyModel>;
  ReplyAbandoned: ResolverTypeWrapper<LiveEvent>;
  ReplyAborted: ResolverTypeWrapper<LiveEvent>;
  ReplyBlockKind: null;
  ReplyDurability: null;
  ReplyFinished: ResolverTypeWrapper<LiveEvent>;
  ReplyKeep: null;
  ReplyPart: ResolverTypeWrapper<ReplyPartModel>;
  ReplyPartInput: ReplyPartInput;
  ReplyProgress: ResolverTypeWrapper<LiveEvent>;
  ReplyResumed: ResolverTypeWrapper<LiveEvent>;
  ReplyRewound: ResolverTypeWrapper<LiveEvent>;
  ReplyStarted: ResolverTypeWrapper<LiveEvent>;
  ReplyState: null;
  ReplyToolStatus: null;
  Restored: ResolverTypeWrapper<LiveEvent>;
  Resync: ResolverTypeWrapper<LiveEvent>;
  ResyncReason: ResyncReason;
  Role: null;
  Scope: ResolverTypeWrapper<ScopeModel>;
  ServerStatus: ResolverTypeWrapper<ServerStatusModel>;
  Session: ResolverTypeWrapper<SessionModel>;
  SessionChanged: ResolverTypeWrapper<LiveEvent>;
  SessionConnection: ResolverTypeWrapper<SessionConnectionParent>;
  SessionCreated: ResolverTypeWrapper<LiveEvent>;
  SessionDeleted: ResolverTypeWrapper<LiveEvent>;
  SessionEdge: ResolverTypeWrapper<SessionEdgeParent>;
  SessionFilter: SessionFilter;
  SessionLeft: ResolverTypeWrapper<SessionLeft>;
  SessionOrder: SessionOrder;
  SessionOrderField: null;
  SessionTokenScope: null;
  Snapshot: ResolverTypeWrapper<SnapshotParent>;
  SocketStatus: ResolverTypeWrapper<SocketStatus>;
  StartReplyInput: StartReplyInput;
  StartReplyPayload: ResolverTypeWrapper<ReplyModel>;
  StoreEngine: null;
  StoreStatus: ResolverTypeWrapper<StoreStatus>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<{}>;
  TextBlock: ResolverTypeWrapper<BlockParent>;
  ToolResultBlock: ResolverTypeWrapper<BlockParent>;
  ToolUsage: ResolverTypeWrapper<ToolUsageModel>;
  ToolUseBlock: ResolverTypeWrapper<BlockParent>;
  UnknownBlock: ResolverTypeWrapper<BlockParent>;
  UpdateMetadataInput: UpdateMetadataInput;
  UpdateMetadataPayload: ResolverTypeWrapper<SessionPayloadParent>;
  UpsertAgentInput: UpsertAgentInput;
  UpsertAgentPayload: ResolverTypeWrapper<AgentPayloadParent>;
  Usage: ResolverTypeWrapper<UsageModel>;
  VideoBlock: ResolverTypeWrapper<BlockParent>;
  WebhookDeadLetter: ResolverTypeWrapper<WebhookDeadLetter>;
  WebhookDeadLetterPage: ResolverTypeWrapper<WebhookDeadLetterPage>;
  WebhookEndpoint: ResolverTypeWrapper<WebhookEndpoint>;
  Works: ResolverTypeWrapper<Works>;
  WriteSnapshotInput: WriteSnapshotInput;
  WriteSnapshotPayload: ResolverTypeWrapper<SnapshotPayloadParent>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  AbortReplyInput: AbortReplyInput;
  AbortReplyPayload: Omit<AbortReplyPayload, 'message' | 'reply'> & { message?: Maybe<ResolversParentTypes['Message']>, reply: ResolversParentTypes['Reply'] };
  AddFeedbackInput: AddFeedbackInput;
  AddFeedbackPayload: FeedbackPayloadParent;
  Agent: AgentParent;
  AgentUpdated: LiveEvent;
  AppendMessagesInput: AppendMessagesInput;
  AppendMessagesPayload: AppendPayloadParent;
  AudioBlock: BlockParent;
  AuditEntry: AuditEntry;
  AuditPage: AuditPage;
  Block: BlockParent;
  Boolean: Scalars['Boolean']['output'];
  CachePointBlock: BlockParent;
  Caller: CallerModel;
  CitationsBlock: BlockParent;
  ContentBlock: BlockParent;
  ContinueReplyInput: ContinueReplyInput;
  ContinueReplyPayload: ContinueReplyPayload;
  CreateSessionInput: CreateSessionInput;
  CreateSessionPayload: SessionPayloadParent;
  CreateSessionTokenInput: CreateSessionTokenInput;
  CreateSessionTokenPayload: CreateSessionTokenPayload;
  CycleMetrics: CycleMetricsModel;
  DateTime: Scalars['DateTime']['output'];
  DateTimeRange: DateTimeRange;
  Degraded: LiveEvent;
  DeleteMetadataInput: DeleteMetadataInput;
  DeleteMetadataPayload: SessionPayloadParent;
  DeleteSessionInput: DeleteSessionInput;
  DeleteSessionPayload: DeleteSessionPayload;
  DeleteSnapshotInput: DeleteSnapshotInput;
  DeleteSnapshotPayload: DeleteSnapshotPayload;
  DocumentBlock: BlockParent;
  EraseSessionsInput: EraseSessionsInput;
  EraseSessionsPayload: EraseSessionsPayload;
  ErasureReceipt: ErasureReceipt;
  Event: LiveEvent;
  FeedStatus: FeedStatus;
  Feedback: FeedbackModel;
  FeedbackAdded: LiveEvent;
  FinishReplyInput: FinishReplyInput;
  FinishReplyPayload: Omit<FinishReplyPayload, 'message' | 'reply'> & { message: ResolversParentTypes['Message'], reply: ResolversParentTypes['Reply'] };
  Float: Scalars['Float']['output'];
  GuardBlock: BlockParent;
  GuardrailEvent: GuardrailEventParent;
  GuardrailEventInput: GuardrailEventInput;
  ID: Scalars['ID']['output'];
  ImageBlock: BlockParent;
  Int: Scalars['Int']['output'];
  JSON: Scalars['JSON']['output'];
  JSONObject: Scalars['JSONObject']['output'];
  Long: Scalars['Long']['output'];
  Message: MessageModel;
  MessageAdded: LiveEvent;
  MessageConnection: MessageConnectionParent;
  MessageEdge: MessageModel;
  MessageInput: MessageInput;
  MessageMetrics: MessageMetricsParent;
  MessageUpdated: LiveEvent;
  MetadataChanged: LiveEvent;
  MetadataCondition: MetadataCondition;
  Mutation: {};
  Node: NodeParent;
  PageInfo: PageInfo;
  PositionRange: PositionRange;
  PositionRangeInput: PositionRangeInput;
  Query: {};
  Ready: LiveEvent;
  ReasoningBlock: BlockParent;
  RecordMetricsInput: RecordMetricsInput;
  RecordMetricsPayload: Omit<RecordMetricsPayload, 'message'> & { message: ResolversParentTypes['Message'] };
  RedactMessageInput: RedactMessageInput;
  RedactMessagePayload: Omit<RedactMessagePayload, 'message'> & { message: ResolversParentTypes['Message'] };
  Remains: Remains;
  ReplacementInput: ReplacementInput;
  Reply: ReplyModel;
  ReplyAbandoned: LiveEvent;
  ReplyAborted: LiveEvent;
  ReplyFinished: LiveEvent;
  ReplyPart: ReplyPartModel;
  ReplyPartInput: ReplyPartInput;
  ReplyProgress: LiveEvent;
  ReplyResumed: LiveEvent;
  ReplyRewound: LiveEvent;
  ReplyStarted: LiveEvent;
  Restored: LiveEvent;
  Resync: LiveEvent;
  ServerStatus: ServerStatusModel;
  Session: SessionModel;
  SessionChanged: LiveEvent;
  SessionConnection: SessionConnectionParent;
  SessionCreated: LiveEvent;
  SessionDeleted: LiveEvent;
  SessionEdge: SessionEdgeParent;
  SessionFilter: SessionFilter;
  SessionLeft: SessionLeft;
  SessionOrder: SessionOrder;
  Snapshot: SnapshotParent;
  SocketStatus: SocketStatus;
  StartReplyInput: StartReplyInput;
  StartReplyPayload: ReplyModel;
  StoreStatus: StoreStatus;
  String: Scalars['String']['output'];
  Subscription: {};
  TextBlock: BlockParent;
  ToolResultBlock: BlockParent;
  ToolUsage: ToolUsageModel;
  ToolUseBlock: BlockParent;
  UnknownBlock: BlockParent;
  UpdateMetadataInput: UpdateMetadataInput;
  UpdateMetadataPayload: SessionPayloadParent;
  UpsertAgentInput: UpsertAgentInput;
  UpsertAgentPayload: AgentPayloadParent;
  Usage: UsageModel;
  VideoBlock: BlockParent;
  WebhookDeadLetter: WebhookDeadLetter;
  WebhookDeadLetterPage: WebhookDeadLetterPage;
  WebhookEndpoint: WebhookEndpoint;
  Works: Works;
  WriteSnapshotInput: WriteSnapshotInput;
  WriteSnapshotPayload: SnapshotPayloadParent;
};

export type AbortReplyPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['AbortReplyPayload'] = ResolversParentTypes['AbortReplyPayload']> = {
  message?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType>;
  reply?: Resolver<ResolversTypes['Reply'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AddFeedbackPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['AddFeedbackPayload'] = ResolversParentTypes['AddFeedbackPayload']> = {
  feedback?: Resolver<ResolversTypes['Feedback'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AgentResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Agent'] = ResolversParentTypes['Agent']> = {
  agentId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  conversationManagerState?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType, RequireFields<AgentMessageArgs, 'clientId'>>;
  messageCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  messages?: Resolver<ResolversTypes['MessageConnection'], ParentType, ContextType, RequireFields<AgentMessagesArgs, 'superseded'>>;
  model?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  promptMetadata?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  replies?: Resolver<Array<ResolversTypes['Reply']>, ParentType, ContextType, Partial<AgentRepliesArgs>>;
  reply?: Resolver<Maybe<ResolversTypes['Reply']>, ParentType, ContextType, RequireFields<AgentReplyArgs, 'replyId'>>;
  state?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  systemPrompt?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  updatedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  usage?: Resolver<ResolversTypes['Usage'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AgentUpdatedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['AgentUpdated'] = ResolversParentTypes['AgentUpdated']> = {
  agent?: Resolver<ResolversTypes['Agent'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AppendMessagesPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['AppendMessagesPayload'] = ResolversParentTypes['AppendMessagesPayload']> = {
  added?: Resolver<Array<ResolversTypes['Message']>, ParentType, ContextType>;
  agent?: Resolver<ResolversTypes['Agent'], ParentType, ContextType>;
  messages?: Resolver<Array<ResolversTypes['Message']>, ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AudioBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['AudioBlock'] = ResolversParentTypes['AudioBlock']> = {
  bytes?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  format?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AuditEntryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['AuditEntry'] = ResolversParentTypes['AuditEntry']> = {
  action?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  callerId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  callerKind?: Resolver<ResolversTypes['CallerKind'], ParentType, ContextType>;
  callerName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  from?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  outcome?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  sessionId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AuditPageResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['AuditPage'] = ResolversParentTypes['AuditPage']> = {
  nodes?: Resolver<Array<ResolversTypes['AuditEntry']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type BlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Block'] = ResolversParentTypes['Block']> = {
  __resolveType: TypeResolveFn<'AudioBlock' | 'CachePointBlock' | 'CitationsBlock' | 'DocumentBlock' | 'GuardBlock' | 'ImageBlock' | 'ReasoningBlock' | 'TextBlock' | 'ToolResultBlock' | 'ToolUseBlock' | 'UnknownBlock' | 'VideoBlock', ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
};

export type CachePointBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CachePointBlock'] = ResolversParentTypes['CachePointBlock']> = {
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  ttl?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  type?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CallerResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Caller'] = ResolversParentTypes['Caller']> = {
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['CallerKind'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  scopes?: Resolver<Array<ResolversTypes['Scope']>, ParentType, ContextType>;
  sessionId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CallerKindResolvers = { ANONYMOUS: 'anonymous', JWT: 'jwt', KEY: 'key', SESSION_TOKEN: 'session-token', SYSTEM: 'system', VIEWER: 'viewer' };

export type CitationsBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CitationsBlock'] = ResolversParentTypes['CitationsBlock']> = {
  citations?: Resolver<Array<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  parts?: Resolver<Array<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ContentBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ContentBlock'] = ResolversParentTypes['ContentBlock']> = {
  __resolveType: TypeResolveFn<'AudioBlock' | 'CachePointBlock' | 'CitationsBlock' | 'DocumentBlock' | 'GuardBlock' | 'ImageBlock' | 'ReasoningBlock' | 'TextBlock' | 'ToolResultBlock' | 'ToolUseBlock' | 'UnknownBlock' | 'VideoBlock', ParentType, ContextType>;
};

export type ContinueReplyPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ContinueReplyPayload'] = ResolversParentTypes['ContinueReplyPayload']> = {
  offset?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CreateSessionPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CreateSessionPayload'] = ResolversParentTypes['CreateSessionPayload']> = {
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CreateSessionTokenPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CreateSessionTokenPayload'] = ResolversParentTypes['CreateSessionTokenPayload']> = {
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  token?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CycleMetricsResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CycleMetrics'] = ResolversParentTypes['CycleMetrics']> = {
  averageCycleTime?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  cycleCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  totalDuration?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DegradedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Degraded'] = ResolversParentTypes['Degraded']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  detail?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type DeleteMetadataPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DeleteMetadataPayload'] = ResolversParentTypes['DeleteMetadataPayload']> = {
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type DeleteSessionPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DeleteSessionPayload'] = ResolversParentTypes['DeleteSessionPayload']> = {
  sessionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type DeleteSnapshotPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DeleteSnapshotPayload'] = ResolversParentTypes['DeleteSnapshotPayload']> = {
  key?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type DocumentBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DocumentBlock'] = ResolversParentTypes['DocumentBlock']> = {
  bytes?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  citationConfig?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  context?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  format?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EraseSessionsPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['EraseSessionsPayload'] = ResolversParentTypes['EraseSessionsPayload']> = {
  dryRun?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  matched?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  more?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  receipt?: Resolver<Maybe<ResolversTypes['ErasureReceipt']>, ParentType, ContextType>;
  sessionIds?: Resolver<Array<ResolversTypes['ID']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ErasureReceiptResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ErasureReceipt'] = ResolversParentTypes['ErasureReceipt']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  callerId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  callerKind?: Resolver<ResolversTypes['CallerKind'], ParentType, ContextType>;
  callerName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  digest?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  remains?: Resolver<Maybe<Array<ResolversTypes['Remains']>>, ParentType, ContextType>;
  sessions?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EventResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Event'] = ResolversParentTypes['Event']> = {
  __resolveType: TypeResolveFn<'AgentUpdated' | 'Degraded' | 'FeedbackAdded' | 'MessageAdded' | 'MessageUpdated' | 'MetadataChanged' | 'Ready' | 'ReplyAbandoned' | 'ReplyAborted' | 'ReplyFinished' | 'ReplyProgress' | 'ReplyResumed' | 'ReplyRewound' | 'ReplyStarted' | 'Restored' | 'Resync' | 'SessionChanged' | 'SessionCreated' | 'SessionDeleted' | 'SessionLeft', ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type FeedStateResolvers = { CLOSED: 'closed', DEGRADED: 'degraded', LIVE: 'live', STARTING: 'starting', UNAVAILABLE: 'unavailable' };

export type FeedStatusResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['FeedStatus'] = ResolversParentTypes['FeedStatus']> = {
  followers?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  heardAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  lagMs?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  lastChangeAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  longestQueue?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  queued?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes['FeedState'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type FeedbackResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Feedback'] = ResolversParentTypes['Feedback']> = {
  comment?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  fields?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  rating?: Resolver<Maybe<ResolversTypes['Rating']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type FeedbackAddedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['FeedbackAdded'] = ResolversParentTypes['FeedbackAdded']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  feedback?: Resolver<ResolversTypes['Feedback'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type FinishReplyPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['FinishReplyPayload'] = ResolversParentTypes['FinishReplyPayload']> = {
  message?: Resolver<ResolversTypes['Message'], ParentType, ContextType>;
  reply?: Resolver<ResolversTypes['Reply'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type GuardBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['GuardBlock'] = ResolversParentTypes['GuardBlock']> = {
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type GuardrailEventResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['GuardrailEvent'] = ResolversParentTypes['GuardrailEvent']> = {
  action?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  messageId?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  policiesTriggered?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  stopReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  timestamp?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  trace?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ImageBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ImageBlock'] = ResolversParentTypes['ImageBlock']> = {
  bytes?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  format?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export interface JsonObjectScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSONObject'], any> {
  name: 'JSONObject';
}

export interface LongScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Long'], any> {
  name: 'Long';
}

export type MessageResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Message'] = ResolversParentTypes['Message']> = {
  author?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  awaitingApproval?: Resolver<Array<ResolversTypes['ID']>, ParentType, ContextType>;
  blocks?: Resolver<Array<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  clientId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  content?: Resolver<Array<ResolversTypes['ContentBlock']>, ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  guardrailEvent?: Resolver<Maybe<ResolversTypes['GuardrailEvent']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  messageId?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  metadata?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  metrics?: Resolver<Maybe<ResolversTypes['MessageMetrics']>, ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  redacted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  role?: Resolver<Maybe<ResolversTypes['Role']>, ParentType, ContextType>;
  supersededBy?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  supersedes?: Resolver<Array<ResolversTypes['PositionRange']>, ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  trackingId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  updatedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MessageAddedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['MessageAdded'] = ResolversParentTypes['MessageAdded']> = {
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['Message'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MessageConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['MessageConnection'] = ResolversParentTypes['MessageConnection']> = {
  edges?: Resolver<Array<ResolversTypes['MessageEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['Message']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MessageEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['MessageEdge'] = ResolversParentTypes['MessageEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Message'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MessageMetricsResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['MessageMetrics'] = ResolversParentTypes['MessageMetrics']> = {
  cycles?: Resolver<Maybe<ResolversTypes['CycleMetrics']>, ParentType, ContextType>;
  latencyMs?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  timeToFirstByteMs?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  tools?: Resolver<Array<ResolversTypes['ToolUsage']>, ParentType, ContextType>;
  usage?: Resolver<Maybe<ResolversTypes['Usage']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MessageUpdatedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['MessageUpdated'] = ResolversParentTypes['MessageUpdated']> = {
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['Message'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MetadataChangedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['MetadataChanged'] = ResolversParentTypes['MetadataChanged']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MutationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  abortReply?: Resolver<ResolversTypes['AbortReplyPayload'], ParentType, ContextType, RequireFields<MutationAbortReplyArgs, 'input'>>;
  addFeedback?: Resolver<ResolversTypes['AddFeedbackPayload'], ParentType, ContextType, RequireFields<MutationAddFeedbackArgs, 'input'>>;
  appendMessages?: Resolver<ResolversTypes['AppendMessagesPayload'], ParentType, ContextType, RequireFields<MutationAppendMessagesArgs, 'input'>>;
  continueReply?: Resolver<ResolversTypes['ContinueReplyPayload'], ParentType, ContextType, RequireFields<MutationContinueReplyArgs, 'input'>>;
  createSession?: Resolver<ResolversTypes['CreateSessionPayload'], ParentType, ContextType, RequireFields<MutationCreateSessionArgs, 'input'>>;
  createSessionToken?: Resolver<ResolversTypes['CreateSessionTokenPayload'], ParentType, ContextType, RequireFields<MutationCreateSessionTokenArgs, 'input'>>;
  deleteMetadata?: Resolver<ResolversTypes['DeleteMetadataPayload'], ParentType, ContextType, RequireFields<MutationDeleteMetadataArgs, 'input'>>;
  deleteSession?: Resolver<ResolversTypes['DeleteSessionPayload'], ParentType, ContextType, RequireFields<MutationDeleteSessionArgs, 'input'>>;
  deleteSnapshot?: Resolver<ResolversTypes['DeleteSnapshotPayload'], ParentType, ContextType, RequireFields<MutationDeleteSnapshotArgs, 'input'>>;
  eraseSessions?: Resolver<ResolversTypes['EraseSessionsPayload'], ParentType, ContextType, RequireFields<MutationEraseSessionsArgs, 'input'>>;
  finishReply?: Resolver<ResolversTypes['FinishReplyPayload'], ParentType, ContextType, RequireFields<MutationFinishReplyArgs, 'input'>>;
  recordMetrics?: Resolver<ResolversTypes['RecordMetricsPayload'], ParentType, ContextType, RequireFields<MutationRecordMetricsArgs, 'input'>>;
  redactMessage?: Resolver<ResolversTypes['RedactMessagePayload'], ParentType, ContextType, RequireFields<MutationRedactMessageArgs, 'input'>>;
  startReply?: Resolver<ResolversTypes['StartReplyPayload'], ParentType, ContextType, RequireFields<MutationStartReplyArgs, 'input'>>;
  updateMetadata?: Resolver<ResolversTypes['UpdateMetadataPayload'], ParentType, ContextType, RequireFields<MutationUpdateMetadataArgs, 'input'>>;
  upsertAgent?: Resolver<ResolversTypes['UpsertAgentPayload'], ParentType, ContextType, RequireFields<MutationUpsertAgentArgs, 'input'>>;
  writeSnapshot?: Resolver<ResolversTypes['WriteSnapshotPayload'], ParentType, ContextType, RequireFields<MutationWriteSnapshotArgs, 'input'>>;
};

export type NodeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'Agent' | 'Message' | 'Session', ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type OrderDirectionResolvers = { ASC: 'asc', DESC: 'desc' };

export type PageInfoResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PositionRangeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PositionRange'] = ResolversParentTypes['PositionRange']> = {
  from?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  auditLog?: Resolver<ResolversTypes['AuditPage'], ParentType, ContextType, Partial<QueryAuditLogArgs>>;
  caller?: Resolver<ResolversTypes['Caller'], ParentType, ContextType>;
  node?: Resolver<Maybe<ResolversTypes['Node']>, ParentType, ContextType, RequireFields<QueryNodeArgs, 'id'>>;
  serverStatus?: Resolver<ResolversTypes['ServerStatus'], ParentType, ContextType>;
  session?: Resolver<Maybe<ResolversTypes['Session']>, ParentType, ContextType, RequireFields<QuerySessionArgs, 'sessionId'>>;
  sessions?: Resolver<ResolversTypes['SessionConnection'], ParentType, ContextType, Partial<QuerySessionsArgs>>;
  webhookDeadLetters?: Resolver<ResolversTypes['WebhookDeadLetterPage'], ParentType, ContextType, RequireFields<QueryWebhookDeadLettersArgs, 'endpoint'>>;
  webhookEndpoints?: Resolver<Array<ResolversTypes['WebhookEndpoint']>, ParentType, ContextType>;
};

export type RatingResolvers = { DOWN: 'down', UP: 'up' };

export type ReadyResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Ready'] = ResolversParentTypes['Ready']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  resumed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  sessionExists?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ReasoningBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReasoningBlock'] = ResolversParentTypes['ReasoningBlock']> = {
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  redactedContent?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  signature?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RecordMetricsPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RecordMetricsPayload'] = ResolversParentTypes['RecordMetricsPayload']> = {
  message?: Resolver<ResolversTypes['Message'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RedactMessagePayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RedactMessagePayload'] = ResolversParentTypes['RedactMessagePayload']> = {
  message?: Resolver<ResolversTypes['Message'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RemainsResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Remains'] = ResolversParentTypes['Remains']> = {
  left?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  place?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ReplyResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Reply'] = ResolversParentTypes['Reply']> = {
  agentId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  blocks?: Resolver<Array<ResolversTypes['ReplyPart']>, ParentType, ContextType>;
  durability?: Resolver<ResolversTypes['ReplyDurability'], ParentType, ContextType>;
  endedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType>;
  offset?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  replyId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  replyTimeout?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sessionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  startedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['ReplyState'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ReplyAbandonedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplyAbandoned'] = ResolversParentTypes['ReplyAbandoned']> = {
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  offset?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  replyId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ReplyAbortedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplyAborted'] = ResolversParentTypes['ReplyAborted']> = {
  abortReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  kept?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType>;
  replyId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ReplyBlockKindResolvers = { DATA: 'data', REASONING: 'reasoning', TEXT: 'text', TOOL_INPUT: 'tool-input', TOOL_RESULT: 'tool-result' };

export type ReplyDurabilityResolvers = { BATCHED: 'batched', EACH: 'each' };

export type ReplyFinishedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplyFinished'] = ResolversParentTypes['ReplyFinished']> = {
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['Message'], ParentType, ContextType>;
  replyId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ReplyKeepResolvers = { DISCARD: 'discard', MESSAGE: 'message' };

export type ReplyPartResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplyPart'] = ResolversParentTypes['ReplyPart']> = {
  block?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['ReplyBlockKind'], ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['ReplyToolStatus']>, ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  toolUseId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ReplyProgressResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplyProgress'] = ResolversParentTypes['ReplyProgress']> = {
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  offset?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  parts?: Resolver<Array<ResolversTypes['ReplyPart']>, ParentType, ContextType>;
  replyId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ReplyResumedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplyResumed'] = ResolversParentTypes['ReplyResumed']> = {
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  offset?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  replyId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ReplyRewoundResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplyRewound'] = ResolversParentTypes['ReplyRewound']> = {
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  offset?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  replyId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ReplyStartedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReplyStarted'] = ResolversParentTypes['ReplyStarted']> = {
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reply?: Resolver<ResolversTypes['Reply'], ParentType, ContextType>;
  replyId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ReplyStateResolvers = { ABANDONED: 'abandoned', ABORTED: 'aborted', FINISHED: 'finished', WRITING: 'writing' };

export type ReplyToolStatusResolvers = { ERROR: 'error', SUCCESS: 'success' };

export type RestoredResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Restored'] = ResolversParentTypes['Restored']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ResyncResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Resync'] = ResolversParentTypes['Resync']> = {
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['ResyncReason'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RoleResolvers = { ASSISTANT: 'assistant', USER: 'user' };

export type ScopeResolvers = { ADMIN: 'admin', APPEND: 'append', DELETE: 'delete', FEEDBACK: 'feedback', METADATA: 'metadata', READ: 'read', REDACT: 'redact', REPLY: 'reply', SNAPSHOT: 'snapshot' };

export type ServerStatusResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ServerStatus'] = ResolversParentTypes['ServerStatus']> = {
  feed?: Resolver<ResolversTypes['FeedStatus'], ParentType, ContextType>;
  ready?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  sockets?: Resolver<ResolversTypes['SocketStatus'], ParentType, ContextType>;
  store?: Resolver<ResolversTypes['StoreStatus'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  works?: Resolver<ResolversTypes['Works'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SessionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Session'] = ResolversParentTypes['Session']> = {
  activeReplies?: Resolver<Array<ResolversTypes['Reply']>, ParentType, ContextType>;
  agent?: Resolver<Maybe<ResolversTypes['Agent']>, ParentType, ContextType, RequireFields<SessionAgentArgs, 'agentId'>>;
  agents?: Resolver<Array<ResolversTypes['Agent']>, ParentType, ContextType>;
  applicationName?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  feedback?: Resolver<Array<ResolversTypes['Feedback']>, ParentType, ContextType>;
  guardrailEvents?: Resolver<Array<ResolversTypes['GuardrailEvent']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  messageCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  metadata?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType, Partial<SessionMetadataArgs>>;
  sessionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  snapshot?: Resolver<Maybe<ResolversTypes['Snapshot']>, ParentType, ContextType, RequireFields<SessionSnapshotArgs, 'key'>>;
  snapshotKeys?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType, RequireFields<SessionSnapshotKeysArgs, 'prefix'>>;
  type?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  updatedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  usage?: Resolver<ResolversTypes['Usage'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SessionChangedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SessionChanged'] = ResolversParentTypes['SessionChanged']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SessionConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SessionConnection'] = ResolversParentTypes['SessionConnection']> = {
  edges?: Resolver<Array<ResolversTypes['SessionEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['Session']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SessionCreatedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SessionCreated'] = ResolversParentTypes['SessionCreated']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SessionDeletedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SessionDeleted'] = ResolversParentTypes['SessionDeleted']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  sessionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SessionEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SessionEdge'] = ResolversParentTypes['SessionEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SessionLeftResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SessionLeft'] = ResolversParentTypes['SessionLeft']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  sessionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SessionOrderFieldResolvers = { CREATED_AT: 'createdAt', UPDATED_AT: 'updatedAt' };

export type SessionTokenScopeResolvers = { APPEND: 'append', FEEDBACK: 'feedback', READ: 'read', REPLY: 'reply' };

export type SnapshotResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Snapshot'] = ResolversParentTypes['Snapshot']> = {
  data?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  key?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  writtenAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SocketStatusResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SocketStatus'] = ResolversParentTypes['SocketStatus']> = {
  groups?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  mostWaitingBytes?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  open?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  subscriptions?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  waitingBytes?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type StartReplyPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['StartReplyPayload'] = ResolversParentTypes['StartReplyPayload']> = {
  epoch?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  offset?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  reply?: Resolver<ResolversTypes['Reply'], ParentType, ContextType>;
  replyId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type StoreEngineResolvers = { MONGODB: 'mongodb', SQLITE: 'sqlite' };

export type StoreStatusResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['StoreStatus'] = ResolversParentTypes['StoreStatus']> = {
  engine?: Resolver<ResolversTypes['StoreEngine'], ParentType, ContextType>;
  nearlyFull?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  ok?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  messageAdded?: SubscriptionResolver<ResolversTypes['Event'], "messageAdded", ParentType, ContextType, RequireFields<SubscriptionMessageAddedArgs, 'replies' | 'sessionId'>>;
  sessionActivity?: SubscriptionResolver<ResolversTypes['Event'], "sessionActivity", ParentType, ContextType, Partial<SubscriptionSessionActivityArgs>>;
  sessionEvents?: SubscriptionResolver<ResolversTypes['Event'], "sessionEvents", ParentType, ContextType, RequireFields<SubscriptionSessionEventsArgs, 'replies' | 'sessionId'>>;
};

export type TextBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TextBlock'] = ResolversParentTypes['TextBlock']> = {
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ToolResultBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ToolResultBlock'] = ResolversParentTypes['ToolResultBlock']> = {
  content?: Resolver<Array<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  toolUseId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ToolUsageResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ToolUsage'] = ResolversParentTypes['ToolUsage']> = {
  averageTime?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  callCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  errorCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  successCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  successRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  totalTime?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ToolUseBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ToolUseBlock'] = ResolversParentTypes['ToolUseBlock']> = {
  input?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  reasoningSignature?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  toolUseId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UnknownBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['UnknownBlock'] = ResolversParentTypes['UnknownBlock']> = {
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UpdateMetadataPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['UpdateMetadataPayload'] = ResolversParentTypes['UpdateMetadataPayload']> = {
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UpsertAgentPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['UpsertAgentPayload'] = ResolversParentTypes['UpsertAgentPayload']> = {
  agent?: Resolver<ResolversTypes['Agent'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UsageResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Usage'] = ResolversParentTypes['Usage']> = {
  cacheReadInputTokens?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  cacheWriteInputTokens?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  inputTokens?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  outputTokens?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  totalTokens?: Resolver<Maybe<ResolversTypes['Long']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type VideoBlockResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['VideoBlock'] = ResolversParentTypes['VideoBlock']> = {
  bytes?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  format?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type WebhookDeadLetterResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['WebhookDeadLetter'] = ResolversParentTypes['WebhookDeadLetter']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  deadAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  failure?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  sessionId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  type?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type WebhookDeadLetterPageResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['WebhookDeadLetterPage'] = ResolversParentTypes['WebhookDeadLetterPage']> = {
  nodes?: Resolver<Array<ResolversTypes['WebhookDeadLetter']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type WebhookEndpointResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['WebhookEndpoint'] = ResolversParentTypes['WebhookEndpoint']> = {
  dead?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  disabled?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  failure?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  lastTakenAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  waiting?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type WorksResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Works'] = ResolversParentTypes['Works']> = {
  live?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  reads?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  writes?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type WriteSnapshotPayloadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['WriteSnapshotPayload'] = ResolversParentTypes['WriteSnapshotPayload']> = {
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  snapshot?: Resolver<ResolversTypes['Snapshot'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  AbortReplyPayload?: AbortReplyPayloadResolvers<ContextType>;
  AddFeedbackPayload?: AddFeedbackPayloadResolvers<ContextType>;
  Agent?: AgentResolvers<ContextType>;
  AgentUpdated?: AgentUpdatedResolvers<ContextType>;
  AppendMessagesPayload?: AppendMessagesPayloadResolvers<ContextType>;
  AudioBlock?: AudioBlockResolvers<ContextType>;
  AuditEntry?: AuditEntryResolvers<ContextType>;
  AuditPage?: AuditPageResolvers<ContextType>;
  Block?: BlockResolvers<ContextType>;
  CachePointBlock?: CachePointBlockResolvers<ContextType>;
  Caller?: CallerResolvers<ContextType>;
  CallerKind?: CallerKindResolvers;
  CitationsBlock?: CitationsBlockResolvers<ContextType>;
  ContentBlock?: ContentBlockResolvers<ContextType>;
  ContinueReplyPayload?: ContinueReplyPayloadResolvers<ContextType>;
  CreateSessionPayload?: CreateSessionPayloadResolvers<ContextType>;
  CreateSessionTokenPayload?: CreateSessionTokenPayloadResolvers<ContextType>;
  CycleMetrics?: CycleMetricsResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  Degraded?: DegradedResolvers<ContextType>;
  DeleteMetadataPayload?: DeleteMetadataPayloadResolvers<ContextType>;
  DeleteSessionPayload?: DeleteSessionPayloadResolvers<ContextType>;
  DeleteSnapshotPayload?: DeleteSnapshotPayloadResolvers<ContextType>;
  DocumentBlock?: DocumentBlockResolvers<ContextType>;
  EraseSessionsPayload?: EraseSessionsPayloadResolvers<ContextType>;
  ErasureReceipt?: ErasureReceiptResolvers<ContextType>;
  Event?: EventResolvers<ContextType>;
  FeedState?: FeedStateResolvers;
  FeedStatus?: FeedStatusResolvers<ContextType>;
  Feedback?: FeedbackResolvers<ContextType>;
  FeedbackAdded?: FeedbackAddedResolvers<ContextType>;
  FinishReplyPayload?: FinishReplyPayloadResolvers<ContextType>;
  GuardBlock?: GuardBlockResolvers<ContextType>;
  GuardrailEvent?: GuardrailEventResolvers<ContextType>;
  ImageBlock?: ImageBlockResolvers<ContextType>;
  JSON?: GraphQLScalarType;
  JSONObject?: GraphQLScalarType;
  Long?: GraphQLScalarType;
  Message?: MessageResolvers<ContextType>;
  MessageAdded?: MessageAddedResolvers<ContextType>;
  MessageConnection?: MessageConnectionResolvers<ContextType>;
  MessageEdge?: MessageEdgeResolvers<ContextType>;
  MessageMetrics?: MessageMetricsResolvers<ContextType>;
  MessageUpdated?: MessageUpdatedResolvers<ContextType>;
  MetadataChanged?: MetadataChangedResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  Node?: NodeResolvers<ContextType>;
  OrderDirection?: OrderDirectionResolvers;
  PageInfo?: PageInfoResolvers<ContextType>;
  PositionRange?: PositionRangeResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Rating?: RatingResolvers;
  Ready?: ReadyResolvers<ContextType>;
  ReasoningBlock?: ReasoningBlockResolvers<ContextType>;
  RecordMetricsPayload?: RecordMetricsPayloadResolvers<ContextType>;
  RedactMessagePayload?: RedactMessagePayloadResolvers<ContextType>;
  Remains?: RemainsResolvers<ContextType>;
  Reply?: ReplyResolvers<ContextType>;
  ReplyAbandoned?: ReplyAbandonedResolvers<ContextType>;
  ReplyAborted?: ReplyAbortedResolvers<ContextType>;
  ReplyBlockKind?: ReplyBlockKindResolvers;
  ReplyDurability?: ReplyDurabilityResolvers;
  ReplyFinished?: ReplyFinishedResolvers<ContextType>;
  ReplyKeep?: ReplyKeepResolvers;
  ReplyPart?: ReplyPartResolvers<ContextType>;
  ReplyProgress?: ReplyProgressResolvers<ContextType>;
  ReplyResumed?: ReplyResumedResolvers<ContextType>;
  ReplyRewound?: ReplyRewoundResolvers<ContextType>;
  ReplyStarted?: ReplyStartedResolvers<ContextType>;
  ReplyState?: ReplyStateResolvers;
  ReplyToolStatus?: ReplyToolStatusResolvers;
  Restored?: RestoredResolvers<ContextType>;
  Resync?: ResyncResolvers<ContextType>;
  Role?: RoleResolvers;
  Scope?: ScopeResolvers;
  ServerStatus?: ServerStatusResolvers<ContextType>;
  Session?: SessionResolvers<ContextType>;
  SessionChanged?: SessionChangedResolvers<ContextType>;
  SessionConnection?: SessionConnectionResolvers<ContextType>;
  SessionCreated?: SessionCreatedResolvers<ContextType>;
  SessionDeleted?: SessionDeletedResolvers<ContextType>;
  SessionEdge?: SessionEdgeResolvers<ContextType>;
  SessionLeft?: SessionLeftResolvers<ContextType>;
  SessionOrderField?: SessionOrderFieldResolvers;
  SessionTokenScope?: SessionTokenScopeResolvers;
  Snapshot?: SnapshotResolvers<ContextType>;
  SocketStatus?: SocketStatusResolvers<ContextType>;
  StartReplyPayload?: StartReplyPayloadResolvers<ContextType>;
  StoreEngine?: StoreEngineResolvers;
  StoreStatus?: StoreStatusResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  TextBlock?: TextBlockResolvers<ContextType>;
  ToolResultBlock?: ToolResultBlockResolvers<ContextType>;
  ToolUsage?: ToolUsageResolvers<ContextType>;
  ToolUseBlock?: ToolUseBlockResolvers<ContextType>;
  UnknownBlock?: UnknownBlockResolvers<ContextType>;
  UpdateMetadataPayload?: UpdateMetadataPayloadResolvers<ContextType>;
  UpsertAgentPayload?: UpsertAgentPayloadResolvers<ContextType>;
  Usage?: UsageResolvers<ContextType>;
  VideoBlock?: VideoBlockResolvers<ContextType>;
  WebhookDeadLetter?: WebhookDeadLetterResolvers<ContextType>;
  WebhookDeadLetterPage?: WebhookDeadLetterPageResolvers<ContextType>;
  WebhookEndpoint?: WebhookEndpointResolvers<ContextType>;
  Works?: WorksResolvers<ContextType>;
  WriteSnapshotPayload?: WriteSnapshotPayloadResolvers<ContextType>;
};

