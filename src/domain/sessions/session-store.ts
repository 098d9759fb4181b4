import type { Later } from '../async/later.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import type { ReadBudget } from '../read-budget.js';
import type { Marks } from './marks.js';
import type {
  Agent,
  Feedback,
  GuardrailEvent,
  Message,
  PositionRange,
  Rating,
  Role,
  Session,
  Usage,
} from './model.js';

/**
 * THE PORT: what Parley asks of a database. Every adapter passes test/stores/contract. The file is long because it is one contract:
 * what the methods take and give stands below them.
 *
 * For all methods:
 * - Names and values were checked by the caller (domain/sessions/names.ts, domain/sessions/session-service.ts).
 * - A failure is a `ParleyError`; a database that cannot be reached is STORE_UNAVAILABLE, a scan or a command past
 *   its time limit TIMEOUT. After STORE_UNAVAILABLE a write may have been made: repeat it with the same key.
 * - A resolved write is durable: it survives `kill -9`, a power cut and (MongoDB) a failover.
 * - Reads see every write that was acknowledged before them, by this process.
 * - After `close()` every method rejects with STORE_UNAVAILABLE.
 */
export interface SessionStore {
  // Reads. Each is one store command, whatever the number of things asked for; two where much is read. `parts`: what of each
  // thing is loaded beside what is small, all where absent; the others are empty or null, where no other request of the call asks for
  // them. `budget` is asked before anything large is loaded, and rejects as it does; none: no bound. What gives a `Later` is there in
  // the same turn where a store has it at hand. Failures reject; nothing is thrown.

  /** One page in the asked order, ties by session id in the same direction. Missing dates sort lowest. */
  findSessions(query: SessionQuery, budget?: ReadBudget): Promise<SessionPage>;
  /** `within`: as in `SessionQuery`. */
  countSessions(filter: SessionFilter, within?: SessionFilter, budget?: ReadBudget): Promise<number>;
  /** In the order of `ids`, null where there is none. */
  loadSessions(
    ids: readonly string[],
    parts?: readonly SessionPart[],
    budget?: ReadBudget,
  ): Later<(Session | null)[]>;
  /** One list for each request, in stored order of the agents (`among: 'all'`) or of the ids asked, missing ones left out. */
  loadAgents(requests: readonly AgentsRequest[], budget?: ReadBudget): Later<AgentWithPages[][]>;
  /** One list for each request, as of `loadAgents`: of each agent what supersedes earlier messages, in order. */
  loadSuperseding(requests: readonly MarksRequest[], budget?: ReadBudget): Promise<AgentMarks[][]>;
  /** In the order of `addresses`, null where session, agent or message is missing. */
  loadMessages(
    addresses: readonly MessageAddress[],
    parts?: readonly MessagePart[],
    budget?: ReadBudget,
  ): Promise<(Message | null)[]>;
  /**
   * In the order of `requests`: the total of a session or an agent, in which a count that no message has is 0; what one
   * message cost, null where nothing tells (domain/sessions/usage-costs.ts). Null where session, agent or message is missing.
   */
  loadUsage(requests: readonly UsageRequest[], budget?: ReadBudget): Promise<(Usage | null)[]>;

  /** In the order of `places`, null where there is none. */
  loadFeedback(places: readonly FeedbackPlace[], budget?: ReadBudget): Promise<(Feedback | null)[]>;

  // Writes. Each is atomic. `now` is the time of the write; `updatedAt` never moves back. `caller`: whose share of the store's time it
  // takes; none: the process's own.

