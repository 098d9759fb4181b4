import { sessionNotFound } from '../errors.js';
import { checkFilter } from './check-filter.js';
import {
  checkAddress,
  checkFeedback,
  checkGuardrail,
  checkMessage,
  checkMessageCount,
  checkMetadataDeletion,
  checkMetadataUpdate,
  checkMetrics,
  checkNewSession,
  checkRole,
  checkUpsert,
} from './check-inputs.js';
import { type EraseSessionsInput, type Erasure, eraseSessions } from './erase-sessions.js';
import { receiptOf, storageIdOf } from './idempotency.js';
import { contentOf } from './message-content.js';
import type { Feedback, GuardrailEvent, Message } from './model.js';
import { checkAgentId, checkIdempotencyKey, checkSessionId } from './names.js';
import { policiesTriggered } from './policies-triggered.js';
import { distinctMessages } from './same-message.js';
import type {
  AddFeedbackInput,
  AppendMessagesInput,
  CreateSessionInput,
  DeleteMetadataInput,
  GuardrailInput,
  Keyed,
  RecordGuardrailEventInput,
  RecordMetricsInput,
  RedactMessageInput,
  UpdateMetadataInput,
  UpsertAgentInput,
} from './session-inputs.js';
import type { AppendedMessage, NewMessage, NewSession, SessionStore } from './session-store.js';

/** The reads of the store, with their input checked. */
export type SessionReads = Pick<
  SessionStore,
  'findSessions' | 'countSessions' | 'loadSessions' | 'loadAgents' | 'loadMessages' | 'loadUsage'
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
  /** Up to 100 sessions that the filter matches. Repeated, it erases further ones, and in the end none. */
  eraseSessions(input: EraseSessionsInput): Promise<Erasure>;
  upsertAgent(input: UpsertAgentInput): Promise<void>;
  /** The messages as they are stored, in the order given. */
  appendMessages(input: AppendMessagesInput): Promise<AppendedMessage[]>;
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
  const receiptFor = (mutation: string, { idempotencyKey, ...body }: Keyed & object) => ({
    ...receiptOf(mutation, keyOf({ idempotencyKey }), body),
    ...unkeyed({ idempotencyKey }),
  });
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
    async findSessions(query, budget) {
      checkFilter(query.filter);
      return store.findSessions(query, budget);
    },
    async countSessions(filter, within, budget) {
      checkFilter(filter);
      return store.countSessions(filter, within, budget);
    },
    loadSessions: (ids, parts, budget) => store.loadSessions(ids, parts, budget),
    loadAgents: (requests, budget) => store.loadAgents(requests, budget),
    loadMessages: (addresses, parts, budget) => store.loadMessages(addresses, parts, budget),
    loadUsage: (requests, budget) => store.loadUsage(requests, budget),

    async createSession(input) {
      checkNewSession(input);
      const { applicationName = null, sessionType } = input;
      const sessionId = input.sessionId ?? newId();
      const metadata = input.metadata ?? {};
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

    async eraseSessions(input) {
      checkFilter(input.filter);
      return eraseSessions(store, input, now);
    },

    async upsertAgent(input) {
      const { idempotencyKey: _key, ...agent } = input;
      checkUpsert(agent);
      await store.upsertAgent({ ...agent, receipt: receiptFor('upsertAgent', input), now: now() });
    },

    async appendMessages({ sessionId, agentId, messages, createIfMissing, idempotencyKey }) {
      checkSessionId(sessionId);
      checkAgentId(agentId);
      checkMessageCount(messages.length);
      const key = keyOf({ idempotencyKey });
      const time = now();
      const newMessages = messages.map((message, index): NewMessage => {
        const where = `messages[${index}]`;
        checkMessage(message, where, time);
        const { role, metadata, clientId, createdAt, trackingId } = message;
        return {
          storageId: storageIdOf(sessionId, agentId, key, index),
          role,
          content: contentOf(message, where),
          ...(metadata ? { metadata } : {}),
          ...(clientId ? { clientId } : {}),
          ...(createdAt ? { createdAt } : {}),
          ...(trackingId ? { trackingId } : {}),
        };
      });
      const { distinct, places } = distinctMessages(newMessages);
      const stored = await store.appendMessages({
        sessionId,
        agentId,
        messages: distinct,
        ...unkeyed({ idempotencyKey }),
        createIfMissing:
          createIfMissing === true
            ? newSession(sessionId, { applicationName: null, sessionType: 'AGENT', metadata: {} })
            : createIfMissing || null,
        now: time,
      });
      return places.map((place) => stored[place] as AppendedMessage);
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

/** Where the caller gives no key, nobody but the store repeats the write. */
const unkeyed = ({ idempotencyKey }: Keyed) => ((idempotencyKey ?? null) === null ? { unkeyed: true } : {});

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
