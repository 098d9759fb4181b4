import { ParleyError } from '../domain/errors.js';
import type { MessageAddress, MessageKey } from '../domain/sessions/session-store.js';
import { checkObject } from './check-arguments.js';
import type { MessageReference } from './session-types.js';

/** Of what is given, which may be a whole stored message, only what says which one: by identity before place before number. */
export function addressIn(mySession: string, reference: MessageReference): MessageAddress {
  checkObject(reference, 'what names a message');
  const { agentId, ...key } = reference;
  const { sessionId, storageId, position, clientId, messageId } = key as Partial<Record<string, unknown>>;
  // A message of another session, whose place would name one of this.
  if (typeof sessionId === 'string' && sessionId !== mySession) throw messageNotFound(agentId);
  const which =
    (storageId ?? null) !== null
      ? { storageId }
      : (position ?? null) !== null
        ? { position }
        : (clientId ?? null) !== null
          ? { clientId }
          : { messageId };
  return { sessionId: mySession, agentId, ...(which as MessageKey) };
}

export const messageNotFound = (agentId: string) =>
  new ParleyError('MESSAGE_NOT_FOUND', `Agent ${JSON.stringify(agentId)} has no such message.`);
