import { saidBy } from '../../../domain/sessions/same-message.js';
import type { AppendedMessage, AppendMessages, NewMessage } from '../../../domain/sessions/session-store.js';

/** Where a message was added, and when, in ms since 1970. */
export interface Added {
  added: number;
  at: number;
}

/** Of each message of an append what was there already, or where it was added: what it says is known to whoever has given it. */
export type AppendAnswer = (AppendedMessage | Added)[];

type Appends = Pick<AppendMessages, 'sessionId' | 'agentId' | 'messages'>;

/** The messages as they are stored. */
export const appendedMessages = (
  { sessionId, agentId, messages }: Appends,
  answer: AppendAnswer,
): AppendedMessage[] =>
  answer.map((found, index) => {
    if (!('added' in found)) return found;
    const message = messages[index] as NewMessage;
    const time = new Date(found.at);
    return {
      sessionId,
      agentId,
      position: found.added,
      messageId: found.added,
      storageId: message.storageId,
      ...saidBy(message),
      redacted: false,
      createdAt: message.createdAt ?? time,
      updatedAt: time,
      eventLoopMetrics: message.metrics ?? null,
      guardrailEvent: null,
    };
  });

/** What is appended, as it is now. */
export const copyOf = async ({ sessionId, agentId, messages }: Appends): Promise<Appends> => ({
  sessionId,
  agentId,
  messages: structuredClone(messages),
});

export const positionOf = (found: AppendedMessage | Added | undefined): number | undefined =>
  found && ('added' in found ? found.added : found.position);
