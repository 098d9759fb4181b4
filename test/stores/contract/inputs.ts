import type { JsonObject, JsonValue } from '../../../src/domain/json/json-value.js';
import type { ReplyPart } from '../../../src/domain/replies/model.js';
import type { EndReply, StartReply } from '../../../src/domain/replies/reply-store.js';
import { receiptOf, storageIdOf } from '../../../src/domain/sessions/idempotency.js';
import type { GuardrailEvent, Rating, Role } from '../../../src/domain/sessions/model.js';
import type {
  AddFeedback,
  AppendMessages,
  ChangeMetadata,
  CreateSession,
  MessageAddress,
  NewMessage,
  NewSession,
  RecordMetrics,
  RedactMessage,
  UpsertAgent,
} from '../../../src/domain/sessions/session-store.js';

/** Every write takes a key of its own and the first minute, unless the sentence is about the key or the time. */
interface When {
  key?: string;
  now?: Date;
}

let serial = 0;
const freshKey = () => `key-${++serial}`;

/** So many minutes into the tests' day; the milliseconds show whether a store keeps them. */
export const at = (minutes: number) => new Date(Date.UTC(2026, 0, 5, 10, minutes, 0, 123));

export const VIEWER_PASSWORD = 'viewer-password-of-32-characters';

export function aSession(
  sessionId: string,
  fields: Partial<Pick<NewSession, 'sessionType' | 'applicationName' | 'metadata'>> & When = {},
): CreateSession {
  const { key = freshKey(), now = at(0), ...given } = fields;
  const body = { sessionId, sessionType: 'AGENT', applicationName: null, metadata: {}, ...given };
  const receipt = receiptOf('createSession', key, body);
  return { ...body, viewerPassword: VIEWER_PASSWORD, receipt, now };
}

export function anAgent(
  sessionId: string,
  agentId: string,
  fields: Omit<UpsertAgent, 'sessionId' | 'agentId' | 'receipt' | 'now'> & When = {},
): UpsertAgent {
  const { key = freshKey(), now = at(0), ...given } = fields;
  const body = { sessionId, agentId, ...given };
  return { ...body, receipt: receiptOf('upsertAgent', key, body), now };
}

export type Said = string | (Omit<NewMessage, 'storageId' | 'role'> & { role?: Role });

/** The messages' storage ids follow from the key, as the session service makes them. */
export function anAppend(
  sessionId: string,
  agentId: string,
  said: readonly Said[],
  options: When & { createIfMissing?: Partial<NewSession> | 'agent'; expectedMessageCount?: number } = {},
): AppendMessages {
  const { key = freshKey(), now = at(0), createIfMissing, expectedMessageCount } = options;
  const messages = said.map((one, index): NewMessage => {
    const message = typeof one === 'string' ? { content: [{ text: one }] } : one;
    return { storageId: storageIdOf(sessionId, agentId, key, index), role: 'user', ...message };
  });
  const session = { sessionId, sessionType: 'AGENT', applicationName: null, metadata: {} };
  return {
    sessionId,
    agentId,
    messages,
    createIfMissing:
      createIfMissing && createIfMissing !== 'agent'
        ? { ...session, viewerPassword: VIEWER_PASSWORD, ...createIfMissing }
        : (createIfMissing ?? null),
    ...(expectedMessageCount === undefined ? {} : { expectedMessageCount }),
    now,
  };
}

export function someMetrics(address: MessageAddress, metrics: JsonObject, when: When = {}): RecordMetrics {
  const { key = freshKey(), now = at(0) } = when;
  return { ...address, metrics, receipt: receiptOf('recordMetrics', key, { address, metrics }), now };
}

export function aRedaction(
  address: MessageAddress,
  text: string,
  options: When & { role?: Role; guardrailEvent?: GuardrailEvent } = {},
): RedactMessage {
  const { key = freshKey(), now = at(0), role = 'user', guardrailEvent = null } = options;
  const body = { replacement: { role, content: [{ text }] }, guardrailEvent };
  return { ...address, ...body, receipt: receiptOf('redactMessage', key, { address, body }), now };
}

export function aMetadataChange(
  sessionId: string,
  change: { set?: ChangeMetadata['set']; unset?: readonly string[] } & When,
): ChangeMetadata {
  const { key = freshKey(), now = at(0), set = [], unset = [] } = change;
  const receipt = receiptOf('updateMetadata', key, { sessionId, set, unset });
  return { sessionId, set, unset, receipt, now };
}

export const setting = (sessionId: string, values: Record<string, JsonValue>, when: When = {}) =>
  aMetadataChange(sessionId, { set: Object.entries(values), ...when });

export function aFeedback(
  sessionId: string,
  rating: Rating | null,
  options: When & { comment?: string | null; fields?: JsonObject } = {},
): AddFeedback {
  const { key = freshKey(), now = at(0), comment = null, fields = {} } = options;
  const feedback = { rating, comment, fields };
  return { sessionId, feedback, receipt: receiptOf('addFeedback', key, { sessionId, feedback }), now };
}

export function aReply(
  sessionId: string,
  agentId: string,
  replyId: string,
  options: When &
    Partial<Omit<StartReply, 'receipt' | 'now' | 'createIfMissing'>> & {
      createIfMissing?: Partial<NewSession> | 'agent';
    } = {},
): StartReply {
  const { key = freshKey(), now = at(0), createIfMissing, ...given } = options;
  const body = {
    replyId,
    sessionId,
    agentId,
    durability: 'each' as const,
    timeoutMs: 3_600_000,
    caller: 'a caller',
    most: { ofSession: 1_000, ofCaller: 100_000 },
    createIfMissing: anAppend(sessionId, agentId, [], createIfMissing ? { createIfMissing } : {})
      .createIfMissing,
    ...given,
  };
  return { ...body, receipt: receiptOf('startReply', key, [replyId, sessionId, agentId]), now };
}

/** Pieces of one block of text, or of the given blocks. */
export const someParts = (...pieces: (string | (Partial<ReplyPart> & { text: string }))[]): ReplyPart[] =>
  pieces.map((piece) => ({ ...aPart(0, ''), ...(typeof piece === 'string' ? { text: piece } : piece) }));

/** Of a block of text. */
export const aPart = (block: number, text: string): ReplyPart => ({
  block,
  text,
  kind: 'text',
  toolUseId: null,
  name: null,
  status: null,
});

/** Finished with this text, by whoever writes. */
export function anEnd(replyId: string, text: string, options: Partial<EndReply> = {}): EndReply {
  const message = {
    storageId: storageIdOf(replyId, '', '', 0),
    role: 'assistant' as const,
    content: [{ text }],
  };
  return {
    replyId,
    epoch: null,
    state: 'finished',
    reason: null,
    rest: null,
    message,
    now: at(1),
    ...options,
  };
}
