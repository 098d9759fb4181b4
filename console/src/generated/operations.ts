import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A point in time as ISO 8601 in UTC with milliseconds, such as 2025-01-31T09:30:00.000Z. */
  DateTime: { input: string; output: string; }
  /**
   * Any JSON value. An integer beyond ±9007199254740991 (2^53 - 1) is refused, and shown as a string with its digits where another program
   * stored one in MongoDB, as are decimals, dates (ISO 8601), ids (hex digits) and bytes (base64).
   */
  JSON: { input: unknown; output: unknown; }
  /** A JSON object, with values as in `JSON`. */
  JSONObject: { input: Record<string, unknown>; output: Record<string, unknown>; }
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

/** A field that an agent may be without. */
export type AgentField =
  /** `model`. */
  | 'MODEL'
  /** `promptMetadata`. */
  | 'PROMPT_METADATA'
  /** `systemPrompt`. */
  | 'SYSTEM_PROMPT';

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

/** Kinds of credentials. */
export type CallerKind =
  /** None: the server asks for none, or none was shown. */
  | 'ANONYMOUS'
  /** A token of the identity provider. */
  | 'JWT'
  /** An API key. */
  | 'KEY'
  /** A token for one session. */
  | 'SESSION_TOKEN'
  /**
   * The server itself, or a command on its machine: `callerId` is `retention` with the name of the rule as `callerName`, or `webhooks` with
   * that of the endpoint.
   */
  | 'SYSTEM'
  /** The viewer password of one session. */
  | 'VIEWER';

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

