import { idempotencyConflict } from '../../../domain/errors.js';
import type { Message } from '../../../domain/sessions/model.js';
import { alreadyStored, isSameMessage } from '../../../domain/sessions/same-message.js';
import { repetitionBudget } from '../../../domain/sessions/session-bounds.js';
import type { AppendedMessage, NewMessage } from '../../../domain/sessions/session-store.js';
import { messageFromDoc, messageToDoc } from '../documents/message-document.js';
import type { AppendReceipt } from '../documents/receipt-document.js';
import { confirmMajority, type Sessions } from '../driver/collection.js';
import { loadMessages } from '../reads/read-messages.js';
import type { PendingAppend } from './append-lanes.js';

/**
 * The stored messages of an append that was made before, as they are now: by its receipt, or where there is none by its
 * storage ids. IDEMPOTENCY_CONFLICT where they are not those of this one; what replaced a redacted message counts as equal.
 */
export async function storedAppend(
  sessions: Sessions,
  pending: PendingAppend,
  receipt: AppendReceipt | undefined,
): Promise<AppendedMessage[]> {
  const { sessionId, messages } = pending.input;
  const byClient = await loadByClientId(sessions, pending);
  const byKey = receipt
    ? await loadByReceipt(sessions, pending, receipt, byClient)
    : await load(
        sessions,
        pending,
        messages.map(({ storageId }) => ({ storageId })),
      );
  const answer = alreadyStored(messages, repetitionOf(byKey, byClient), isSameStored);
  if (answer.includes(null)) throw idempotencyConflict('appendMessages');
  await confirmMajority(sessions, sessionId);
  return answer as AppendedMessage[];
}

/** What the agent has of an append under its client ids; null is still to be added. */
export async function knownMessages(
  sessions: Sessions,
  pending: PendingAppend,
): Promise<(AppendedMessage | null)[]> {
  const { messages } = pending.input;
  if (messages.every(({ clientId }) => clientId === undefined)) return messages.map(() => null);
  const byClient = await loadByClientId(sessions, pending);
  return alreadyStored(messages, repetitionOf([], byClient), isSameStored);
}

const repetitionOf = (byKey: readonly (Message | null)[], byClient: readonly (Message | null)[]) => ({
  made: byKey.some((message) => message !== null),
  byKey: (index: number) => byKey[index] ?? null,
  byClient: (index: number) => byClient[index] ?? null,
});

/** What the append added lies next to each other, in the order given; the rest of it was there before. */
async function loadByReceipt(
  sessions: Sessions,
  pending: PendingAppend,
  { from, count }: AppendReceipt,
  byClient: readonly (Message | null)[],
): Promise<(Message | null)[]> {
  const { messages, unkeyed } = pending.input;
  // A shared receipt counts what was written together.
  // One more than there can be is as good as any number that another program has left there.
  const size = unkeyed ? pending.added.length : Math.min(count, messages.length + 1);
  const first = from + pending.offset;
  const positions = Array.from({ length: size }, (_, index) => ({ position: first + index }));
  const added = await load(sessions, pending, positions);
  const byKey = messages.map(({ clientId }, index) => {
    if (clientId === undefined) return added.shift() ?? null;
    return byClient[index] && byClient[index].position === added[0]?.position
      ? (added.shift() ?? null)
      : null;
  });
  if (added.length > 0) throw idempotencyConflict('appendMessages');
  return byKey;
}

async function loadByClientId(sessions: Sessions, pending: PendingAppend): Promise<(Message | null)[]> {
  const { messages } = pending.input;
  const asked = messages.flatMap(({ clientId }) => (clientId === undefined ? [] : [{ clientId }]));
  const found = await load(sessions, pending, asked);
  return messages.map(({ clientId }) => (clientId === undefined ? null : (found.shift() ?? null)));
}

/** Their size is told first: see `checkRepetition`. */
const load = (
  sessions: Sessions,
  { input: { sessionId, agentId, messages } }: PendingAppend,
  keys: readonly ({ position: number } | { storageId: string } | { clientId: string })[],
) =>
  loadMessages(
    sessions,
    keys.map((key) => ({ sessionId, agentId, ...key })),
    undefined,
    repetitionBudget(messages),
  );

function isSameStored(stored: Message, given: NewMessage): boolean {
  const { sessionId, agentId, position } = stored;
  // Through the stored form and back, which is where numbers and bytes take their one spelling.
  const doc = messageToDoc(given, 0, new Date(0), false);
  const said = messageFromDoc(doc, { sessionId, agentId, position });
  return isSameMessage(stored, given, {
    ...said,
    clientId: given.clientId ?? null,
    supersedes: [...(given.supersedes ?? [])],
  });
}
