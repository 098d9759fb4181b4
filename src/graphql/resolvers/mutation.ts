import type { GraphQLResolveInfo } from 'graphql';
import { givenAgent, givenSession } from '../../domain/access/withheld.js';
import { agentNotFound, ParleyError, sessionNotFound } from '../../domain/errors.js';
import type { MessageInput as DomainMessageInput } from '../../domain/sessions/session-inputs.js';
import type { MessageAddress } from '../../domain/sessions/session-store.js';
import type { RequestContext } from '../context.js';
import type { MutationResolvers } from '../generated/types.js';
import { messageAddressOf } from '../global-id.js';
import { clearLoaders } from '../loading/loaders.js';
import { agentsBelow } from '../loading/lookahead.js';
import { partsOfItem } from '../loading/selected-parts.js';
import type { AgentPayloadParent, AppendPayloadParent, SessionPayloadParent } from '../parents.js';
import { removableFields } from '../removable-fields.js';

/** Runs a write, and forgets what the operation had loaded before it. */
export async function writing<T>({ loaders }: RequestContext, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } finally {
    clearLoaders(loaders);
  }
}

export const mutation: MutationResolvers = {
  async createSession(_root, { input }, context) {
    const sessionType = input.sessionType ?? 'AGENT';
    const sessionId = await writing(context, context.service.createSession({ ...input, sessionType }));
    const { applicationName, metadata } = input;
    const given = {
      sessionType,
      ...(applicationName ? { applicationName } : {}),
      ...(metadata ? { metadata } : {}),
    };
    return { sessionId, given };
  },
  async deleteSession(_root, { input: { sessionId } }, context) {
    await writing(context, context.service.deleteSession(sessionId));
    return { sessionId };
  },
  async upsertAgent(_root, { input }, context) {
    const { sessionId, agentId, idempotencyKey, state, conversationManagerState } = input;
    const given = {
      ...(state ? { state } : {}),
      ...(conversationManagerState ? { conversationManagerState } : {}),
      ...removableFields(input),
    };
    await writing(context, context.service.upsertAgent({ sessionId, agentId, idempotencyKey, ...given }));
    return { sessionId, agentId, agentGiven: given };
  },
  async appendMessages(_root, { input }, context) {
    const { sessionId, agentId, createIfMissing = false, expectedMessageCount, idempotencyKey } = input;
    const messages = await writing(
      context,
      context.service.appendMessages({
        sessionId,
        agentId,
        createIfMissing,
        expectedMessageCount,
        idempotencyKey,
        messages: input.messages as readonly DomainMessageInput[],
      }),
    );
    return { sessionId, agentId, messages };
  },
  async recordMetrics(_root, { input }, context) {
    const { metrics, idempotencyKey } = input;
    const address = addressOf(input);
    return {
      message: await writing(context, context.service.recordMetrics({ address, metrics, idempotencyKey })),
    };
  },
  async redactMessage(_root, { input }, context) {
    const { replacement, guardrailEvent, idempotencyKey } = input;
    const address = addressOf(input);
    const redaction = { address, replacement, guardrailEvent, idempotencyKey };
    return { message: await writing(context, context.service.redactMessage(redaction)) };
  },
  async updateMetadata(_root, { input }, context) {
    await writing(context, context.service.updateMetadata(input));
    return { sessionId: input.sessionId };
  },
  async deleteMetadata(_root, { input }, context) {
    await writing(context, context.service.deleteMetadata(input));
    return { sessionId: input.sessionId };
  },
  async addFeedback(_root, { input }, context) {
    const { sessionId, rating = null, comment = null, fields, idempotencyKey } = input;
    const feedback = { sessionId, rating, comment, fields: fields ?? {}, idempotencyKey };
    return { sessionId, feedback: await writing(context, context.service.addFeedback(feedback)) };
  },
};

interface AddressInput {
  id?: string | null | undefined;
  sessionId?: string | null | undefined;
  agentId?: string | null | undefined;
  messageId?: number | null | undefined;
  clientId?: string | null | undefined;
}

function addressOf({ id, sessionId, agentId, messageId, clientId }: AddressInput): MessageAddress {
  const parts = [sessionId, agentId, messageId, clientId].filter((part) => (part ?? null) !== null).length;
  if (typeof id === 'string' && parts === 0) return messageAddressOf(id);
  if (typeof id !== 'string' && typeof sessionId === 'string' && typeof agentId === 'string' && parts === 3) {
    if (typeof messageId === 'number') return { sessionId, agentId, messageId };
    if (typeof clientId === 'string') return { sessionId, agentId, clientId };
  }
  throw new ParleyError(
    'BAD_USER_INPUT',
    'Address the message by id alone, or by sessionId, agentId and messageId, or clientId in place of messageId.',
  );
}

/** The objects of payloads: as they are after the write, or what a caller may know of them who may not read. */
export const sessionOfPayload = async (
  { sessionId, given }: SessionPayloadParent,
  _args: unknown,
  { loaders, caller }: RequestContext,
  info: GraphQLResolveInfo,
) => {
  if (!mayRead(caller)) return givenSession({ ...given, sessionId });
  const session = await loaders.session.load({ sessionId, parts: partsOfItem(info).session });
  if (!session) throw sessionNotFound(sessionId);
  return session;
};

/** A message that the input names twice was added once. */
export const addedOfPayload = ({ messages }: AppendPayloadParent) => [
  ...new Set(messages.filter(({ known }) => !known)),
];

export const agentOfPayload = async (
  { sessionId, agentId, agentGiven }: AgentPayloadParent,
  _args: unknown,
  { loaders, caller }: RequestContext,
  info: GraphQLResolveInfo,
) => {
  if (!mayRead(caller)) return { agent: givenAgent({ ...agentGiven, sessionId, agentId }), pages: [] };
  const [agent] = await loaders.agents.load({ sessionId, among: [agentId], ...agentsBelow(info) });
  if (!agent) throw agentNotFound(sessionId, agentId);
  return agent;
};

const mayRead = ({ policy }: RequestContext['caller']): boolean => policy.scopes.has('read');
