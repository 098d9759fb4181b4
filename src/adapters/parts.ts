import { MAX_MESSAGES_PER_APPEND } from '../domain/sessions/session-inputs.js';
import { textAt } from './blocks.js';
import type { Entry, NewEntry } from './port.js';

/*
 * A change that takes more than one call is one change all the same: what its calls write before the last are parts, which name its last entry by
 * the clientId. Until that is there no adapter gives them to anybody; where it never comes the next change takes them away.
 */

export function inCalls<E extends NewEntry>(entries: readonly E[]): E[][] {
  const calls: E[][] = [];
  for (let start = 0; start < entries.length; start += MAX_MESSAGES_PER_APPEND)
    calls.push(entries.slice(start, start + MAX_MESSAGES_PER_APPEND));
  return calls;
}

/**
 * The entries in calls of which the last makes the change: it has as many as it can, so that all that takes others away is in it. `key` names its
 * last entry where that has no clientId: up to 190 characters.
 */
export function inWhole(entries: readonly NewEntry[], key: string): NewEntry[][] {
  if (entries.length <= MAX_MESSAGES_PER_APPEND) return inCalls(entries);
  const { clientId = `whole ${key}`, ...last } = entries.at(-1) as NewEntry;
  const parts = entries
    .slice(0, -MAX_MESSAGES_PER_APPEND)
    .map((entry) => ({ ...entry, metadata: { ...entry.metadata, part: clientId } }));
  return [...inCalls(parts), [...entries.slice(-MAX_MESSAGES_PER_APPEND, -1), { ...last, clientId }]];
}

/**
 * Marks the entries whose change was not made when there were so many messages. `find`: the message with a clientId, also where it stands
 * no more.
 */
export function createPartsReader(find: (clientId: string) => Promise<Entry | null>) {
  /** The position of the last entry of each change that was made. */
  const made = new Map<string, number>();
  return async (entries: readonly Entry[], count: number): Promise<Entry[]> => {
    const asked = new Set(entries.map(partOf).filter((whole) => whole !== undefined));
    if (asked.size > 0) for (const { clientId, position } of entries) made.set(clientId ?? '', position);
    for (const whole of asked) {
      if (made.has(whole)) continue;
      const last = await find(whole);
      made.set(whole, last?.position ?? Number.POSITIVE_INFINITY);
    }
    return entries.map((entry) => {
      const whole = partOf(entry);
      const isMade = whole === undefined || (made.get(whole) as number) < count;
      return isMade ? entry : { ...entry, unfinished: true };
    });
  };
}

const partOf = ({ metadata }: Entry): string | undefined => textAt(metadata ?? undefined, 'part');
