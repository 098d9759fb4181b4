import { redactedMetadata } from '../../../src/domain/access/redacted-metadata.js';
import {
  agentNotFound,
  idempotencyConflict,
  ParleyError,
  sessionNotFound,
} from '../../../src/domain/errors.js';
import { charactersOf } from '../../../src/domain/json/json-size.js';
import { misplaced } from '../../../src/domain/sessions/append-conditions.js';
import { setPath, unsetPath } from '../../../src/domain/sessions/metadata-path.js';
import type { Feedback, Message } from '../../../src/domain/sessions/model.js';
import {
  alreadyStored,
  isSameMessage,
  saidBy,
  timesInOrder,
} from '../../../src/domain/sessions/same-message.js';
import {
  checkAgents,
  checkFeedbacks,
  checkMetadataSize,
  checkRepetition,
  sizeOfMetadata,
} from '../../../src/domain/sessions/session-bounds.js';
import type {
  AddFeedback,
  AppendedMessage,
  AppendMessages,
  ChangeMetadata,
  CreateSession,
  ExpireSession,
  MessageAddress,
  NewSession,
  Receipt,
  RecordGuardrailEvent,
  RecordMetrics,
  RedactMessage,
  UpsertAgent,
} from '../../../src/domain/sessions/session-store.js';
import { rangesOf } from '../../../src/domain/sessions/superseding.js';
import { type Database, type StoredAgent, type StoredSession, tell } from './database.js';
import { filtered, findMessage, isSnapshotOf } from './reads.js';

const later = (a: Date | null, b: Date) => (a && a > b ? a : b);

export function existing(database: Database, sessionId: string): StoredSession {
  const found = database.sessions.get(sessionId);
  if (!found) throw sessionNotFound(sessionId);
  return found;
}

function addressed(database: Database, address: MessageAddress) {
  const stored = existing(database, address.sessionId);
  const agent = stored.agents.get(address.agentId);
  if (!agent) throw agentNotFound(address.sessionId, address.agentId);
  const message = findMessage(agent.messages, address);
  if (!message) throw new ParleyError('MESSAGE_NOT_FOUND', 'There is no such message.');
  return { stored, agent, message };
}

/** What the receipt's first use left behind; null at its first use. */
export function repetition({ receipts }: StoredSession, { keyHash, bodyHash, mutation }: Receipt) {
  const known = receipts.get(keyHash);
  if (known && known.bodyHash !== bodyHash) throw idempotencyConflict(mutation);
  return known ?? null;
}

export function insertSession(database: Database, input: NewSession, now: Date): StoredSession {
  const { sessionId, sessionType, applicationName, metadata, viewerPassword } = structuredClone(input);
  const dates = { createdAt: now, updatedAt: now };
  const lists = { feedback: [], guardrailEvents: [] };
  const stored: StoredSession = {
    session: { sessionId, sessionType, applicationName, metadata, ...dates, ...lists },
    viewerPassword,
    agents: new Map(),
    receipts: new Map(),
  };
  database.sessions.set(sessionId, stored);
  tell(database, stored, { kind: 'session-created' });
  return stored;
}

export function insertAgent({ session, agents }: StoredSession, agentId: string, now: Date): StoredAgent {
  checkAgents(agents.size);
  const conversationManagerState = {
    __name__: 'SlidingWindowConversationManager',
    removed_message_count: 0,
    model_call_count: 0,
  };
  const nothing = { model: null, systemPrompt: null, promptMetadata: null, state: {} };
  const identity = { sessionId: session.sessionId, agentId, createdAt: now, updatedAt: now };
  const made: StoredAgent = {
    agent: { ...identity, ...nothing, conversationManagerState },
    messages: [],
    marks: [],
    lastTime: 0,
  };
  agents.set(agentId, made);
  return made;
}

export function touch(now: Date, ...touched: { updatedAt: Date | null }[]): void {
  for (const one of touched) one.updatedAt = later(one.updatedAt, now);
}

export function createSession(database: Database, input: CreateSession): void {
  const found = database.sessions.get(input.sessionId);
  if (found) {
    if (repetition(found, input.receipt)) return;
    throw new ParleyError('SESSION_EXISTS', 'There is such a session.');
  }
  const stored = insertSession(database, input, input.now);
  stored.receipts.set(input.receipt.keyHash, { bodyHash: input.receipt.bodyHash, index: 0 });
}

