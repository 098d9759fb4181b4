import { idempotencyConflict } from '../../domain/errors.js';
import { canonicalJson } from '../../domain/idempotency.js';
import type { Message } from '../../domain/model.js';
import type { AppendMessages, NewMessage } from '../../domain/session-store.js';
import { confirmMajority, type Sessions } from './collection.js';
import { messageFromDoc, messagesToDocs } from './message-document.js';
import { loadMessages } from './read-messages.js';

/**
 * The stored messages of an append that was made before, as they are now. IDEMPOTENCY_CONFLICT where they are not
 * those of this one; what replaced a redacted message counts as equal.
 */
export async function storedAppend(sessions: Sessions, input: AppendMessages): Promise<Message[]> {
  const { sessionId, agentId, messages } = input;
  const stored = await loadMessages(
    sessions,
    messages.map(({ storageId }) => ({ sessionId, agentId, storageId })),
  );
  const answer = stored.map((message, index) => {
    if (!message || !isSame(message, messages[index] as NewMessage))
      throw idempotencyConflict('appendMessages');
    return message;
  });
  await confirmMajority(sessions, sessionId);
  return answer;
}

function isSame(stored: Message, given: NewMessage): boolean {
  if (stored.redacted) return true;
  const { sessionId, agentId, position } = stored;
  // Through the stored form and back, which is where numbers and bytes take their one spelling.
  const [doc] = messagesToDocs([given], 0, new Date(0));
  const { role, content, metadata } = messageFromDoc(doc, { sessionId, agentId, position });
  return (
    canonicalJson([role, content, metadata]) === canonicalJson([stored.role, stored.content, stored.metadata])
  );
}
