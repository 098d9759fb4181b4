import { after } from '../async/later.js';
import { sessionNotFound } from '../errors.js';
import { checkFilter } from './check-filter.js';
import {
  checkAddress,
  checkExpectedCount,
  checkFeedback,
  checkGuardrail,
  checkMessageCount,
  checkMetadataDeletion,
  checkMetadataUpdate,
  checkMetrics,
  checkNewSession,
  checkRole,
  checkUpsert,
} from './check-inputs.js';
import { type EraseSessionsInput, type Erasure, eraseSessions } from './erase-sessions.js';
import { storageIdOf } from './idempotency.js';
import { loadStanding } from './load-standing.js';
import { contentOf } from './message-content.js';
import type { Feedback, GuardrailEvent, Message } from './model.js';
import { checkAgentId, checkSessionId } from './names.js';
import { toNewMessage } from './new-message.js';
import { newSession, type RandomBytes, usualSession } from './new-session.js';
import { policiesTriggered } from './policies-triggered.js';
import { distinctMessages } from './same-message.js';
import type {
  AddFeedbackInput,
  AppendMessagesInput,
  CreateSessionInput,
  DeleteMetadataInput,
  GuardrailInput,
  RecordGuardrailEventInput,
  RecordMetricsInput,
  RedactMessageInput,
  UpdateMetadataInput,
  UpsertAgentInput,
} from './session-inputs.js';
import type { AppendedMessage, AppendMessages, SessionStore } from './session-store.js';
import { createWriteKeys, unkeyed } from './write-keys.js';

/** The reads of the store, with their input checked. */
export type SessionReads = Pick<
  SessionStore,
  | 'findSessions'
  | 'countSessions'
  | 'loadSessions'
  | 'loadAgents'
  | 'loadSuperseding'
  | 'loadMessages'
  | 'loadUsage'
>;

/**
 * What can be done with sessions: every rule about input is here, once for all callers. Input is refused before any
 * I/O with a ParleyError; beyond that, each method rejects as the store's method of its name does. `caller`: as there.
 */
export interface SessionService extends SessionReads {
  /** The id of the session: the given one, or a new UUID. */
  createSession(input: CreateSessionInput, caller?: string): Promise<string>;
  /** SESSION_NOT_FOUND where there is none. */
  deleteSession(sessionId: string, caller?: string): Promise<void>;
  /** Up to 100 sessions that the filter matches. Repeated, it erases further ones, and in the end none. */
  eraseSessions(input: EraseSessionsInput, caller?: string): Promise<Erasure>;
  upsertAgent(input: UpsertAgentInput, caller?: string): Promise<void>;
  /** The messages as they are stored, in the order given. */
  appendMessages(input: AppendMessagesInput, caller?: string): Promise<AppendedMessage[]>;
  recordMetrics(input: RecordMetricsInput, caller?: string): Promise<Message>;
  redactMessage(input: RedactMessageInput, caller?: string): Promise<Message>;
  recordGuardrailEvent(input: RecordGuardrailEventInput, caller?: string): Promise<Message>;
  updateMetadata(input: UpdateMetadataInput, caller?: string): Promise<void>;
  deleteMetadata(input: DeleteMetadataInput, caller?: string): Promise<void>;
  addFeedback(input: AddFeedbackInput, caller?: string): Promise<Feedback>;
}

export interface SessionServiceOptions {
  store: SessionStore;
  now: () => Date;
  randomBytes: RandomBytes;
  /** A new session's id where its creator gives none. */
  newId: () => string;
}

