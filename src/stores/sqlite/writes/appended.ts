import { saidBy } from '../../../domain/sessions/same-message.js';
import type { AppendedMessage, AppendMessages, NewMessage } from '../../../domain/sessions/session-store.js';
import { type Given, placeOf, wholeMessage } from './given-message.js';

/** Where a message was added, and when, in ms since 1970. */
export interface Added {
  added: number;
  at: number;
}

/** Of each message of an append what was there already, or where it was added: what it says is known to whoever has given it. */
export type AppendAnswer = (Given | Added)[];

type Appends = Pick<AppendMessages, 'sessionId' | 'agentId' | 'messages'>;

/** The messages as they are stored. */
export const appendedMessages = async (
  { sessionId, agentId, messages }: Appends,
  answer: AppendAnswer,
): Promise<AppendedMessage[]> => {
  const stored: AppendedMessage[] = [];
  // One after the other: what is large is made in slices.
  for (const [index, found] of answer.entries()) {
    if (!('added' in found)) {
      stored.push('large' in found ? await wholeMessage(found) : found);
      continue;
    }
    const message = messages[index] as NewMessage;
    const time = new Date(found.at);
    stored.push({
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
    });
  }
  return stored;
};

/** What is appended, as it is now. */
export const copyOf = async ({ sessionId, agentId, messages }: Appends): Promise<Appends> => ({
  sessionId,
  agentId,
  messages: structuredClone(messages),
});

export const positionOf = (found: Given | Added | undefined): number | undefined =>
  found && ('added' in found ? found.added : placeOf(found));