export function deleteSession(database: Database, sessionId: string): boolean {
  const found = database.sessions.get(sessionId);
  if (found) tell(database, found, { kind: 'session-deleted' });
  const own = [...database.snapshots.keys()].filter((key) => isSnapshotOf(key, sessionId));
  for (const key of own) database.snapshots.delete(key);
  for (const [replyId, { reply }] of database.replies) {
    if (reply.sessionId === sessionId) database.replies.delete(replyId);
  }
  return database.sessions.delete(sessionId) || own.length > 0;
}

export function expireSession(database: Database, input: ExpireSession): boolean {
  const { sessionId, filter, unchangedSince, dryRun } = input;
  const found = filtered(database, filter).find(({ session }) => session.sessionId === sessionId);
  const updatedAt = found?.session.updatedAt ?? unchangedSince;
  const fresh = [...database.snapshots].some(
    ([key, { writtenAt }]) => isSnapshotOf(key, sessionId) && writtenAt >= unchangedSince,
  );
  const heard = [...database.replies.values()].some(
    ({ reply, heardAt }) => reply.sessionId === sessionId && heardAt >= unchangedSince.getTime(),
  );
  if (updatedAt >= unchangedSince || fresh || heard) return false;
  return dryRun || deleteSession(database, sessionId);
}

export function upsertAgent(database: Database, input: UpsertAgent): void {
  const { sessionId, agentId, receipt, now, ...given } = structuredClone(input);
  const stored = existing(database, sessionId);
  if (repetition(stored, receipt)) return;
  const known = stored.agents.get(agentId);
  const { agent } = known ?? insertAgent(stored, agentId, now);
  const fields = Object.entries(given).filter(([, value]) => value !== undefined);
  Object.assign(agent, Object.fromEntries(fields));
  if (!known || given.state || given.conversationManagerState) touch(now, agent, stored.session);
  stored.receipts.set(receipt.keyHash, { bodyHash: receipt.bodyHash, index: 0 });
  tell(database, stored, { kind: 'agent-updated', agentId });
}

export function appendMessages(database: Database, input: AppendMessages): AppendedMessage[] {
  const { sessionId, agentId, messages, createIfMissing, now } = structuredClone(input);
  const newSession = createIfMissing === 'agent' ? null : createIfMissing;
  const found = newSession ? database.sessions.get(sessionId) : existing(database, sessionId);
  const known = found?.agents.get(agentId);
  if (!known && !createIfMissing) throw agentNotFound(sessionId, agentId);
  const find = (key: 'storageId' | 'clientId', value: string | undefined) =>
    (value !== undefined && known?.messages.find((message) => message[key] === value)) || null;
  const byKey = messages.map(({ storageId }) => find('storageId', storageId));
  const named = messages.map(({ clientId }, index) => byKey[index] ?? find('clientId', clientId));
  checkRepetition(charactersOf(named.filter((message) => message !== null)), messages);
  const there = alreadyStored(
    messages,
    {
      made: byKey.some((message) => message !== null),
      byKey: (index) => byKey[index] ?? null,
      byClient: (index) => find('clientId', messages[index]?.clientId),
    },
    isSameMessage,
  );
  const added = messages.filter((_, index) => there[index] === null);
  if (added.length === 0) return there as AppendedMessage[];
  const refusal = misplaced(input, added, known?.messages.length ?? 0);
  if (refusal) throw refusal;
  const stored = found ?? insertSession(database, newSession as NewSession, now);
  const inserted = known ?? insertAgent(stored, agentId, now);
  const { agent, messages: list } = inserted;
  const times = timesInOrder(added, now, known?.lastTime ?? 0);
  const made = added.map((message, index) => {
    const position = list.length + index;
    const identity = { sessionId, agentId, position, messageId: position, storageId: message.storageId };
    const time = times[index] as Date;
    const dates = { createdAt: message.createdAt ?? time, updatedAt: time };
    const eventLoopMetrics = message.metrics ?? null;
    return { ...identity, ...saidBy(message), ...dates, ...UNTOUCHED, eventLoopMetrics };
  });
  list.push(...made);
  for (const { position, supersedes, content } of made) {
    const ranges = rangesOf({ supersedes, content }, position);
    if (ranges) inserted.marks.push({ position, ranges });
  }
  inserted.lastTime = times.at(-1)?.getTime() ?? 0;
  touch(now, agent, stored.session);
  const told = made.map(({ position }) => ({ kind: 'message-added' as const, agentId, index: position }));
  tell(database, stored, ...told);
  return there.map((message) => message ?? (made.shift() as AppendedMessage));
}