export function createSessionService({
  store,
  now,
  randomBytes,
  newId,
}: SessionServiceOptions): SessionService {
  const { keyOf, receiptFor } = createWriteKeys(randomBytes);

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
    loadAgents: (requests, budget) => loadStanding(store, requests, budget),
    loadSuperseding: (requests, budget) => store.loadSuperseding(requests, budget),
    loadMessages: (addresses, parts, budget) => store.loadMessages(addresses, parts, budget),
    loadUsage: (requests, budget) => store.loadUsage(requests, budget),

    async createSession(input, caller) {
      checkNewSession(input);
      const { applicationName = null, sessionType } = input;
      const sessionId = input.sessionId ?? newId();
      const metadata = input.metadata ?? {};
      const session = newSession(randomBytes, sessionId, { applicationName, sessionType, metadata });
      await after(receiptFor('createSession', input), (receipt) =>
        store.createSession({ receipt, now: now(), ...session }, caller),
      );
      return sessionId;
    },

    async deleteSession(sessionId, caller) {
      checkSessionId(sessionId);
      if (!(await store.deleteSession(sessionId, now(), caller))) throw sessionNotFound(sessionId);
    },

    async eraseSessions(input, caller) {
      checkFilter(input.filter);
      return eraseSessions(store, input, now, caller);
    },

    async upsertAgent(input, caller) {
      const { idempotencyKey: _key, ...agent } = input;
      checkUpsert(agent);
      await after(receiptFor('upsertAgent', input), (receipt) =>
        store.upsertAgent({ receipt, now: now(), ...agent }, caller),
      );
    },

    async appendMessages(input, caller) {
      const { sessionId, agentId, messages, createIfMissing, idempotencyKey } = input;
      const expectedMessageCount = input.expectedMessageCount ?? null;
      checkSessionId(sessionId);
      checkAgentId(agentId);
      checkMessageCount(messages.length);
      if (expectedMessageCount !== null) checkExpectedCount(expectedMessageCount);
      const key = keyOf({ idempotencyKey });
      const time = now();
      const newMessages = messages.map((message, index) =>
        toNewMessage(message, storageIdOf(sessionId, agentId, key, index), `messages[${index}]`, time),
      );
      const { distinct, places } = distinctMessages(newMessages);
      const append: AppendMessages = {
        sessionId,
        agentId,
        messages: distinct,
        ...unkeyed({ idempotencyKey }),
        createIfMissing:
          createIfMissing === true ? usualSession(randomBytes, sessionId) : createIfMissing || null,
        ...(expectedMessageCount === null ? {} : { expectedMessageCount }),
        now: time,
      };
      const stored = await store.appendMessages(append, caller);
      return places.map((place) => stored[place] as AppendedMessage);
    },

    async recordMetrics(input, caller) {
      checkAddress(input.address);
      checkMetrics(input.metrics);
      const { address, metrics } = input;
      return after(receiptFor('recordMetrics', input), (receipt) =>
        store.recordMetrics({ metrics, receipt, now: now(), ...address }, caller),
      );
    },

    async redactMessage(input, caller) {
      const { address, replacement, guardrailEvent } = input;
      checkAddress(address);
      checkRole(replacement.role, 'replacement');
      const content = contentOf(replacement, 'replacement');
      if (guardrailEvent) checkGuardrail(guardrailEvent);
      const time = now();
      const redaction = {
        replacement: { role: replacement.role, content },
        guardrailEvent: guardrailEvent ? toGuardrailEvent(guardrailEvent, time) : null,
        now: time,
        ...address,
      };
      return after(receiptFor('redactMessage', input), (receipt) =>
        store.redactMessage({ ...redaction, receipt }, caller),
      );
    },

    async recordGuardrailEvent(input, caller) {
      const { address, guardrailEvent } = input;
      checkAddress(address);
      checkGuardrail(guardrailEvent);
      const time = now();
      const event = toGuardrailEvent(guardrailEvent, time);
      return after(receiptFor('recordGuardrailEvent', input), (receipt) =>
        store.recordGuardrailEvent({ guardrailEvent: event, receipt, now: time, ...address }, caller),
      );
    },

    async updateMetadata(input, caller) {
      checkMetadataUpdate(input);
      const set = Object.entries(input.set);
      const { sessionId } = input;
      await after(receiptFor('updateMetadata', input), (receipt) =>
        store.changeMetadata({ sessionId, set, unset: [], receipt, now: now() }, caller),
      );
    },

    async deleteMetadata(input, caller) {
      checkMetadataDeletion(input);
      const { sessionId, paths: unset } = input;
      await after(receiptFor('deleteMetadata', input), (receipt) =>
        store.changeMetadata({ sessionId, set: [], unset, receipt, now: now() }, caller),
      );
    },

    async addFeedback(input, caller) {
      const { sessionId, rating, comment, fields } = input;
      checkFeedback(input);
      const feedback = { rating, comment, fields };
      return after(receiptFor('addFeedback', input), (receipt) =>
        store.addFeedback({ sessionId, feedback, receipt, now: now() }, caller),
      );
    },
  };
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
