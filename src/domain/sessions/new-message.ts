import { checkMessage } from './check-inputs.js';
import { contentOf } from './message-content.js';
import type { MessageInput } from './session-inputs.js';
import type { NewMessage } from './session-store.js';

/** As the store takes it, checked; `where` names it in errors. BAD_USER_INPUT. */
export function toNewMessage(message: MessageInput, storageId: string, where: string, now: Date): NewMessage {
  checkMessage(message, where, now);
  const { role, metadata, clientId, createdAt, trackingId, supersedes } = message;
  return {
    storageId,
    role,
    content: contentOf(message, where),
    ...(metadata ? { metadata } : {}),
    ...(clientId ? { clientId } : {}),
    ...(createdAt ? { createdAt } : {}),
    ...(trackingId ? { trackingId } : {}),
    ...(supersedes && supersedes.length > 0
      ? { supersedes: supersedes.map(({ from, to }) => ({ from, to })) }
      : {}),
  };
}