const UNTOUCHED = { redacted: false, guardrailEvent: null };

export function recordMetrics(database: Database, input: RecordMetrics): Message {
  const { stored, message } = addressed(database, input);
  if (repetition(stored, input.receipt)) return message;
  message.eventLoopMetrics = structuredClone(input.metrics);
  stored.receipts.set(input.receipt.keyHash, { bodyHash: input.receipt.bodyHash, index: 0 });
  tell(database, stored, { kind: 'message-updated', agentId: input.agentId, index: message.position });
  return message;
}

export function redactMessage(database: Database, input: RedactMessage): Message {
  const { stored, agent, message } = addressed(database, input);
  if (repetition(stored, input.receipt)) return message;
  const { replacement, guardrailEvent, now, receipt, agentId } = structuredClone(input);
  Object.assign(message, replacement, {
    redacted: true,
    trackingId: null,
    metadata: redactedMetadata(message.metadata),
  });
  if (!guardrailEvent && message.guardrailEvent) message.guardrailEvent.trace = null;
  if (guardrailEvent) {
    message.guardrailEvent = guardrailEvent;
    const { messageId, storageId } = message;
    stored.session.guardrailEvents.push({ ...guardrailEvent, trace: null, agentId, messageId, storageId });
  }
  touch(now, message, agent.agent, stored.session);
  for (const { reply, parts } of database.replies.values()) {
    const became = reply.sessionId === input.sessionId && reply.agentId === agentId;
    if (!became || reply.position !== message.position) continue;
    parts.length = 0;
    database.replyLog.push({ replyId: reply.replyId, sessionId: reply.sessionId });
  }
  stored.receipts.set(receipt.keyHash, { bodyHash: receipt.bodyHash, index: 0 });
  tell(database, stored, { kind: 'message-updated', agentId, index: message.position });
  return message;
}

export function recordGuardrailEvent(database: Database, input: RecordGuardrailEvent): Message {
  const { stored, message } = addressed(database, input);
  if (repetition(stored, input.receipt)) return message;
  const { guardrailEvent, receipt, agentId } = structuredClone(input);
  message.guardrailEvent = guardrailEvent;
  const { messageId, storageId } = message;
  stored.session.guardrailEvents.push({ ...guardrailEvent, trace: null, agentId, messageId, storageId });
  stored.receipts.set(receipt.keyHash, { bodyHash: receipt.bodyHash, index: 0 });
  tell(database, stored, { kind: 'message-updated', agentId, index: message.position });
  return message;
}

export function changeMetadata(database: Database, input: ChangeMetadata): void {
  const stored = existing(database, input.sessionId);
  if (repetition(stored, input.receipt)) return;
  const metadata = structuredClone(stored.session.metadata);
  for (const [path, value] of structuredClone(input.set)) setPath(metadata, path, value);
  for (const path of input.unset) unsetPath(metadata, path);
  if (input.set.length > 0) checkMetadataSize(sizeOfMetadata(JSON.stringify(metadata)));
  stored.session.metadata = metadata;
  stored.receipts.set(input.receipt.keyHash, { bodyHash: input.receipt.bodyHash, index: 0 });
  tell(database, stored, { kind: 'metadata-changed' });
}

export function addFeedback(database: Database, input: AddFeedback): Feedback {
  const stored = existing(database, input.sessionId);
  const list = stored.session.feedback;
  const known = repetition(stored, input.receipt);
  if (known) return list[known.index] as Feedback;
  const made: Feedback = { ...structuredClone(input.feedback), createdAt: input.now };
  const texts = [...list, made].map(({ comment, fields }) => `${comment ?? ''}${JSON.stringify(fields)}`);
  checkFeedbacks(texts.length, Buffer.byteLength(texts.join('')));
  const index = list.push(made) - 1;
  touch(input.now, stored.session);
  stored.receipts.set(input.receipt.keyHash, { bodyHash: input.receipt.bodyHash, index });
  tell(database, stored, { kind: 'feedback-added', index });
  return made;
}