/** What a session token shall open. */
export type CreateSessionTokenInput = {
  /** How long it is good, in seconds: 1 to 86400; an hour when absent. Never longer than the credential that it was made with. */
  expiresIn?: InputMaybe<Scalars['Int']['input']>;
  /** What its holder may do there. */
  scopes: Array<SessionTokenScope>;
  /** The one session that it opens. */
  sessionId: Scalars['ID']['input'];
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

/** Metadata to remove. */
export type DeleteMetadataInput = {
  /** 1 to 200 characters. Repeating a call with its key has one effect. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Dotted paths, such as `user.name`. */
  paths: Array<Scalars['String']['input']>;
  /** The session. */
  sessionId: Scalars['ID']['input'];
};

/** A session to remove. */
export type DeleteSessionInput = {
  /** The session to remove. */
  sessionId: Scalars['ID']['input'];
};

/** A snapshot to remove. */
export type DeleteSnapshotInput = {
  /** Its key in the session. */
  key: Scalars['String']['input'];
  /** The session. */
  sessionId: Scalars['ID']['input'];
};

/** Sessions to erase. */
export type EraseSessionsInput = {
  /** Only tells what would be erased. */
  dryRun?: Scalars['Boolean']['input'];
  /** Which ones. It has to ask for something, such as a value of the metadata. */
  filter: SessionFilter;
};

/** What the feed of changes is doing. */
export type FeedState =
  /** The server is stopping. */
  | 'CLOSED'
  /** It broke off or fell silent, and is being opened again. Subscribers are told Degraded. */
  | 'DEGRADED'
  /** It is open, and was heard of within seconds. */
  | 'LIVE'
  /** It is being opened for the first time. */
  | 'STARTING'
  /** The database has no change feed that could be opened; it is tried again all the same. */
  | 'UNAVAILABLE';

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

/** What a guardrail did. */
export type GuardrailEventInput = {
  /** What the guardrail did, such as BLOCKED. */
  action: Scalars['String']['input'];
  /** The model's stop reason. */
  stopReason?: InputMaybe<Scalars['String']['input']>;
  /** The guardrail's trace in the provider's own shape; the policies that it names are summed up from it. */
  trace?: InputMaybe<Scalars['JSONObject']['input']>;
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

/** The way a list is sorted. */
export type OrderDirection =
  /** Smallest or earliest first. */
  | 'ASC'
  /** Largest or latest first. */
  | 'DESC';

/** Messages of one agent by their positions, both ends included: from 0, before the message itself. */
export type PositionRangeInput = {
  /** The position of the first. */
  from: Scalars['Int']['input'];
  /** The position of the last, no smaller. */
  to: Scalars['Int']['input'];
};

/** How a user rated a conversation. */
export type Rating =
  /** Bad. */
  | 'DOWN'
  /** Good. */
  | 'UP';

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

/** Exactly one of `text` and `content`. */
export type ReplacementInput = {
  /** Content blocks in Strands' own shape; bytes as base64. */
  content?: InputMaybe<Array<Scalars['JSONObject']['input']>>;
  /** Who is shown as having said it. */
  role: Role;
  /** Short for one text block. */
  text?: InputMaybe<Scalars['String']['input']>;
};

/** What a block of a reply is. */
export type ReplyBlockKind =
  /** What a program keeps beside what is said, in a form of its own that `name` tells. Show it to nobody; no message is made of it. */
  | 'DATA'
  /** What it thinks. */
  | 'REASONING'
  /** What the agent says. */
  | 'TEXT'
  /** A call of a tool: the text is the JSON of its input. */
  | 'TOOL_INPUT'
  /** What a tool has answered. */
  | 'TOOL_RESULT';

/** How durable a call is when it is answered. */
export type ReplyDurability =
  /** Not yet; it is within 250 ms. After a crash of the server the writer goes on from an earlier offset. */
  | 'BATCHED'
  /** On the disk, or on a majority of the database's members. */
  | 'EACH';

/** What becomes of the text of a reply that is aborted. */
export type ReplyKeep =
  /** It is removed. */
  | 'DISCARD'
  /** It becomes a message, without calls of tools whose input is cut off. */
  | 'MESSAGE';

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

/** How a reply stands. */
export type ReplyState =
  /** Nobody is heard of its writer. A writer may go on with it. */
  | 'ABANDONED'
  /** It is over without having been finished. */
  | 'ABORTED'
  /** It is a message. */
  | 'FINISHED'
  /** It grows, or did until a moment ago. */
  | 'WRITING';

/** How a tool call went. */
export type ReplyToolStatus =
  /** It failed. */
  | 'ERROR'
  /** It worked. */
  | 'SUCCESS';

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
  | 'ASSISTANT'
  /** The user, or a tool's result on the way to the model. */
  | 'USER';

/** What a credential may do. */
export type Scope =
  /** Read the audit and the server's status. */
  | 'ADMIN'
  /** Create sessions, append messages, write agents and metrics. */
  | 'APPEND'
  /** Delete and erase sessions. */
  | 'DELETE'
  /** Add feedback. */
  | 'FEEDBACK'
  /** Set and remove metadata. */
  | 'METADATA'
  /** Read sessions and follow them live. */
  | 'READ'
  /** Redact messages. */
  | 'REDACT'
  /** Write replies as they grow, and end them. */
  | 'REPLY'
  /** Read and write what agents keep of themselves: an agent's own scope, for it shows what was redacted, too. */
  | 'SNAPSHOT';

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
  | 'CREATED_AT'
  /** When their conversation last changed. */
  | 'UPDATED_AT';

/** What the holder of a session token may do with its session. */
export type SessionTokenScope =
  /** Append messages and keep the agent's state. */
  | 'APPEND'
  /** Add feedback. */
  | 'FEEDBACK'
  /** Read it and follow it live. */
  | 'READ'
  /** Write replies as they grow, and end them. */
  | 'REPLY';

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

/** The databases that Parley runs on. */
export type StoreEngine =
  /** A MongoDB, or a server that speaks its protocol. */
  | 'MONGODB'
  /** The embedded file. */
  | 'SQLITE';

/** Metadata to set. */
export type UpdateMetadataInput = {
  /** 1 to 200 characters. Repeating a call with its key has one effect. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The session. */
  sessionId: Scalars['ID']['input'];
  /** Dotted path to value, such as `{"user.name": "Alice"}`. An object replaces what is there whole. */
  set: Scalars['JSONObject']['input'];
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

export type AddFeedbackMutationVariables = Exact<{
  input: AddFeedbackInput;
}>;


export type AddFeedbackMutation = { __typename?: 'Mutation', addFeedback: { __typename?: 'AddFeedbackPayload', session: { __typename?: 'Session', sessionId: string } } };

export type UpdateMetadataMutationVariables = Exact<{
  input: UpdateMetadataInput;
}>;


export type UpdateMetadataMutation = { __typename?: 'Mutation', updateMetadata: { __typename?: 'UpdateMetadataPayload', session: { __typename?: 'Session', sessionId: string } } };

export type DeleteMetadataMutationVariables = Exact<{
  input: DeleteMetadataInput;
}>;


export type DeleteMetadataMutation = { __typename?: 'Mutation', deleteMetadata: { __typename?: 'DeleteMetadataPayload', session: { __typename?: 'Session', sessionId: string } } };

export type RedactMessageMutationVariables = Exact<{
  input: RedactMessageInput;
}>;


export type RedactMessageMutation = { __typename?: 'Mutation', redactMessage: { __typename?: 'RedactMessagePayload', message: { __typename?: 'Message', id: string } } };

export type DeleteSessionMutationVariables = Exact<{
  input: DeleteSessionInput;
}>;


export type DeleteSessionMutation = { __typename?: 'Mutation', deleteSession: { __typename?: 'DeleteSessionPayload', sessionId: string } };

export type CreateSessionTokenMutationVariables = Exact<{
  input: CreateSessionTokenInput;
}>;


export type CreateSessionTokenMutation = { __typename?: 'Mutation', createSessionToken: { __typename?: 'CreateSessionTokenPayload', token: string, expiresAt: string } };

export type ExportMessagesQueryVariables = Exact<{
  sessionId: Scalars['ID']['input'];
  agentId: Scalars['ID']['input'];
  from: Scalars['Int']['input'];
  first: Scalars['Int']['input'];
}>;


export type ExportMessagesQuery = { __typename?: 'Query', session: { __typename?: 'Session', agent: { __typename?: 'Agent', messages: { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', messageId: number | null, position: number, role: Role | null, author: string | null, text: string, blocks: Array<Record<string, unknown>>, createdAt: string | null, updatedAt: string | null, clientId: string | null, redacted: boolean, metadata: Record<string, unknown> | null, metrics: { __typename?: 'MessageMetrics', latencyMs: number | null, timeToFirstByteMs: number | null, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null } | null } | null }> } } | null } | null };

export type CallerQueryVariables = Exact<{ [key: string]: never; }>;


export type CallerQuery = { __typename?: 'Query', caller: { __typename?: 'Caller', kind: CallerKind, id: string, name: string, scopes: Array<Scope>, sessionId: string | null, expiresAt: string | null } };

export type UsageCountsFragment = { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null };

export type FeedbackEntryFragment = { __typename?: 'Feedback', rating: Rating | null, comment: string | null, createdAt: string | null, fields: Record<string, unknown> };

export type AgentCardFragment = { __typename?: 'Agent', agentId: string, model: string | null, systemPrompt: string | null, promptMetadata: Record<string, unknown> | null, createdAt: string | null, updatedAt: string | null, messageCount: number, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null }, opening: { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', position: number, role: Role | null, author: string | null, text: string, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> }> } };

type Block_AudioBlock_Fragment = { __typename: 'AudioBlock', format: string | null };

type Block_CachePointBlock_Fragment = { __typename: 'CachePointBlock' };

type Block_CitationsBlock_Fragment = { __typename: 'CitationsBlock', text: string, citations: Array<Record<string, unknown>> };

type Block_DocumentBlock_Fragment = { __typename: 'DocumentBlock', format: string | null, name: string };

type Block_GuardBlock_Fragment = { __typename: 'GuardBlock', text: string };

type Block_ImageBlock_Fragment = { __typename: 'ImageBlock', format: string | null };

type Block_ReasoningBlock_Fragment = { __typename: 'ReasoningBlock', text: string };

type Block_TextBlock_Fragment = { __typename: 'TextBlock', text: string };

type Block_ToolResultBlock_Fragment = { __typename: 'ToolResultBlock', toolUseId: string, status: string | null, content: Array<Record<string, unknown>> };

type Block_ToolUseBlock_Fragment = { __typename: 'ToolUseBlock', toolUseId: string, name: string, input: unknown | null };

type Block_UnknownBlock_Fragment = { __typename: 'UnknownBlock', value: Record<string, unknown> };

type Block_VideoBlock_Fragment = { __typename: 'VideoBlock', format: string | null };

export type BlockFragment = Block_AudioBlock_Fragment | Block_CachePointBlock_Fragment | Block_CitationsBlock_Fragment | Block_DocumentBlock_Fragment | Block_GuardBlock_Fragment | Block_ImageBlock_Fragment | Block_ReasoningBlock_Fragment | Block_TextBlock_Fragment | Block_ToolResultBlock_Fragment | Block_ToolUseBlock_Fragment | Block_UnknownBlock_Fragment | Block_VideoBlock_Fragment;

export type MessageItemFragment = { __typename?: 'Message', id: string, position: number, role: Role | null, author: string | null, awaitingApproval: Array<string>, createdAt: string | null, redacted: boolean, content: Array<{ __typename: 'AudioBlock', format: string | null } | { __typename: 'CachePointBlock' } | { __typename: 'CitationsBlock', text: string, citations: Array<Record<string, unknown>> } | { __typename: 'DocumentBlock', format: string | null, name: string } | { __typename: 'GuardBlock', text: string } | { __typename: 'ImageBlock', format: string | null } | { __typename: 'ReasoningBlock', text: string } | { __typename: 'TextBlock', text: string } | { __typename: 'ToolResultBlock', toolUseId: string, status: string | null, content: Array<Record<string, unknown>> } | { __typename: 'ToolUseBlock', toolUseId: string, name: string, input: unknown | null } | { __typename: 'UnknownBlock', value: Record<string, unknown> } | { __typename: 'VideoBlock', format: string | null }>, metrics: { __typename?: 'MessageMetrics', latencyMs: number | null, timeToFirstByteMs: number | null, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null } | null } | null, guardrailEvent: { __typename?: 'GuardrailEvent', action: string } | null, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> };

export type SessionDetailsFragment = { __typename?: 'Session', id: string, sessionId: string, type: string, applicationName: string | null, createdAt: string | null, updatedAt: string | null, metadata: Record<string, unknown>, messageCount: number, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null }, feedback: Array<{ __typename?: 'Feedback', rating: Rating | null, comment: string | null, createdAt: string | null, fields: Record<string, unknown> }>, guardrailEvents: Array<{ __typename?: 'GuardrailEvent', action: string, timestamp: string | null, agentId: string | null, messageId: number | null, policiesTriggered: Record<string, unknown> | null }>, agents: Array<{ __typename?: 'Agent', agentId: string, model: string | null, systemPrompt: string | null, promptMetadata: Record<string, unknown> | null, createdAt: string | null, updatedAt: string | null, messageCount: number, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null }, opening: { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', position: number, role: Role | null, author: string | null, text: string, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> }> } }> };

export type SessionDetailsQueryVariables = Exact<{
  sessionId: Scalars['ID']['input'];
}>;


export type SessionDetailsQuery = { __typename?: 'Query', session: { __typename?: 'Session', id: string, sessionId: string, type: string, applicationName: string | null, createdAt: string | null, updatedAt: string | null, metadata: Record<string, unknown>, messageCount: number, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null }, feedback: Array<{ __typename?: 'Feedback', rating: Rating | null, comment: string | null, createdAt: string | null, fields: Record<string, unknown> }>, guardrailEvents: Array<{ __typename?: 'GuardrailEvent', action: string, timestamp: string | null, agentId: string | null, messageId: number | null, policiesTriggered: Record<string, unknown> | null }>, agents: Array<{ __typename?: 'Agent', agentId: string, model: string | null, systemPrompt: string | null, promptMetadata: Record<string, unknown> | null, createdAt: string | null, updatedAt: string | null, messageCount: number, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null }, opening: { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', position: number, role: Role | null, author: string | null, text: string, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> }> } }> } | null };

export type LastMessagesQueryVariables = Exact<{
  sessionId: Scalars['ID']['input'];
  agentId: Scalars['ID']['input'];
  last: Scalars['Int']['input'];
}>;


export type LastMessagesQuery = { __typename?: 'Query', session: { __typename?: 'Session', agent: { __typename?: 'Agent', messageCount: number, messages: { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', supersededBy: number | null, id: string, position: number, role: Role | null, author: string | null, awaitingApproval: Array<string>, createdAt: string | null, redacted: boolean, content: Array<{ __typename: 'AudioBlock', format: string | null } | { __typename: 'CachePointBlock' } | { __typename: 'CitationsBlock', text: string, citations: Array<Record<string, unknown>> } | { __typename: 'DocumentBlock', format: string | null, name: string } | { __typename: 'GuardBlock', text: string } | { __typename: 'ImageBlock', format: string | null } | { __typename: 'ReasoningBlock', text: string } | { __typename: 'TextBlock', text: string } | { __typename: 'ToolResultBlock', toolUseId: string, status: string | null, content: Array<Record<string, unknown>> } | { __typename: 'ToolUseBlock', toolUseId: string, name: string, input: unknown | null } | { __typename: 'UnknownBlock', value: Record<string, unknown> } | { __typename: 'VideoBlock', format: string | null }>, metrics: { __typename?: 'MessageMetrics', latencyMs: number | null, timeToFirstByteMs: number | null, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null } | null } | null, guardrailEvent: { __typename?: 'GuardrailEvent', action: string } | null, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> }> } } | null } | null };

export type MessagesFromQueryVariables = Exact<{
  sessionId: Scalars['ID']['input'];
  agentId: Scalars['ID']['input'];
  from: Scalars['Int']['input'];
  first: Scalars['Int']['input'];
}>;


export type MessagesFromQuery = { __typename?: 'Query', session: { __typename?: 'Session', agent: { __typename?: 'Agent', messageCount: number, messages: { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', supersededBy: number | null, id: string, position: number, role: Role | null, author: string | null, awaitingApproval: Array<string>, createdAt: string | null, redacted: boolean, content: Array<{ __typename: 'AudioBlock', format: string | null } | { __typename: 'CachePointBlock' } | { __typename: 'CitationsBlock', text: string, citations: Array<Record<string, unknown>> } | { __typename: 'DocumentBlock', format: string | null, name: string } | { __typename: 'GuardBlock', text: string } | { __typename: 'ImageBlock', format: string | null } | { __typename: 'ReasoningBlock', text: string } | { __typename: 'TextBlock', text: string } | { __typename: 'ToolResultBlock', toolUseId: string, status: string | null, content: Array<Record<string, unknown>> } | { __typename: 'ToolUseBlock', toolUseId: string, name: string, input: unknown | null } | { __typename: 'UnknownBlock', value: Record<string, unknown> } | { __typename: 'VideoBlock', format: string | null }>, metrics: { __typename?: 'MessageMetrics', latencyMs: number | null, timeToFirstByteMs: number | null, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null } | null } | null, guardrailEvent: { __typename?: 'GuardrailEvent', action: string } | null, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> }> } } | null } | null };

export type MessageTimeQueryVariables = Exact<{
  sessionId: Scalars['ID']['input'];
  agentId: Scalars['ID']['input'];
  from: Scalars['Int']['input'];
}>;


export type MessageTimeQuery = { __typename?: 'Query', session: { __typename?: 'Session', agent: { __typename?: 'Agent', messages: { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', createdAt: string | null }> } } | null } | null };

export type MessageBytesQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type MessageBytesQuery = { __typename?: 'Query', node: { __typename?: 'Agent' } | { __typename?: 'Message', content: Array<{ __typename?: 'AudioBlock', bytes: string | null } | { __typename?: 'CachePointBlock' } | { __typename?: 'CitationsBlock' } | { __typename?: 'DocumentBlock', bytes: string | null } | { __typename?: 'GuardBlock' } | { __typename?: 'ImageBlock', bytes: string | null } | { __typename?: 'ReasoningBlock' } | { __typename?: 'TextBlock' } | { __typename?: 'ToolResultBlock' } | { __typename?: 'ToolUseBlock' } | { __typename?: 'UnknownBlock' } | { __typename?: 'VideoBlock', bytes: string | null }> } | { __typename?: 'Session' } | null };

export type RawMessageQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type RawMessageQuery = { __typename?: 'Query', node: { __typename?: 'Agent' } | { __typename?: 'Message', id: string, messageId: number | null, position: number, role: Role | null, createdAt: string | null, updatedAt: string | null, clientId: string | null, trackingId: string | null, redacted: boolean, metadata: Record<string, unknown> | null, blocks: Array<Record<string, unknown>>, supersededBy: number | null, metrics: { __typename?: 'MessageMetrics', latencyMs: number | null, timeToFirstByteMs: number | null, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null } | null, cycles: { __typename?: 'CycleMetrics', cycleCount: number | null, totalDuration: number | null, averageCycleTime: number | null } | null, tools: Array<{ __typename?: 'ToolUsage', name: string, callCount: number | null, successCount: number | null, errorCount: number | null, totalTime: number | null, averageTime: number | null, successRate: number | null }> } | null, guardrailEvent: { __typename?: 'GuardrailEvent', action: string, timestamp: string | null, stopReason: string | null, policiesTriggered: Record<string, unknown> | null, trace: Record<string, unknown> | null } | null, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> } | { __typename?: 'Session' } | null };

export type AgentStateQueryVariables = Exact<{
  sessionId: Scalars['ID']['input'];
  agentId: Scalars['ID']['input'];
}>;


export type AgentStateQuery = { __typename?: 'Query', session: { __typename?: 'Session', agent: { __typename?: 'Agent', agentId: string, state: Record<string, unknown>, conversationManagerState: Record<string, unknown> } | null } | null };

export type ReplyPieceFragment = { __typename?: 'ReplyPart', block: number, kind: ReplyBlockKind, text: string, toolUseId: string | null, name: string | null, status: ReplyToolStatus | null };

export type ReplyStateFragment = { __typename?: 'Reply', replyId: string, agentId: string, state: ReplyState, startedAt: string, blocks: Array<{ __typename?: 'ReplyPart', block: number, kind: ReplyBlockKind, text: string, toolUseId: string | null, name: string | null, status: ReplyToolStatus | null }> };

export type SessionEventsSubscriptionVariables = Exact<{
  sessionId: Scalars['ID']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type SessionEventsSubscription = { __typename?: 'Subscription', sessionEvents: { __typename: 'AgentUpdated', cursor: string } | { __typename: 'Degraded', detail: string, cursor: string } | { __typename: 'FeedbackAdded', cursor: string } | { __typename: 'MessageAdded', agentId: string | null, cursor: string, message: { __typename?: 'Message', id: string, position: number, role: Role | null, author: string | null, awaitingApproval: Array<string>, createdAt: string | null, redacted: boolean, content: Array<{ __typename: 'AudioBlock', format: string | null } | { __typename: 'CachePointBlock' } | { __typename: 'CitationsBlock', text: string, citations: Array<Record<string, unknown>> } | { __typename: 'DocumentBlock', format: string | null, name: string } | { __typename: 'GuardBlock', text: string } | { __typename: 'ImageBlock', format: string | null } | { __typename: 'ReasoningBlock', text: string } | { __typename: 'TextBlock', text: string } | { __typename: 'ToolResultBlock', toolUseId: string, status: string | null, content: Array<Record<string, unknown>> } | { __typename: 'ToolUseBlock', toolUseId: string, name: string, input: unknown | null } | { __typename: 'UnknownBlock', value: Record<string, unknown> } | { __typename: 'VideoBlock', format: string | null }>, metrics: { __typename?: 'MessageMetrics', latencyMs: number | null, timeToFirstByteMs: number | null, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null } | null } | null, guardrailEvent: { __typename?: 'GuardrailEvent', action: string } | null, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> } } | { __typename: 'MessageUpdated', agentId: string | null, cursor: string, message: { __typename?: 'Message', id: string, position: number, role: Role | null, author: string | null, awaitingApproval: Array<string>, createdAt: string | null, redacted: boolean, content: Array<{ __typename: 'AudioBlock', format: string | null } | { __typename: 'CachePointBlock' } | { __typename: 'CitationsBlock', text: string, citations: Array<Record<string, unknown>> } | { __typename: 'DocumentBlock', format: string | null, name: string } | { __typename: 'GuardBlock', text: string } | { __typename: 'ImageBlock', format: string | null } | { __typename: 'ReasoningBlock', text: string } | { __typename: 'TextBlock', text: string } | { __typename: 'ToolResultBlock', toolUseId: string, status: string | null, content: Array<Record<string, unknown>> } | { __typename: 'ToolUseBlock', toolUseId: string, name: string, input: unknown | null } | { __typename: 'UnknownBlock', value: Record<string, unknown> } | { __typename: 'VideoBlock', format: string | null }>, metrics: { __typename?: 'MessageMetrics', latencyMs: number | null, timeToFirstByteMs: number | null, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null } | null } | null, guardrailEvent: { __typename?: 'GuardrailEvent', action: string } | null, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> } } | { __typename: 'MetadataChanged', cursor: string } | { __typename: 'Ready', resumed: boolean, cursor: string } | { __typename: 'ReplyAbandoned', replyId: string, cursor: string } | { __typename: 'ReplyAborted', agentId: string | null, replyId: string, abortReason: string | null, cursor: string, kept: { __typename?: 'Message', id: string, position: number, role: Role | null, author: string | null, awaitingApproval: Array<string>, createdAt: string | null, redacted: boolean, content: Array<{ __typename: 'AudioBlock', format: string | null } | { __typename: 'CachePointBlock' } | { __typename: 'CitationsBlock', text: string, citations: Array<Record<string, unknown>> } | { __typename: 'DocumentBlock', format: string | null, name: string } | { __typename: 'GuardBlock', text: string } | { __typename: 'ImageBlock', format: string | null } | { __typename: 'ReasoningBlock', text: string } | { __typename: 'TextBlock', text: string } | { __typename: 'ToolResultBlock', toolUseId: string, status: string | null, content: Array<Record<string, unknown>> } | { __typename: 'ToolUseBlock', toolUseId: string, name: string, input: unknown | null } | { __typename: 'UnknownBlock', value: Record<string, unknown> } | { __typename: 'VideoBlock', format: string | null }>, metrics: { __typename?: 'MessageMetrics', latencyMs: number | null, timeToFirstByteMs: number | null, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null } | null } | null, guardrailEvent: { __typename?: 'GuardrailEvent', action: string } | null, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> } | null } | { __typename: 'ReplyFinished', agentId: string | null, replyId: string, cursor: string, message: { __typename?: 'Message', id: string, position: number, role: Role | null, author: string | null, awaitingApproval: Array<string>, createdAt: string | null, redacted: boolean, content: Array<{ __typename: 'AudioBlock', format: string | null } | { __typename: 'CachePointBlock' } | { __typename: 'CitationsBlock', text: string, citations: Array<Record<string, unknown>> } | { __typename: 'DocumentBlock', format: string | null, name: string } | { __typename: 'GuardBlock', text: string } | { __typename: 'ImageBlock', format: string | null } | { __typename: 'ReasoningBlock', text: string } | { __typename: 'TextBlock', text: string } | { __typename: 'ToolResultBlock', toolUseId: string, status: string | null, content: Array<Record<string, unknown>> } | { __typename: 'ToolUseBlock', toolUseId: string, name: string, input: unknown | null } | { __typename: 'UnknownBlock', value: Record<string, unknown> } | { __typename: 'VideoBlock', format: string | null }>, metrics: { __typename?: 'MessageMetrics', latencyMs: number | null, timeToFirstByteMs: number | null, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null } | null } | null, guardrailEvent: { __typename?: 'GuardrailEvent', action: string } | null, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> } } | { __typename: 'ReplyProgress', replyId: string, offset: number, cursor: string, parts: Array<{ __typename?: 'ReplyPart', block: number, kind: ReplyBlockKind, text: string, toolUseId: string | null, name: string | null, status: ReplyToolStatus | null }> } | { __typename: 'ReplyResumed', replyId: string, cursor: string } | { __typename: 'ReplyRewound', replyId: string, offset: number, cursor: string } | { __typename: 'ReplyStarted', replyId: string, cursor: string, reply: { __typename?: 'Reply', replyId: string, agentId: string, state: ReplyState, startedAt: string, blocks: Array<{ __typename?: 'ReplyPart', block: number, kind: ReplyBlockKind, text: string, toolUseId: string | null, name: string | null, status: ReplyToolStatus | null }> } } | { __typename: 'Restored', cursor: string } | { __typename: 'Resync', agentId: string | null, cursor: string } | { __typename: 'SessionChanged', cursor: string } | { __typename: 'SessionCreated', cursor: string } | { __typename: 'SessionDeleted', cursor: string } | { __typename: 'SessionLeft', cursor: string } };

export type OpenConversationQueryVariables = Exact<{
  sessionId: Scalars['ID']['input'];
  last: Scalars['Int']['input'];
}>;


export type OpenConversationQuery = { __typename?: 'Query', session: { __typename?: 'Session', id: string, sessionId: string, type: string, applicationName: string | null, createdAt: string | null, updatedAt: string | null, metadata: Record<string, unknown>, messageCount: number, agents: Array<{ __typename?: 'Agent', agentId: string, model: string | null, systemPrompt: string | null, promptMetadata: Record<string, unknown> | null, createdAt: string | null, updatedAt: string | null, messageCount: number, messages: { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', supersededBy: number | null, id: string, position: number, role: Role | null, author: string | null, awaitingApproval: Array<string>, createdAt: string | null, redacted: boolean, content: Array<{ __typename: 'AudioBlock', format: string | null } | { __typename: 'CachePointBlock' } | { __typename: 'CitationsBlock', text: string, citations: Array<Record<string, unknown>> } | { __typename: 'DocumentBlock', format: string | null, name: string } | { __typename: 'GuardBlock', text: string } | { __typename: 'ImageBlock', format: string | null } | { __typename: 'ReasoningBlock', text: string } | { __typename: 'TextBlock', text: string } | { __typename: 'ToolResultBlock', toolUseId: string, status: string | null, content: Array<Record<string, unknown>> } | { __typename: 'ToolUseBlock', toolUseId: string, name: string, input: unknown | null } | { __typename: 'UnknownBlock', value: Record<string, unknown> } | { __typename: 'VideoBlock', format: string | null }>, metrics: { __typename?: 'MessageMetrics', latencyMs: number | null, timeToFirstByteMs: number | null, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null } | null } | null, guardrailEvent: { __typename?: 'GuardrailEvent', action: string } | null, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> }> }, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null }, opening: { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', position: number, role: Role | null, author: string | null, text: string, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> }> } }>, usage: { __typename?: 'Usage', inputTokens: number | null, outputTokens: number | null, totalTokens: number | null, cacheReadInputTokens: number | null, cacheWriteInputTokens: number | null }, feedback: Array<{ __typename?: 'Feedback', rating: Rating | null, comment: string | null, createdAt: string | null, fields: Record<string, unknown> }>, guardrailEvents: Array<{ __typename?: 'GuardrailEvent', action: string, timestamp: string | null, agentId: string | null, messageId: number | null, policiesTriggered: Record<string, unknown> | null }> } | null };

export type ServerStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type ServerStatusQuery = { __typename?: 'Query', serverStatus: { __typename?: 'ServerStatus', version: string, works: { __typename?: 'Works', reads: boolean, writes: boolean, live: boolean }, store: { __typename?: 'StoreStatus', engine: StoreEngine, ok: boolean, reason: string | null, nearlyFull: number }, feed: { __typename?: 'FeedStatus', state: FeedState, reason: string | null, lagMs: number | null, heardAt: string | null, lastChangeAt: string | null, followers: number, queued: number, longestQueue: number }, sockets: { __typename?: 'SocketStatus', open: number, subscriptions: number, groups: number, waitingBytes: number } } };

export type OpeningFragment = { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', position: number, role: Role | null, author: string | null, text: string, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> }> };

export type SessionRowFragment = { __typename?: 'Session', sessionId: string, type: string, applicationName: string | null, createdAt: string | null, updatedAt: string | null, metadata?: Record<string, unknown>, messageCount: number, usage: { __typename?: 'Usage', totalTokens: number | null }, feedback?: Array<{ __typename?: 'Feedback', rating: Rating | null }>, agents: Array<{ __typename?: 'Agent', agentId: string, model: string | null, opening?: { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', position: number, role: Role | null, author: string | null, text: string, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> }> } }> };

export type SessionsQueryVariables = Exact<{
  filter?: InputMaybe<SessionFilter>;
  orderBy?: InputMaybe<SessionOrder>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  whole: Scalars['Boolean']['input'];
}>;


export type SessionsQuery = { __typename?: 'Query', sessions: { __typename?: 'SessionConnection', edges: Array<{ __typename?: 'SessionEdge', cursor: string, node: { __typename?: 'Session', sessionId: string, type: string, applicationName: string | null, createdAt: string | null, updatedAt: string | null, metadata?: Record<string, unknown>, messageCount: number, usage: { __typename?: 'Usage', totalTokens: number | null }, feedback?: Array<{ __typename?: 'Feedback', rating: Rating | null }>, agents: Array<{ __typename?: 'Agent', agentId: string, model: string | null, opening?: { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', position: number, role: Role | null, author: string | null, text: string, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> }> } }> } }>, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean } } };

export type CountSessionsQueryVariables = Exact<{
  filter?: InputMaybe<SessionFilter>;
}>;


export type CountSessionsQuery = { __typename?: 'Query', sessions: { __typename?: 'SessionConnection', totalCount: number } };

export type NewestMetadataQueryVariables = Exact<{
  first: Scalars['Int']['input'];
}>;


export type NewestMetadataQuery = { __typename?: 'Query', sessions: { __typename?: 'SessionConnection', nodes: Array<{ __typename?: 'Session', metadata: Record<string, unknown> }> } };

export type FoundSessionFragment = { __typename?: 'Session', sessionId: string, messageCount: number };

export type FindSessionsQueryVariables = Exact<{
  id: Scalars['ID']['input'];
  beginning: Scalars['String']['input'];
  first: Scalars['Int']['input'];
}>;


export type FindSessionsQuery = { __typename?: 'Query', session: { __typename?: 'Session', sessionId: string, messageCount: number } | null, sessions: { __typename?: 'SessionConnection', nodes: Array<{ __typename?: 'Session', sessionId: string, messageCount: number }>, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean } } };

export type SessionActivitySubscriptionVariables = Exact<{
  filter?: InputMaybe<SessionFilter>;
  after?: InputMaybe<Scalars['String']['input']>;
  whole: Scalars['Boolean']['input'];
}>;


export type SessionActivitySubscription = { __typename?: 'Subscription', sessionActivity: { __typename: 'AgentUpdated', cursor: string } | { __typename: 'Degraded', detail: string, cursor: string } | { __typename: 'FeedbackAdded', cursor: string } | { __typename: 'MessageAdded', cursor: string } | { __typename: 'MessageUpdated', cursor: string } | { __typename: 'MetadataChanged', cursor: string } | { __typename: 'Ready', resumed: boolean, cursor: string } | { __typename: 'ReplyAbandoned', cursor: string } | { __typename: 'ReplyAborted', cursor: string } | { __typename: 'ReplyFinished', cursor: string } | { __typename: 'ReplyProgress', cursor: string } | { __typename: 'ReplyResumed', cursor: string } | { __typename: 'ReplyRewound', cursor: string } | { __typename: 'ReplyStarted', cursor: string } | { __typename: 'Restored', cursor: string } | { __typename: 'Resync', cursor: string } | { __typename: 'SessionChanged', cursor: string, session: { __typename?: 'Session', sessionId: string, type: string, applicationName: string | null, createdAt: string | null, updatedAt: string | null, metadata?: Record<string, unknown>, messageCount: number, usage: { __typename?: 'Usage', totalTokens: number | null }, feedback?: Array<{ __typename?: 'Feedback', rating: Rating | null }>, agents: Array<{ __typename?: 'Agent', agentId: string, model: string | null, opening?: { __typename?: 'MessageConnection', nodes: Array<{ __typename?: 'Message', position: number, role: Role | null, author: string | null, text: string, supersedes: Array<{ __typename?: 'PositionRange', from: number, to: number }> }> } }> } } | { __typename: 'SessionCreated', cursor: string } | { __typename: 'SessionDeleted', sessionId: string, cursor: string } | { __typename: 'SessionLeft', sessionId: string, cursor: string } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const BlockFragmentDoc = new TypedDocumentString(`
    fragment Block on ContentBlock {
  __typename
  ... on TextBlock {
    text
  }
  ... on ToolUseBlock {
    toolUseId
    name
    input
  }
  ... on ToolResultBlock {
    toolUseId
    status
    content
  }
  ... on ReasoningBlock {
    text
  }
  ... on ImageBlock {
    format
  }
  ... on DocumentBlock {
    format
    name
  }
  ... on VideoBlock {
    format
  }
  ... on AudioBlock {
    format
  }
  ... on CitationsBlock {
    text
    citations
  }
  ... on GuardBlock {
    text
  }
  ... on UnknownBlock {
    value
  }
}
    `, {"fragmentName":"Block"}) as unknown as TypedDocumentString<BlockFragment, unknown>;
export const UsageCountsFragmentDoc = new TypedDocumentString(`
    fragment UsageCounts on Usage {
  inputTokens
  outputTokens
  totalTokens
  cacheReadInputTokens
  cacheWriteInputTokens
}
    `, {"fragmentName":"UsageCounts"}) as unknown as TypedDocumentString<UsageCountsFragment, unknown>;
export const MessageItemFragmentDoc = new TypedDocumentString(`
    fragment MessageItem on Message {
  id
  position
  role
  author
  awaitingApproval
  createdAt
  redacted
  content {
    ...Block
  }
  metrics {
    usage {
      ...UsageCounts
    }
    latencyMs
    timeToFirstByteMs
  }
  guardrailEvent {
    action
  }
  supersedes {
    from
    to
  }
}
    fragment UsageCounts on Usage {
  inputTokens
  outputTokens
  totalTokens
  cacheReadInputTokens
  cacheWriteInputTokens
}
fragment Block on ContentBlock {
  __typename
  ... on TextBlock {
    text
  }
  ... on ToolUseBlock {
    toolUseId
    name
    input
  }
  ... on ToolResultBlock {
    toolUseId
    status
    content
  }
  ... on ReasoningBlock {
    text
  }
  ... on ImageBlock {
    format
  }
  ... on DocumentBlock {
    format
    name
  }
  ... on VideoBlock {
    format
  }
  ... on AudioBlock {
    format
  }
  ... on CitationsBlock {
    text
    citations
  }
  ... on GuardBlock {
    text
  }
  ... on UnknownBlock {
    value
  }
}`, {"fragmentName":"MessageItem"}) as unknown as TypedDocumentString<MessageItemFragment, unknown>;
export const FeedbackEntryFragmentDoc = new TypedDocumentString(`
    fragment FeedbackEntry on Feedback {
  rating
  comment
  createdAt
  fields
}
    `, {"fragmentName":"FeedbackEntry"}) as unknown as TypedDocumentString<FeedbackEntryFragment, unknown>;
export const OpeningFragmentDoc = new TypedDocumentString(`
    fragment Opening on MessageConnection {
  nodes {
    position
    role
    author
    text
    supersedes {
      from
      to
    }
  }
}
    `, {"fragmentName":"Opening"}) as unknown as TypedDocumentString<OpeningFragment, unknown>;
export const AgentCardFragmentDoc = new TypedDocumentString(`
    fragment AgentCard on Agent {
  agentId
  model
  systemPrompt
  promptMetadata
  createdAt
  updatedAt
  messageCount
  usage {
    ...UsageCounts
  }
  opening: messages(first: 4) {
    ...Opening
  }
}
    fragment UsageCounts on Usage {
  inputTokens
  outputTokens
  totalTokens
  cacheReadInputTokens
  cacheWriteInputTokens
}
fragment Opening on MessageConnection {
  nodes {
    position
    role
    author
    text
    supersedes {
      from
      to
    }
  }
}`, {"fragmentName":"AgentCard"}) as unknown as TypedDocumentString<AgentCardFragment, unknown>;
export const SessionDetailsFragmentDoc = new TypedDocumentString(`
    fragment SessionDetails on Session {
  id
  sessionId
  type
  applicationName
  createdAt
  updatedAt
  metadata
  messageCount
  usage {
    ...UsageCounts
  }
  feedback {
    ...FeedbackEntry
  }
  guardrailEvents {
    action
    timestamp
    agentId
    messageId
    policiesTriggered
  }
  agents {
    ...AgentCard
  }
}
    fragment UsageCounts on Usage {
  inputTokens
  outputTokens
  totalTokens
  cacheReadInputTokens
  cacheWriteInputTokens
}
fragment FeedbackEntry on Feedback {
  rating
  comment
  createdAt
  fields
}
fragment AgentCard on Agent {
  agentId
  model
  systemPrompt
  promptMetadata
  createdAt
  updatedAt
  messageCount
  usage {
    ...UsageCounts
  }
  opening: messages(first: 4) {
    ...Opening
  }
}
fragment Opening on MessageConnection {
  nodes {
    position
    role
    author
    text
    supersedes {
      from
      to
    }
  }
}`, {"fragmentName":"SessionDetails"}) as unknown as TypedDocumentString<SessionDetailsFragment, unknown>;
export const ReplyPieceFragmentDoc = new TypedDocumentString(`
    fragment ReplyPiece on ReplyPart {
  block
  kind
  text
  toolUseId
  name
  status
}
    `, {"fragmentName":"ReplyPiece"}) as unknown as TypedDocumentString<ReplyPieceFragment, unknown>;
export const ReplyStateFragmentDoc = new TypedDocumentString(`
    fragment ReplyState on Reply {
  replyId
  agentId
  state
  startedAt
  blocks {
    ...ReplyPiece
  }
}
    fragment ReplyPiece on ReplyPart {
  block
  kind
  text
  toolUseId
  name
  status
}`, {"fragmentName":"ReplyState"}) as unknown as TypedDocumentString<ReplyStateFragment, unknown>;
export const SessionRowFragmentDoc = new TypedDocumentString(`
    fragment SessionRow on Session {
  sessionId
  type
  applicationName
  createdAt
  updatedAt
  metadata @include(if: $whole)
  messageCount
  usage {
    totalTokens
  }
  feedback @include(if: $whole) {
    rating
  }
  agents {
    agentId
    model
    opening: messages(first: 4) @include(if: $whole) {
      ...Opening
    }
  }
}
    fragment Opening on MessageConnection {
  nodes {
    position
    role
    author
    text
    supersedes {
      from
      to
    }
  }
}`, {"fragmentName":"SessionRow"}) as unknown as TypedDocumentString<SessionRowFragment, unknown>;
export const FoundSessionFragmentDoc = new TypedDocumentString(`
    fragment FoundSession on Session {
  sessionId
  messageCount
}
    `, {"fragmentName":"FoundSession"}) as unknown as TypedDocumentString<FoundSessionFragment, unknown>;
export const AddFeedbackDocument = new TypedDocumentString(`
    mutation AddFeedback($input: AddFeedbackInput!) {
  addFeedback(input: $input) {
    session {
      sessionId
    }
  }
}
    `) as unknown as TypedDocumentString<AddFeedbackMutation, AddFeedbackMutationVariables>;
export const UpdateMetadataDocument = new TypedDocumentString(`
    mutation UpdateMetadata($input: UpdateMetadataInput!) {
  updateMetadata(input: $input) {
    session {
      sessionId
    }
  }
}
    `) as unknown as TypedDocumentString<UpdateMetadataMutation, UpdateMetadataMutationVariables>;
export const DeleteMetadataDocument = new TypedDocumentString(`
    mutation DeleteMetadata($input: DeleteMetadataInput!) {
  deleteMetadata(input: $input) {
    session {
      sessionId
    }
  }
}
    `) as unknown as TypedDocumentString<DeleteMetadataMutation, DeleteMetadataMutationVariables>;
export const RedactMessageDocument = new TypedDocumentString(`
    mutation RedactMessage($input: RedactMessageInput!) {
  redactMessage(input: $input) {
    message {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<RedactMessageMutation, RedactMessageMutationVariables>;
export const DeleteSessionDocument = new TypedDocumentString(`
    mutation DeleteSession($input: DeleteSessionInput!) {
  deleteSession(input: $input) {
    sessionId
  }
}
    `) as unknown as TypedDocumentString<DeleteSessionMutation, DeleteSessionMutationVariables>;
export const CreateSessionTokenDocument = new TypedDocumentString(`
    mutation CreateSessionToken($input: CreateSessionTokenInput!) {
  createSessionToken(input: $input) {
    token
    expiresAt
  }
}
    `) as unknown as TypedDocumentString<CreateSessionTokenMutation, CreateSessionTokenMutationVariables>;
export const ExportMessagesDocument = new TypedDocumentString(`
    query ExportMessages($sessionId: ID!, $agentId: ID!, $from: Int!, $first: Int!) {
  session(sessionId: $sessionId) {
    agent(agentId: $agentId) {
      messages(from: $from, first: $first) {
        nodes {
          messageId
          position
          role
          author
          text
          blocks
          createdAt
          updatedAt
          clientId
          redacted
          metadata
          metrics {
            usage {
              ...UsageCounts
            }
            latencyMs
            timeToFirstByteMs
          }
        }
      }
    }
  }
}
    fragment UsageCounts on Usage {
  inputTokens
  outputTokens
  totalTokens
  cacheReadInputTokens
  cacheWriteInputTokens
}`) as unknown as TypedDocumentString<ExportMessagesQuery, ExportMessagesQueryVariables>;
export const CallerDocument = new TypedDocumentString(`
    query Caller {
  caller {
    kind
    id
    name
    scopes
    sessionId
    expiresAt
  }
}
    `) as unknown as TypedDocumentString<CallerQuery, CallerQueryVariables>;
export const SessionDetailsDocument = new TypedDocumentString(`
    query SessionDetails($sessionId: ID!) {
  session(sessionId: $sessionId) {
    ...SessionDetails
  }
}
    fragment UsageCounts on Usage {
  inputTokens
  outputTokens
  totalTokens
  cacheReadInputTokens
  cacheWriteInputTokens
}
fragment FeedbackEntry on Feedback {
  rating
  comment
  createdAt
  fields
}
fragment AgentCard on Agent {
  agentId
  model
  systemPrompt
  promptMetadata
  createdAt
  updatedAt
  messageCount
  usage {
    ...UsageCounts
  }
  opening: messages(first: 4) {
    ...Opening
  }
}
fragment SessionDetails on Session {
  id
  sessionId
  type
  applicationName
  createdAt
  updatedAt
  metadata
  messageCount
  usage {
    ...UsageCounts
  }
  feedback {
    ...FeedbackEntry
  }
  guardrailEvents {
    action
    timestamp
    agentId
    messageId
    policiesTriggered
  }
  agents {
    ...AgentCard
  }
}
fragment Opening on MessageConnection {
  nodes {
    position
    role
    author
    text
    supersedes {
      from
      to
    }
  }
}`) as unknown as TypedDocumentString<SessionDetailsQuery, SessionDetailsQueryVariables>;
export const LastMessagesDocument = new TypedDocumentString(`
    query LastMessages($sessionId: ID!, $agentId: ID!, $last: Int!) {
  session(sessionId: $sessionId) {
    agent(agentId: $agentId) {
      messageCount
      messages(last: $last) {
        nodes {
          ...MessageItem
          supersededBy
        }
      }
    }
  }
}
    fragment UsageCounts on Usage {
  inputTokens
  outputTokens
  totalTokens
  cacheReadInputTokens
  cacheWriteInputTokens
}
fragment Block on ContentBlock {
  __typename
  ... on TextBlock {
    text
  }
  ... on ToolUseBlock {
    toolUseId
    name
    input
  }
  ... on ToolResultBlock {
    toolUseId
    status
    content
  }
  ... on ReasoningBlock {
    text
  }
  ... on ImageBlock {
    format
  }
  ... on DocumentBlock {
    format
    name
  }
  ... on VideoBlock {
    format
  }
  ... on AudioBlock {
    format
  }
  ... on CitationsBlock {
    text
    citations
  }
  ... on GuardBlock {
    text
  }
  ... on UnknownBlock {
    value
  }
}
fragment MessageItem on Message {
  id
  position
  role
  author
  awaitingApproval
  createdAt
  redacted
  content {
    ...Block
  }
  metrics {
    usage {
      ...UsageCounts
    }
    latencyMs
    timeToFirstByteMs
  }
  guardrailEvent {
    action
  }
  supersedes {
    from
    to
  }
}`) as unknown as TypedDocumentString<LastMessagesQuery, LastMessagesQueryVariables>;
export const MessagesFromDocument = new TypedDocumentString(`
    query MessagesFrom($sessionId: ID!, $agentId: ID!, $from: Int!, $first: Int!) {
  session(sessionId: $sessionId) {
    agent(agentId: $agentId) {
      messageCount
      messages(from: $from, first: $first) {
        nodes {
          ...MessageItem
          supersededBy
        }
      }
    }
  }
}
    fragment UsageCounts on Usage {
  inputTokens
  outputTokens
  totalTokens
  cacheReadInputTokens
  cacheWriteInputTokens
}
fragment Block on ContentBlock {
  __typename
  ... on TextBlock {
    text
  }
  ... on ToolUseBlock {
    toolUseId
    name
    input
  }
  ... on ToolResultBlock {
    toolUseId
    status
    content
  }
  ... on ReasoningBlock {
    text
  }
  ... on ImageBlock {
    format
  }
  ... on DocumentBlock {
    format
    name
  }
  ... on VideoBlock {
    format
  }
  ... on AudioBlock {
    format
  }
  ... on CitationsBlock {
    text
    citations
  }
  ... on GuardBlock {
    text
  }
  ... on UnknownBlock {
    value
  }
}
fragment MessageItem on Message {
  id
  position
  role
  author
  awaitingApproval
  createdAt
  redacted
  content {
    ...Block
  }
  metrics {
    usage {
      ...UsageCounts
    }
    latencyMs
    timeToFirstByteMs
  }
  guardrailEvent {
    action
  }
  supersedes {
    from
    to
  }
}`) as unknown as TypedDocumentString<MessagesFromQuery, MessagesFromQueryVariables>;
export const MessageTimeDocument = new TypedDocumentString(`
    query MessageTime($sessionId: ID!, $agentId: ID!, $from: Int!) {
  session(sessionId: $sessionId) {
    agent(agentId: $agentId) {
      messages(from: $from, first: 1) {
        nodes {
          createdAt
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MessageTimeQuery, MessageTimeQueryVariables>;
export const MessageBytesDocument = new TypedDocumentString(`
    query MessageBytes($id: ID!) {
  node(id: $id) {
    ... on Message {
      content {
        ... on ImageBlock {
          bytes
        }
        ... on DocumentBlock {
          bytes
        }
        ... on VideoBlock {
          bytes
        }
        ... on AudioBlock {
          bytes
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MessageBytesQuery, MessageBytesQueryVariables>;
export const RawMessageDocument = new TypedDocumentString(`
    query RawMessage($id: ID!) {
  node(id: $id) {
    ... on Message {
      id
      messageId
      position
      role
      createdAt
      updatedAt
      clientId
      trackingId
      redacted
      metadata
      blocks
      metrics {
        usage {
          ...UsageCounts
        }
        latencyMs
        timeToFirstByteMs
        cycles {
          cycleCount
          totalDuration
          averageCycleTime
        }
        tools {
          name
          callCount
          successCount
          errorCount
          totalTime
          averageTime
          successRate
        }
      }
      guardrailEvent {
        action
        timestamp
        stopReason
        policiesTriggered
        trace
      }
      supersedes {
        from
        to
      }
      supersededBy
    }
  }
}
    fragment UsageCounts on Usage {
  inputTokens
  outputTokens
  totalTokens
  cacheReadInputTokens
  cacheWriteInputTokens
}`) as unknown as TypedDocumentString<RawMessageQuery, RawMessageQueryVariables>;
export const AgentStateDocument = new TypedDocumentString(`
    query AgentState($sessionId: ID!, $agentId: ID!) {
  session(sessionId: $sessionId) {
    agent(agentId: $agentId) {
      agentId
      state
      conversationManagerState
    }
  }
}
    `) as unknown as TypedDocumentString<AgentStateQuery, AgentStateQueryVariables>;
export const SessionEventsDocument = new TypedDocumentString(`
    subscription SessionEvents($sessionId: ID!, $after: String) {
  sessionEvents(sessionId: $sessionId, after: $after, replies: true) {
    __typename
    cursor
    ... on Ready {
      resumed
    }
    ... on Resync {
      agentId
    }
    ... on Degraded {
      detail
    }
    ... on MessageAdded {
      agentId
      message {
        ...MessageItem
      }
    }
    ... on MessageUpdated {
      agentId
      message {
        ...MessageItem
      }
    }
    ... on ReplyStarted {
      replyId
      reply {
        ...ReplyState
      }
    }
    ... on ReplyProgress {
      replyId
      offset
      parts {
        ...ReplyPiece
      }
    }
    ... on ReplyRewound {
      replyId
      offset
    }
    ... on ReplyAbandoned {
      replyId
    }
    ... on ReplyResumed {
      replyId
    }
    ... on ReplyFinished {
      agentId
      replyId
      message {
        ...MessageItem
      }
    }
    ... on ReplyAborted {
      agentId
      replyId
      abortReason
      kept {
        ...MessageItem
      }
    }
  }
}
    fragment UsageCounts on Usage {
  inputTokens
  outputTokens
  totalTokens
  cacheReadInputTokens
  cacheWriteInputTokens
}
fragment Block on ContentBlock {
  __typename
  ... on TextBlock {
    text
  }
  ... on ToolUseBlock {
    toolUseId
    name
    input
  }
  ... on ToolResultBlock {
    toolUseId
    status
    content
  }
  ... on ReasoningBlock {
    text
  }
  ... on ImageBlock {
    format
  }
  ... on DocumentBlock {
    format
    name
  }
  ... on VideoBlock {
    format
  }
  ... on AudioBlock {
    format
  }
  ... on CitationsBlock {
    text
    citations
  }
  ... on GuardBlock {
    text
  }
  ... on UnknownBlock {
    value
  }
}
fragment MessageItem on Message {
  id
  position
  role
  author
  awaitingApproval
  createdAt
  redacted
  content {
    ...Block
  }
  metrics {
    usage {
      ...UsageCounts
    }
    latencyMs
    timeToFirstByteMs
  }
  guardrailEvent {
    action
  }
  supersedes {
    from
    to
  }
}
fragment ReplyPiece on ReplyPart {
  block
  kind
  text
  toolUseId
  name
  status
}
fragment ReplyState on Reply {
  replyId
  agentId
  state
  startedAt
  blocks {
    ...ReplyPiece
  }
}`) as unknown as TypedDocumentString<SessionEventsSubscription, SessionEventsSubscriptionVariables>;
export const OpenConversationDocument = new TypedDocumentString(`
    query OpenConversation($sessionId: ID!, $last: Int!) {
  session(sessionId: $sessionId) {
    ...SessionDetails
    agents {
      messages(last: $last) {
        nodes {
          ...MessageItem
          supersededBy
        }
      }
    }
  }
}
    fragment UsageCounts on Usage {
  inputTokens
  outputTokens
  totalTokens
  cacheReadInputTokens
  cacheWriteInputTokens
}
fragment FeedbackEntry on Feedback {
  rating
  comment
  createdAt
  fields
}
fragment AgentCard on Agent {
  agentId
  model
  systemPrompt
  promptMetadata
  createdAt
  updatedAt
  messageCount
  usage {
    ...UsageCounts
  }
  opening: messages(first: 4) {
    ...Opening
  }
}
fragment Block on ContentBlock {
  __typename
  ... on TextBlock {
    text
  }
  ... on ToolUseBlock {
    toolUseId
    name
    input
  }
  ... on ToolResultBlock {
    toolUseId
    status
    content
  }
  ... on ReasoningBlock {
    text
  }
  ... on ImageBlock {
    format
  }
  ... on DocumentBlock {
    format
    name
  }
  ... on VideoBlock {
    format
  }
  ... on AudioBlock {
    format
  }
  ... on CitationsBlock {
    text
    citations
  }
  ... on GuardBlock {
    text
  }
  ... on UnknownBlock {
    value
  }
}
fragment MessageItem on Message {
  id
  position
  role
  author
  awaitingApproval
  createdAt
  redacted
  content {
    ...Block
  }
  metrics {
    usage {
      ...UsageCounts
    }
    latencyMs
    timeToFirstByteMs
  }
  guardrailEvent {
    action
  }
  supersedes {
    from
    to
  }
}
fragment SessionDetails on Session {
  id
  sessionId
  type
  applicationName
  createdAt
  updatedAt
  metadata
  messageCount
  usage {
    ...UsageCounts
  }
  feedback {
    ...FeedbackEntry
  }
  guardrailEvents {
    action
    timestamp
    agentId
    messageId
    policiesTriggered
  }
  agents {
    ...AgentCard
  }
}
fragment Opening on MessageConnection {
  nodes {
    position
    role
    author
    text
    supersedes {
      from
      to
    }
  }
}`) as unknown as TypedDocumentString<OpenConversationQuery, OpenConversationQueryVariables>;
export const ServerStatusDocument = new TypedDocumentString(`
    query ServerStatus {
  serverStatus {
    version
    works {
      reads
      writes
      live
    }
    store {
      engine
      ok
      reason
      nearlyFull
    }
    feed {
      state
      reason
      lagMs
      heardAt
      lastChangeAt
      followers
      queued
      longestQueue
    }
    sockets {
      open
      subscriptions
      groups
      waitingBytes
    }
  }
}
    `) as unknown as TypedDocumentString<ServerStatusQuery, ServerStatusQueryVariables>;
export const SessionsDocument = new TypedDocumentString(`
    query Sessions($filter: SessionFilter, $orderBy: SessionOrder, $first: Int, $after: String, $last: Int, $before: String, $whole: Boolean!) {
  sessions(
    filter: $filter
    orderBy: $orderBy
    first: $first
    after: $after
    last: $last
    before: $before
  ) {
    edges {
      cursor
      node {
        ...SessionRow
      }
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
    }
  }
}
    fragment Opening on MessageConnection {
  nodes {
    position
    role
    author
    text
    supersedes {
      from
      to
    }
  }
}
fragment SessionRow on Session {
  sessionId
  type
  applicationName
  createdAt
  updatedAt
  metadata @include(if: $whole)
  messageCount
  usage {
    totalTokens
  }
  feedback @include(if: $whole) {
    rating
  }
  agents {
    agentId
    model
    opening: messages(first: 4) @include(if: $whole) {
      ...Opening
    }
  }
}`) as unknown as TypedDocumentString<SessionsQuery, SessionsQueryVariables>;
export const CountSessionsDocument = new TypedDocumentString(`
    query CountSessions($filter: SessionFilter) {
  sessions(filter: $filter, first: 0) {
    totalCount
  }
}
    `) as unknown as TypedDocumentString<CountSessionsQuery, CountSessionsQueryVariables>;
export const NewestMetadataDocument = new TypedDocumentString(`
    query NewestMetadata($first: Int!) {
  sessions(first: $first, orderBy: {field: UPDATED_AT, direction: DESC}) {
    nodes {
      metadata
    }
  }
}
    `) as unknown as TypedDocumentString<NewestMetadataQuery, NewestMetadataQueryVariables>;
export const FindSessionsDocument = new TypedDocumentString(`
    query FindSessions($id: ID!, $beginning: String!, $first: Int!) {
  session(sessionId: $id) {
    ...FoundSession
  }
  sessions(filter: {sessionIdPrefix: $beginning}, first: $first) {
    nodes {
      ...FoundSession
    }
    pageInfo {
      hasNextPage
    }
  }
}
    fragment FoundSession on Session {
  sessionId
  messageCount
}`) as unknown as TypedDocumentString<FindSessionsQuery, FindSessionsQueryVariables>;
export const SessionActivityDocument = new TypedDocumentString(`
    subscription SessionActivity($filter: SessionFilter, $after: String, $whole: Boolean!) {
  sessionActivity(filter: $filter, after: $after) {
    __typename
    cursor
    ... on Ready {
      resumed
    }
    ... on Degraded {
      detail
    }
    ... on SessionChanged {
      session {
        ...SessionRow
      }
    }
    ... on SessionLeft {
      sessionId
    }
    ... on SessionDeleted {
      sessionId
    }
  }
}
    fragment Opening on MessageConnection {
  nodes {
    position
    role
    author
    text
    supersedes {
      from
      to
    }
  }
}
fragment SessionRow on Session {
  sessionId
  type
  applicationName
  createdAt
  updatedAt
  metadata @include(if: $whole)
  messageCount
  usage {
    totalTokens
  }
  feedback @include(if: $whole) {
    rating
  }
  agents {
    agentId
    model
    opening: messages(first: 4) @include(if: $whole) {
      ...Opening
    }
  }
}`) as unknown as TypedDocumentString<SessionActivitySubscription, SessionActivitySubscriptionVariables>;