import { ParleyError } from '../errors.js';
import type { Reply } from '../replies/model.js';
import { checkMetadataUpdate } from '../sessions/check-inputs.js';
import { contentOf } from '../sessions/message-content.js';
import type { Agent, Feedback, GuardrailEvent, Message, Session } from '../sessions/model.js';
import { policiesTriggered } from '../sessions/policies-triggered.js';
import type { GuardrailInput, MessageInput } from '../sessions/session-inputs.js';
import type { SessionService } from '../sessions/session-service.js';

/**
 * What a write tells a caller who may not read. THE RULE: identities (ids, place, number, time of creation) and what the
 * caller has just given itself; every other field is FORBIDDEN where it is asked for, and the write is made all the same.
 * Nothing is taken from the database but the identities, so that what others have stored since cannot show either.
 */

/** Of a stored message; a field that is not named here is withheld. */
const IDENTITY: readonly (keyof Message)[] = [
  'sessionId',
  'agentId',
  'position',
  'messageId',
  'storageId',
  'createdAt',
];

/** Tables, so that a new field without a line here does not compile. */
const SESSION: Record<keyof Session, true> = {
  sessionId: true,
  sessionType: true,
  applicationName: true,
  createdAt: true,
  updatedAt: true,
  metadata: true,
  feedback: true,
  guardrailEvents: true,
  messageCount: true,
};
const AGENT: Record<keyof Agent, true> = {
  sessionId: true,
  agentId: true,
  model: true,
  systemPrompt: true,
  promptMetadata: true,
  state: true,
  conversationManagerState: true,
  createdAt: true,
  updatedAt: true,
  messageCount: true,
};

/** `shown` with the other fields as places that cannot be looked at: FORBIDDEN, whoever does. */
function withholding<T extends object>(fields: readonly string[], shown: Partial<T>): T {
  const result = { ...shown };
  for (const field of fields) {
    if (Object.hasOwn(shown, field)) continue;
    Object.defineProperty(result, field, {
      get() {
        throw new ParleyError(
          'FORBIDDEN',
          'The write was made. This field needs the scope read, which the credential does not have: without it a write gives back ids and what it was given.',
        );
      },
    });
  }
  return result as T;
}

export const givenSession = (shown: Partial<Session> & { sessionId: string }): Session =>
  withholding(Object.keys(SESSION), shown);

export const givenAgent = (shown: Partial<Agent> & { sessionId: string; agentId: string }): Agent =>
  withholding(Object.keys(AGENT), shown);

/** What a write tells of the message that it has made. */
export function givenMessage<M extends Message>(stored: M, given: Partial<M>): M {
  const identity = Object.fromEntries(IDENTITY.map((field) => [field, stored[field]]));
  return withholding<M>(Object.keys(stored), { ...identity, ...given } as Partial<M>);
}

/** Of a reply, what its writer goes on by; `caller`: of nobody's concern, and in no answer. */
const OF_WRITER: readonly (keyof Reply)[] = [
  'replyId',
  'sessionId',
  'agentId',
  'position',
  'startedAt',
  'state',
  'epoch',
  'offset',
  'durability',
  'timeoutMs',
  'caller',
];

/** What a write tells of the reply that it is about: not why, nor when, another has ended it. */
export function givenReply(stored: Reply, given: Partial<Reply>): Reply {
  const identity = Object.fromEntries(OF_WRITER.map((field) => [field, stored[field]]));
  return withholding<Reply>(Object.keys(stored), { ...identity, ...given });
}

export const givenContent = (message: Pick<MessageInput, 'role' | 'text' | 'content'>) => ({
  role: message.role,
  content: contentOf(message, 'message'),
});

/** When it happened is the store's: a repetition would tell when it was first. */
const givenEvent = ({ action, stopReason, trace }: GuardrailInput): GuardrailEvent =>
  withholding<GuardrailEvent>(['timestamp'], {
    action,
    stopReason: stopReason ?? null,
    policiesTriggered: trace ? policiesTriggered(trace) : null,
    trace: trace ?? null,
  });

/** It would say of what kind the value is, and how long a list. */
const inTheWay = () =>
  new ParleyError(
    'INVALID_METADATA_PATH',
    'What is stored is in the way of one of the paths: it cannot be set in it. Nothing was set.',
  );

/** The service whose writes answer by the rule above. */
export function withholdingService(service: SessionService): SessionService {
  return {
    ...service,
    async appendMessages(input) {
      const stored = await service.appendMessages(input);
      return stored.map((message, index) => {
        const given = input.messages[index] as MessageInput;
        return givenMessage(message, {
          ...givenContent(given),
          eventLoopMetrics: null,
          metadata: given.metadata ?? null,
          clientId: given.clientId ?? null,
          trackingId: given.trackingId ?? null,
          supersedes: [...(given.supersedes ?? [])],
          ...(message.known ? { known: message.known } : {}),
        });
      });
    },
    async recordMetrics(input) {
      const stored = await service.recordMetrics(input);
      return givenMessage(stored, { eventLoopMetrics: input.metrics, metadata: null });
    },
    async redactMessage(input) {
      const stored = await service.redactMessage(input);
      return givenMessage(stored, {
        ...givenContent(input.replacement),
        redacted: true,
        ...(input.guardrailEvent ? { guardrailEvent: givenEvent(input.guardrailEvent) } : {}),
      });
    },
    async recordGuardrailEvent(input) {
      const stored = await service.recordGuardrailEvent(input);
      return givenMessage(stored, { guardrailEvent: givenEvent(input.guardrailEvent) });
    },
    async updateMetadata(input) {
      // What is wrong with the paths themselves is said in full.
      checkMetadataUpdate(input);
      try {
        return await service.updateMetadata(input);
      } catch (error) {
        throw error instanceof ParleyError && error.code === 'INVALID_METADATA_PATH' ? inTheWay() : error;
      }
    },
    async addFeedback(input): Promise<Feedback> {
      const { createdAt } = await service.addFeedback(input);
      const { rating, comment, fields } = input;
      return { rating, comment, fields, createdAt };
    },
  };
}
