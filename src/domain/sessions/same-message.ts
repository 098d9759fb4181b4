import { clientIdConflict, idempotencyConflict } from '../errors.js';
import { isSameJson } from '../json/same-json.js';
import { canonicalJson } from './idempotency.js';
import type { Message } from './model.js';
import type { NewMessage } from './session-store.js';

/** What a message says, apart from what identifies it. */
type Said = Pick<Message, 'role' | 'content' | 'metadata' | 'trackingId' | 'clientId' | 'supersedes'>;

const partsOf = ({ role, content, metadata, trackingId, clientId, supersedes }: Said): unknown[] => [
  role,
  content,
  metadata,
  trackingId,
  clientId,
  supersedes.map(({ from, to }) => [from, to]),
];
const textOf = (said: Said): string => canonicalJson(partsOf(said));

export const saidBy = ({ role, content, metadata, trackingId, clientId, supersedes }: NewMessage): Said => ({
  role,
  content,
  metadata: metadata ?? null,
  trackingId: trackingId ?? null,
  clientId: clientId ?? null,
  supersedes: [...(supersedes ?? [])],
});

/**
 * Whether a stored message is what a repetition brings. A redacted one is, whatever it said before. `createdAt` counts
 * where the repetition gives it. `said`: what is given, where a store spells it in a way of its own.
 */
export function isSameMessage(stored: Message, given: NewMessage, said: Said = saidBy(given)): boolean {
  if (stored.redacted) return true;
  if (given.createdAt !== undefined && given.createdAt.getTime() !== stored.createdAt?.getTime())
    return false;
  return isSameJson(partsOf(stored), partsOf(said));
}

/**
 * A batch without the messages that repeat the `clientId` of an earlier one in it, and for each message of the batch its
 * place among those that are left. IDEMPOTENCY_CONFLICT where two differ under one `clientId`.
 */
export function distinctMessages(messages: readonly NewMessage[]): {
  distinct: NewMessage[];
  places: number[];
} {
  const distinct: NewMessage[] = [];
  const placeOf = new Map<string, number>();
  const places = messages.map((message) => {
    const { clientId } = message;
    const earlier = clientId === undefined ? undefined : placeOf.get(clientId);
    if (earlier !== undefined) {
      const first = distinct[earlier] as NewMessage;
      const sameTime = first.createdAt?.getTime() === message.createdAt?.getTime();
      if (!sameTime || textOf(saidBy(first)) !== textOf(saidBy(message)))
        throw clientIdConflict(clientId as string);
      return earlier;
    }
    if (clientId !== undefined) placeOf.set(clientId, distinct.length);
    return distinct.push(message) - 1;
  });
  return { distinct, places };
}

/** What an append finds stored of each of its messages, read one by one: of the `index`th under its storage id, which an earlier try left, or under its `clientId`. */
export interface Repetition<S = Message> {
  /** An earlier try has left something. */
  made: boolean;
  byKey(index: number): S | null;
  byClient(index: number): S | null;
}

/** What is stored of a message; `known`: under its `clientId` alone. */
export type Stored<S> = S & { known?: true };

/**
 * What an append finds stored of each of its messages, as its answer. Null is still to be added: nothing is where an earlier try has
 * left anything. IDEMPOTENCY_CONFLICT at the first that differs, and none behind it is read. `same`: see `isSameMessage`.
 */
export function alreadyStored<S extends object>(
  messages: readonly NewMessage[],
  repetition: Repetition<S>,
  same: (stored: S, given: NewMessage) => boolean,
): (Stored<S> | null)[] {
  const { made } = repetition;
  return messages.map((given, index): Stored<S> | null => {
    const own = repetition.byKey(index);
    const stored = own ?? repetition.byClient(index);
    if (stored === null && !made) return null;
    if (stored !== null && same(stored, given)) return own ? own : { known: true, ...stored };
    if (made || given.clientId === undefined) throw idempotencyConflict('appendMessages');
    throw clientIdConflict(given.clientId);
  });
}

/**
 * When each message counts as written, none before the one before it, the first not before `last` (ms): Python sorts by
 * it, and neither a clock that was set back nor an import may change the order.
 */
export function timesInOrder(messages: readonly NewMessage[], now: Date, last: number): Date[] {
  let latest = last;
  return messages.map(({ createdAt }) => {
    latest = Math.max(latest, (createdAt ?? now).getTime());
    return new Date(latest);
  });
}
