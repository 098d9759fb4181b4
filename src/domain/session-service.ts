import { checkFilter } from './check-filter.js';
import { checkJson, checkMetadataValue, checkWellFormed } from './check-json.js';
import { ParleyError, sessionNotFound } from './errors.js';
import { receiptOf, storageIdOf } from './idempotency.js';
import { isJsonObject, type JsonObject } from './json.js';
import { type ContentInput, contentOf } from './message-content.js';
import type { Feedback, GuardrailEvent, Message, Role } from './model.js';
import { checkAgentId, checkIdempotencyKey, checkMetadataPaths, checkSessionId, quote } from './names.js';
import { policiesTriggered } from './policies-triggered.js';
import type { MessageAddress, NewSession, SessionStore, UpsertAgent } from './session-store.js';

export const MAX_MESSAGES_PER_APPEND = 100;
export const MAX_METADATA_PATHS = 200;

type Keyed = { idempotencyKey?: string | null | undefined };

export type CreateSessionInput = Keyed & {
  sessionId?: string | null | undefined;
  applicationName?: string | null | undefined;
  sessionType: string;
  metadata?: JsonObject | null | undefined;
};
export type UpsertAgentInput = Keyed & Omit<UpsertAgent, 'receipt' | 'now'>;
export type MessageInput = ContentInput & { role: Role; metadata?: JsonObject | null | undefined };
export type AppendMessagesInput = Keyed & {
  sessionId: string;
  agentId: string;
  messages: readonly MessageInput[];
  createIfMissing: boolean;
};
export type RecordMetricsInput = Keyed & { address: MessageAddress; metrics: JsonObject };
export type GuardrailInput = {
  action: string;
  stopReason?: string | null | undefined;
  trace?: JsonObject | null | undefined;
};
export type RedactMessageInput = Keyed & {
  address: MessageAddress;
  replacement: ContentInput & { role: Role };
  guardrailEvent?: GuardrailInput | null | undefined;
};
export type RecordGuardrailEventInput = Keyed & { address: MessageAddress; guardrailEvent: GuardrailInput };
export type UpdateMetadataInput = Keyed & { sessionId: string; set: JsonObject };
export type DeleteMetadataInput = Keyed & { sessionId: string; paths: readonly string[] };
export type AddFeedbackInput = Keyed & {
  sessionId: string;
  rating: Feedback['rating'];
  comment: string | null;
  fields: JsonObject;
};

/** The reads of the store, with their input checked. */
export type SessionReads = Pick<
  SessionStore,
  'findSessions' | 'countSessions' | 'loadSessions' | 'loadAgents' | 'loadMessages'
>;

/**
 * What can be done with sessions: every rule about input is here, once for all callers. Input is refused before any
 * I/O with a ParleyError; beyond that, each method rejects as the store's method of its name does.
 */
export interface SessionService extends SessionReads {
  /** The id of the session: the given one, or a new UUID. */
  createSession(input: CreateSessionInput): Promise<string>;
  /** SESSION_NOT_FOUND where there is none. */
  deleteSession(sessionId: string): Promise<void>;
  upsertAgent(input: UpsertAgentInput): Promise<void>;
  appendMessages(input: AppendMessagesInput): Promise<Message[]>;
  recordMetrics(input: RecordMetricsInput): Promise<Message>;
  redactMessage(input: RedactMessageInput): Promise<Message>;
  recordGuardrailEvent(input: RecordGuardrailEventInput): Promise<Message>;
  updateMetadata(input: UpdateMetadataInput): Promise<void>;
  deleteMetadata(input: DeleteMetadataInput): Promise<void>;
  addFeedback(input: AddFeedbackInput): Promise<Feedback>;
}

export interface SessionServiceOptions {
  store: SessionStore;
  now: () => Date;
  randomBytes: (length: number) => Buffer;
  /** A new session's id where its creator gives none. */
  newId: () => string;
}