  /** SESSION_EXISTS where the id is taken, unless `receipt` is that of the write that made it. */
  createSession(input: CreateSession, caller?: string): Promise<void>;
  /**
   * Removes the session with everything below it and the snapshots of its agents (domain/sessions/snapshot-store.ts), which may
   * be there without a session. False where there was neither.
   */
  deleteSession(sessionId: string, now: Date, caller?: string): Promise<boolean>;
  /**
   * Deletes the session as `deleteSession` does, where the filter still matches it and nothing of it has changed since: its
   * `updatedAt` is a date before `unchangedSince`, and so are the times at which the snapshots of its agents were written, and, by the
   * database's own clock, those at which the writers of its replies were last heard of. False where it stays, or is not there. In a dry
   * run it only tells.
   */
  expireSession(input: ExpireSession): Promise<boolean>;
  /**
   * What the database holds of these sessions, which were deleted before: one entry for each place where something of a session may
   * lie, the same places always. Waits some seconds for what a reader holds up. TIMEOUT where the search takes too long. `caller`: whose
   * scan it is.
   */
  remainsOf(sessionIds: readonly string[], caller?: string): Promise<Remains[]>;
  /** Makes the agent or changes the fields that are given; null removes one. SESSION_NOT_FOUND. */
  upsertAgent(input: UpsertAgent, caller?: string): Promise<void>;
  /**
   * All messages or none, at the end of the agent's list, next to each other. `message_id` is one above the highest
   * in the agent, `created_at` no earlier than the last message's where the message brings none. A message whose
   * `clientId` the agent has already is not added again. Where the append was made before, by its storage ids, nothing
   * is written. What is there already is returned as it is now if it equals what is given (a redacted one counts as
   * equal), else IDEMPOTENCY_CONFLICT: in the order given, `known` where it was there before this append and its
   * repetitions. The storage ids need not be stored with the messages; the append is known by them for 24 h at least.
   * With `expectedMessageCount` nothing is written but to an agent with exactly that many messages, none where it is missing:
   * MESSAGES_CHANGED otherwise; where nothing is left to write it does not count. BAD_USER_INPUT for a message that supersedes one
   * that does not come before it.
   * SESSION_NOT_FOUND, AGENT_NOT_FOUND (never with `createIfMissing`), DOCUMENT_TOO_LARGE.
   */
  appendMessages(input: AppendMessages, caller?: string): Promise<AppendedMessage[]>;
  /** Sets `event_loop_metrics`, a counter; does not move `updatedAt`. The message as it is now. MESSAGE_NOT_FOUND and its parents' codes. */
  recordMetrics(input: RecordMetrics, caller?: string): Promise<Message>;
  /** Replaces the content for good: no later read, event or file holds the original. The message as it is now. */
  redactMessage(input: RedactMessage, caller?: string): Promise<Message>;
  /**
   * Puts the event on the message, in the place of an earlier one, and without its trace into the session's list. Does not
   * move `updatedAt`. The message as it is now.
   */
  recordGuardrailEvent(input: RecordGuardrailEvent, caller?: string): Promise<Message>;
  /**
   * `set` in order, then `unset`; all or nothing. MongoDB's rules: a segment of digits indexes an array where there
   * is one, missing parents become objects, an unset array element becomes null, a missing path is no error to unset.
   * A `set` through a scalar is INVALID_METADATA_PATH. Does not move `updatedAt`. SESSION_NOT_FOUND.
   */
  changeMetadata(input: ChangeMetadata, caller?: string): Promise<void>;
  /** Appends one feedback. The stored one, also when `receipt` repeats. SESSION_NOT_FOUND. */
  addFeedback(input: AddFeedback, caller?: string): Promise<Feedback>;

  // Live.

  /**
   * The history after `after` (null: from now on), then every change as it is committed, by any process. The first
   * batch comes at once, possibly without changes: its position is where the feed stands. Positions only rise; no
   * change is left out; one may repeat after a reconnect, with the same position. Ends when `signal` aborts. Throws
   * `HistoryLost` where the history no longer reaches back to `after`, STORE_UNAVAILABLE or LIVE_UNAVAILABLE where
   * it cannot be read: the caller opens it again from its last position. While nothing happens a batch without changes
   * comes every second or so, as a sign of life.
   */
  changes(options: { after: Position | null; signal: AbortSignal }): AsyncIterable<LiveBatch>;
  /**
   * One page of what happened after `after` up to and with `until`, to one session or (`sessionId` null) to all.
   * Throws `HistoryLost` where the history does not reach back to `after`, or never reached it (the database was put
   * back to an older state); also where `until` is no later than `after`.
   */
  history(query: HistoryQuery): Promise<ChangeBatch & { done: boolean }>;
  /**
   * False where a position no later than the latest is of another history: of before the database was put back to an older state, and
   * has written as much again. Absent where positions cannot meet so.
   */
  hasGiven?(position: Position): Promise<boolean>;

  /** Resolves when the database answers; rejects with STORE_UNAVAILABLE and the reason. */
  ping(): Promise<void>;
  /** Resolves when the database takes a write, one that changes nothing; rejects with STORE_UNAVAILABLE and the reason. */
  tryWrite(): Promise<void>;
  /** Finishes the writes under way, then releases everything. Safe to call twice. */
  close(): Promise<void>;
}

/** Thrown by `changes` and `history` alone; it never leaves the domain. */
export class HistoryLost extends Error {
  override readonly name = 'HistoryLost';
}

/** A point in the store's history: opaque, and compared as a string (later is greater). */
export type Position = string;

export type SessionOrderField = 'createdAt' | 'updatedAt';
export type OrderDirection = 'asc' | 'desc';

/** What can be large of a session, an agent, a message, or costs more to find than the rest: a count is 0 where it is not asked for. */
export const SESSION_PARTS = ['metadata', 'feedback', 'guardrailEvents', 'messageCount'] as const;
export type SessionPart = (typeof SESSION_PARTS)[number];
export const AGENT_PARTS = ['systemPrompt', 'promptMetadata', 'state', 'conversationManagerState'] as const;
export type AgentPart = (typeof AGENT_PARTS)[number];
export const MESSAGE_PARTS = ['content', 'metadata', 'eventLoopMetrics', 'guardrailEvent'] as const;
/** `text`: of the content no more than what it says, as `Message.text` or as the content that says it. */
export type MessagePart = (typeof MESSAGE_PARTS)[number] | 'text';
/** These parts as one list without what another one covers. */
export const messageParts = (parts: readonly MessagePart[]): MessagePart[] => {
  const known: MessagePart[] = MESSAGE_PARTS.filter((part) => parts.includes(part));
  return parts.includes('text') && !parts.includes('content') ? ['text', ...known] : known;
};

export interface SessionQuery {
  filter: SessionFilter;
  /**
   * Holds too, and first: `filter` is never tried on a session on which this does not hold, so that no time that it takes
   * tells of those. Absent: on all.
   */
  within?: SessionFilter | undefined;
  orderBy: { field: SessionOrderField; direction: OrderDirection };
  /** At most this many, from the start of the order (`backward: false`) or from its end; always returned in the order asked. */
  limit: number;
  backward: boolean;
  /** Only what comes strictly after / before this key in the order asked. */
  after: SessionKey | null;
  before: SessionKey | null;
  parts?: readonly SessionPart[] | undefined;
}

/** The sort key of a session: `value` in ms since 1970, null where the date is missing. */
export interface SessionKey {
  value: number | null;
  sessionId: string;
}

/** How many rows, documents or (of a file) bytes are left in a place of the database, which is named as it is there. */
export interface Remains {
  place: string;
  left: number;
}

/** `hasMore`: there are further ones beyond the limit, in the direction of reading. */
export interface SessionPage {
  sessions: Session[];
  hasMore: boolean;
}

/** All given conditions hold (`and`); an absent one holds always, `{}` matches every session. */
export interface SessionFilter {
  sessionIds?: readonly string[];
  /** Not empty. */
  sessionIdPrefix?: string;
  /** Null: sessions without one. */
  applicationName?: string | null;
  sessionType?: string;
  createdAt?: DateRange;
  updatedAt?: DateRange;
  metadata?: readonly MetadataCondition[];
  /** The session has at least one of these agents. */
  agentIds?: readonly string[];
  /** The session has at least one feedback with this rating (null: a feedback without one). */
  feedbackRating?: Rating | null;
  and?: readonly SessionFilter[];
  or?: readonly SessionFilter[];
  not?: SessionFilter;
}