export function createSessionService({
  store,
  now,
  randomBytes,
  newId,
}: SessionServiceOptions): SessionService {
  const keyOf = (input: Keyed): string => {
    const key = input.idempotencyKey;
    if (key === undefined || key === null) return randomBytes(16).toString('hex');
    checkIdempotencyKey(key);
    return key;
  };
  const receiptFor = (mutation: string, { idempotencyKey, ...body }: Keyed & object) =>
    receiptOf(mutation, keyOf({ idempotencyKey }), body);
  // 24 random bytes as base64url, as the Python library makes it.
  const newSession = (
    sessionId: string,
    rest: Omit<NewSession, 'sessionId' | 'viewerPassword'>,
  ): NewSession => ({
    sessionId,
    viewerPassword: randomBytes(24).toString('base64url'),
    ...rest,
  });

  return {
    async findSessions(query) {
      checkFilter(query.filter);
      return store.findSessions(query);
    },
    async countSessions(filter) {
      checkFilter(filter);
      return store.countSessions(filter);
    },
    loadSessions: (ids) => store.loadSessions(ids),
    loadAgents: (requests) => store.loadAgents(requests),
    loadMessages: (addresses) => store.loadMessages(addresses),

    async createSession(input) {
      const { applicationName = null, sessionType, idempotencyKey } = input;
      const metadata = input.metadata ?? {};
      if (typeof idempotencyKey === 'string' && typeof input.sessionId !== 'string') {
        throw bad('An idempotencyKey needs a sessionId: the key belongs to its session.');
      }
      const sessionId = input.sessionId ?? newId();
      checkSessionId(sessionId);
      if (applicationName !== null) checkShortText(applicationName, 'applicationName');
      checkShortText(sessionType, 'sessionType');
      checkMetadataValue(metadata, 'metadata');
      const receipt = receiptFor('createSession', input);
      await store.createSession({
        ...newSession(sessionId, { applicationName, sessionType, metadata }),
        receipt,
        now: now(),
      });
      return sessionId;
    },

    async deleteSession(sessionId) {
      checkSessionId(sessionId);
      if (!(await store.deleteSession(sessionId, now()))) throw sessionNotFound(sessionId);
    },

    async upsertAgent(input) {
      const { idempotencyKey: _key, ...agent } = input;
      checkSessionId(agent.sessionId);
      checkAgentId(agent.agentId);
      for (const name of ['state', 'conversationManagerState', 'promptMetadata'] as const) {
        const value = agent[name];
        if (value === undefined || (value === null && name === 'promptMetadata')) continue;
        if (value !== null) checkJson(value, name);
        if (!isJsonObject(value)) throw bad(`${name} must be an object.`);
      }
      for (const name of ['model', 'systemPrompt'] as const) {
        const value = agent[name];
        if (value !== undefined && value !== null) checkText(value, name);
      }
      await store.upsertAgent({ ...agent, receipt: receiptFor('upsertAgent', input), now: now() });
    },

    async appendMessages({ sessionId, agentId, messages, createIfMissing, idempotencyKey }) {
      checkSessionId(sessionId);
      checkAgentId(agentId);
      if (messages.length < 1 || messages.length > MAX_MESSAGES_PER_APPEND) {
        throw bad(`messages holds ${messages.length} messages; it takes 1 to ${MAX_MESSAGES_PER_APPEND}.`);
      }
      const key = keyOf({ idempotencyKey });
      const newMessages = messages.map((message, index) => {
        const where = `messages[${index}]`;
        checkRole(message.role, where);
        if ((message.metadata ?? null) !== null)
          checkMessageMetadata(message.metadata as JsonObject, `${where}.metadata`);
        return {
          storageId: storageIdOf(sessionId, agentId, key, index),
          role: message.role,
          content: contentOf(message, where),
          ...(message.metadata ? { metadata: message.metadata } : {}),
        };
      });
      return store.appendMessages({
        sessionId,
        agentId,
        messages: newMessages,
        createIfMissing: createIfMissing
          ? newSession(sessionId, { applicationName: null, sessionType: 'AGENT', metadata: {} })
          : null,
        now: now(),
      });
    },

    async recordMetrics(input) {
      checkAddress(input.address);
      checkMetrics(input.metrics);
      return store.recordMetrics({
        ...input.address,
        metrics: input.metrics,
        receipt: receiptFor('recordMetrics', input),
        now: now(),
      });
    },

    async redactMessage(input) {
      const { address, replacement, guardrailEvent } = input;
      checkAddress(address);
      checkRole(replacement.role, 'replacement');
      const content = contentOf(replacement, 'replacement');
      if (guardrailEvent) checkGuardrail(guardrailEvent);
      const time = now();
      return store.redactMessage({
        ...address,
        replacement: { role: replacement.role, content },
        guardrailEvent: guardrailEvent ? toGuardrailEvent(guardrailEvent, time) : null,
        receipt: receiptFor('redactMessage', input),
        now: time,
      });
    },

    async recordGuardrailEvent(input) {
      const { address, guardrailEvent } = input;
      checkAddress(address);
      checkGuardrail(guardrailEvent);
      const time = now();
      return store.recordGuardrailEvent({
        ...address,
        guardrailEvent: toGuardrailEvent(guardrailEvent, time),
        receipt: receiptFor('recordGuardrailEvent', input),
        now: time,
      });
    },

    async updateMetadata(input) {
      checkMetadataUpdate(input);
      const set = Object.entries(input.set);
      const receipt = receiptFor('updateMetadata', input);
      await store.changeMetadata({ sessionId: input.sessionId, set, unset: [], receipt, now: now() });
    },

    async deleteMetadata(input) {
      checkMetadataDeletion(input);
      const receipt = receiptFor('deleteMetadata', input);
      await store.changeMetadata({
        sessionId: input.sessionId,
        set: [],
        unset: input.paths,
        receipt,
        now: now(),
      });
    },

    async addFeedback(input) {
      const { sessionId, rating, comment, fields } = input;
      checkFeedback(input);
      const receipt = receiptFor('addFeedback', input);
      return store.addFeedback({ sessionId, feedback: { rating, comment, fields }, receipt, now: now() });
    },
  };
}