/** `gte` and `lte` inclusive, `gt` and `lt` exclusive. */
export interface DateRange {
  gte?: Date;
  gt?: Date;
  lte?: Date;
  lt?: Date;
}

/**
 * On the value at `path` (dotted), as it is shown. All given tests hold. Types are never mixed: 1 is not "1" nor true; arrays and
 * objects compare whole; `gt` … compare a number with numbers and a string with strings (by code point) alone;
 * `equals: null` is a stored null, not a missing value.
 */
export interface MetadataCondition {
  path: string;
  equals?: JsonValue;
  in?: readonly JsonValue[];
  exists?: boolean;
  gt?: string | number;
  gte?: string | number;
  lt?: string | number;
  lte?: string | number;
}

/**
 * `first` from the start or `last` from the end of what lies strictly between `after` and `before` (positions). Stores are asked by
 * `runs` for what stands: see load-standing.ts.
 */
export interface MessageWindow {
  first?: number;
  last?: number;
  after?: number;
  before?: number;
  /** Only what stands: no message that a later one supersedes, and none that supersedes and has no content of its own. */
  standing?: boolean;
  /** In place of all else: the messages in these places, in order; whether there are others before and after is not told. */
  runs?: readonly PositionRange[];
}

/** `messages` in position order. `hasPrevious`, `hasNext`: the agent has messages before, after the page. */
export interface MessagePage {
  messages: Message[];
  hasPrevious: boolean;
  hasNext: boolean;
}

export interface AgentsRequest {
  sessionId: string;
  among: 'all' | readonly string[];
  /** One page of messages of every agent for each window; none asked, none read. */
  windows: readonly MessageWindow[];
  parts?: readonly AgentPart[];
  messageParts?: readonly MessagePart[];
  /**
   * False: nobody looks at the messages' `storageId`, `clientId`, `trackingId`, `updatedAt` and `supersedes`. A store may leave them out:
   * they are null, empty, or the message's `createdAt`.
   */
  identities?: boolean;
  /** False: nobody looks at the agents' `createdAt` and `updatedAt`. A store may leave them out: they are null. */
  times?: boolean;
}

export type MarksRequest = Pick<AgentsRequest, 'sessionId' | 'among'>;

/** `messageCount` is that of the same moment. */
export interface AgentMarks {
  agentId: string;
  messageCount: number;
  marks: Marks;
}

/** `pages` answers `windows`, in their order. */
export interface AgentWithPages {
  agent: Agent;
  pages: MessagePage[];
}

/** The total of a session, with `agentId` of that agent, with `position` what that one message cost. */
export type UsageRequest =
  | { sessionId: string; agentId?: never; position?: never }
  | { sessionId: string; agentId: string; position?: number };

/** One feedback, by its place in the session's list. */
export interface FeedbackPlace {
  sessionId: string;
  index: number;
}

export interface AgentAddress {
  sessionId: string;
  agentId: string;
}

export type MessageAddress = AgentAddress & MessageKey;
/** By identity, by index, by the identity that its writer gave it, or by the first message with that `message_id`. */
export type MessageKey =
  | { storageId: string }
  | { position: number }
  | { clientId: string }
  | { messageId: number };

/** A message of an append; `known`: it was there under its `clientId`, and was not added. */
export type AppendedMessage = Message & { known?: true };

/**
 * Makes a repeated write harmless: kept with the session for at least 24 h, in the same atomic write. The same `keyHash`
 * with the same `bodyHash` does nothing; with another it is IDEMPOTENCY_CONFLICT.
 */
export interface Receipt {
  mutation: string;
  /** SHA-256 over mutation and key, 64 hex digits. */
  keyHash: string;
  bodyHash: string;
  /** The key is Parley's own: nobody repeats the write but the store itself, and the receipt need last no longer. */
  unkeyed?: boolean;
}

export interface NewSession {
  sessionId: string;
  sessionType: string;
  applicationName: string | null;
  /** Never read back through this port. */
  viewerPassword: string;
  metadata: JsonObject;
}

export interface CreateSession extends NewSession {
  receipt: Receipt;
  now: Date;
}

export interface ExpireSession {
  sessionId: string;
  filter: SessionFilter;
  unchangedSince: Date;
  dryRun: boolean;
  now: Date;
}

/** Undefined leaves a field as it is, null removes it. */
export interface UpsertAgent {
  sessionId: string;
  agentId: string;
  state?: JsonObject;
  conversationManagerState?: JsonObject;
  model?: string | null;
  systemPrompt?: string | null;
  promptMetadata?: JsonObject | null;
  receipt: Receipt;
  now: Date;
}

export interface NewMessage {
  storageId: string;
  role: Role;
  content: JsonObject[];
  /** `message.metadata` in Strands' shape: usage and metrics of one model call. */
  metadata?: JsonObject;
  /** At most one message of an append has it. */
  clientId?: string;
  /** Not after `now`. */
  createdAt?: Date;
  trackingId?: string;
  /** What its agent object's counter stands at, as `recordMetrics` takes it. */
  metrics?: JsonObject;
  /** Places before its own, `MAX_SUPERSEDED_RANGES` at most. What it says nothing in place of, without content, is taken out. */
  supersedes?: readonly PositionRange[];
}

export interface AppendMessages {
  sessionId: string;
  agentId: string;
  messages: readonly NewMessage[];
  /** The storage ids follow from a key of Parley's own: see `Receipt`. */
  unkeyed?: boolean;
  /**
   * What to make the session of where it is missing; the agent then is made too. `agent`: the session must exist, the agent is
   * made where it is missing. Null: both must exist.
   */
  createIfMissing: NewSession | 'agent' | null;
  expectedMessageCount?: number;
  now: Date;
}

export type RecordMetrics = MessageAddress & { metrics: JsonObject; receipt: Receipt; now: Date };

export type RedactMessage = MessageAddress & {
  replacement: { role: Role; content: JsonObject[] };
  guardrailEvent: GuardrailEvent | null;
  receipt: Receipt;
  now: Date;
};

export type RecordGuardrailEvent = MessageAddress & {
  guardrailEvent: GuardrailEvent;
  receipt: Receipt;
  now: Date;
};

export interface ChangeMetadata {
  sessionId: string;
  set: readonly (readonly [path: string, value: JsonValue])[];
  unset: readonly string[];
  receipt: Receipt;
  now: Date;
}

export interface AddFeedback {
  sessionId: string;
  feedback: Omit<Feedback, 'createdAt'>;
  receipt: Receipt;
  now: Date;
}

/**
 * What happened, by identity alone: whoever needs content loads it as it is now. `sessionCreatedAt` (ms) tells a
 * session from an earlier one of the same id; null where the store does not know it. `at` is when it was written, in ms since 1970;
 * MongoDB before 6.0 tells the second alone.
 */
export type Change = {
  position: Position;
  sessionId: string;
  sessionCreatedAt: number | null;
  at: number;
} & (
  | { kind: 'session-created' }
  | { kind: 'message-added'; agentId: string; index: number }
  | { kind: 'message-updated'; agentId: string; index: number }
  | { kind: 'agent-updated'; agentId: string }
  | { kind: 'metadata-changed' }
  | { kind: 'feedback-added'; index: number }
  /** Another program wrote the agent's messages anew: what was read before no longer holds. */
  | { kind: 'agent-rewritten'; agentId: string }
  /** Something else of the session changed, such as its guardrail events. */
  | { kind: 'session-changed' }
  | { kind: 'session-deleted' }
);

/** `position` is where the reader stands after the batch. */
export interface ChangeBatch {
  changes: Change[];
  position: Position;
}

/**
 * `committedAt`: when the last of the changes was committed, in ms since 1970; null where there is none, because all that
 * was committed has been read.
 */
export interface LiveBatch extends ChangeBatch {
  committedAt: number | null;
}

export interface HistoryQuery {
  sessionId: string | null;
  after: Position;
  until: Position;
  limit: number;
}