export function checkMetadataUpdate({ sessionId, set: given }: UpdateMetadataInput): void {
  checkSessionId(sessionId);
  const set = Object.entries(given);
  checkPathCount(set.length, 'set');
  checkMetadataPaths(set.map(([path]) => path));
  for (const [path, value] of set) checkMetadataValue(value, `set ${quote(path)}`);
}

export function checkMetadataDeletion({ sessionId, paths }: DeleteMetadataInput): void {
  checkSessionId(sessionId);
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string')) {
    throw bad('paths must be a list of metadata paths.');
  }
  checkPathCount(paths.length, 'paths');
  checkMetadataPaths(paths);
}

export function checkFeedback({ sessionId, rating, comment, fields }: AddFeedbackInput): void {
  checkSessionId(sessionId);
  if (rating !== null && rating !== 'up' && rating !== 'down') throw bad('rating must be up, down or null.');
  if (comment !== null) checkText(comment, 'comment');
  checkMetadataValue(fields, 'fields');
  for (const name of ['rating', 'comment', 'created_at']) {
    if (Object.hasOwn(fields, name))
      throw bad(`fields must not hold ${quote(name)}, which feedback has itself.`);
  }
}

const toGuardrailEvent = (
  { action, stopReason, trace }: GuardrailInput,
  timestamp: Date,
): GuardrailEvent => ({
  action,
  timestamp,
  stopReason: stopReason ?? null,
  policiesTriggered: trace ? policiesTriggered(trace) : null,
  trace: trace ?? null,
});

function checkRole(role: unknown, where: string): void {
  if (role === 'user' || role === 'assistant') return;
  throw bad(
    `${where} has the role ${typeof role === 'string' ? quote(role) : typeof role}; it must be user or assistant.`,
  );
}

function checkText(text: unknown, name: string): void {
  if (typeof text !== 'string') throw bad(`${name} must be a string.`);
  checkWellFormed(text, name);
}

function checkAddress(address: MessageAddress): void {
  checkSessionId(address.sessionId);
  checkAgentId(address.agentId);
  if ('storageId' in address) {
    if (typeof address.storageId !== 'string') throw bad('A storageId must be a string.');
    return;
  }
  const index: unknown = 'position' in address ? address.position : address.messageId;
  if (!Number.isSafeInteger(index))
    throw bad('A message is named by its storageId, its position or its messageId.');
}

function checkPathCount(count: number, name: string): void {
  if (count < 1 || count > MAX_METADATA_PATHS) {
    throw bad(`${name} names ${count} paths; it takes 1 to ${MAX_METADATA_PATHS}.`);
  }
}

function checkShortText(text: string, name: string): void {
  if (typeof text !== 'string') throw bad(`${name} must be a string.`);
  if (text.length > 512) throw bad(`${name} has ${text.length} characters; at most 512 are allowed.`);
  if (text.includes('\0')) throw bad(`${name} must not contain NUL.`);
  checkWellFormed(text, name);
}

function checkGuardrail(event: GuardrailInput): void {
  if (!isJsonObject(event)) throw bad('guardrailEvent must be an object.');
  checkShortText(event.action, 'guardrailEvent.action');
  if (typeof event.stopReason === 'string') checkShortText(event.stopReason, 'guardrailEvent.stopReason');
  if ((event.trace ?? null) === null) return;
  checkJson(event.trace as JsonObject, 'guardrailEvent.trace');
  if (!isJsonObject(event.trace)) throw bad('guardrailEvent.trace must be an object.');
}

/** Strands' parts must be objects of numbers; whatever else an agent adds is kept as it is. */
export function checkMetrics(metrics: JsonObject): void {
  if (!isJsonObject(metrics)) throw bad('metrics must be an object.');
  checkJson(metrics, 'metrics');
  for (const part of ['accumulated_usage', 'accumulated_metrics', 'cycle_metrics']) {
    checkNumbers(metrics[part], `metrics.${part}`);
  }
  const tools = metrics.tool_usage;
  if (tools === undefined) return;
  if (!isJsonObject(tools)) throw bad('metrics.tool_usage must be an object of tools.');
  for (const [tool, usage] of Object.entries(tools)) checkNumbers(usage, `metrics.tool_usage ${quote(tool)}`);
}

function checkMessageMetadata(metadata: JsonObject, where: string): void {
  if (!isJsonObject(metadata)) throw bad(`${where} must be an object.`);
  checkJson(metadata, where);
  checkNumbers(metadata.usage, `${where}.usage`);
  checkNumbers(metadata.metrics, `${where}.metrics`);
}

function checkNumbers(part: unknown, where: string): void {
  if (part === undefined) return;
  if (!isJsonObject(part)) throw bad(`${where} must be an object of numbers.`);
  for (const [key, value] of Object.entries(part)) {
    if (value !== null && typeof value !== 'number') throw bad(`${where}.${key} must be a number.`);
  }
}

const bad = (message: string) => new ParleyError('BAD_USER_INPUT', message);
