import type { EndpointMark, HeldEvent, WebhookStore } from '../../../src/domain/webhook-store.js';
import type { Database } from './database.js';

export interface StoredEndpoint extends EndpointMark {
  holder: string;
  deliveredAt: Date | null;
  /** By position. */
  held: Map<string, HeldEvent>;
}

export function memoryWebhooks(
  { webhooks }: Database,
  reading: <T>(read: () => T) => Promise<T>,
): WebhookStore {
  const heldOf = (endpoint: string, dead: boolean): HeldEvent[] =>
    [...(webhooks.get(endpoint)?.held.values() ?? [])]
      .filter(({ deadAt }) => (deadAt !== null) === dead)
      .sort((a, b) => (a.event.position < b.event.position ? -1 : 1));
  const markOf = ({ cursor, disabled, revision }: StoredEndpoint) => ({ cursor, disabled, revision });
  const deadOf = ({ endpoint, ids }: { endpoint: string; ids: readonly string[] | null }) =>
    heldOf(endpoint, true).filter(({ event }) => ids === null || ids.includes(event.id));
  const told = (endpoint: string, letters: readonly HeldEvent[]) => {
    const known = webhooks.get(endpoint);
    if (known && letters.length > 0) known.revision += 1;
    return letters.map(({ event }) => event);
  };

  return {
    begin: ({ endpoint, holder, cursor }) =>
      reading(() => {
        const made = { cursor, disabled: null, revision: 0, deliveredAt: null, held: new Map() };
        const known = { ...made, ...webhooks.get(endpoint), holder };
        webhooks.set(endpoint, known);
        return markOf(known);
      }),
    held: (endpoint) =>
      reading(() => ({
        waiting: heldOf(endpoint, false),
        dead: heldOf(endpoint, true).map(({ event }) => event.position),
      })),
    save: ({ endpoint, holder, cursor, put, remove, erased, deliveredAt, disabled }) =>
      reading(() => {
        const known = webhooks.get(endpoint);
        if (known?.holder !== holder) return null;
        Object.assign(
          known,
          { cursor },
          deliveredAt && { deliveredAt },
          disabled === null ? {} : { disabled },
        );
        for (const held of put) known.held.set(held.event.position, structuredClone(held));
        for (const position of remove) known.held.delete(position);
        const gone = heldOf(endpoint, true).filter(
          ({ event }) => event.sessionId !== null && erased.includes(event.sessionId),
        );
        for (const { event } of gone) known.held.delete(event.position);
        return gone.length;
      }),
    mark: (endpoint) =>
      reading(() => {
        const known = webhooks.get(endpoint);
        return known ? markOf(known) : null;
      }),
    list: () =>
      reading(() =>
        [...webhooks]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([endpoint, known]) => ({
            endpoint,
            ...markOf(known),
            deliveredAt: known.deliveredAt,
            waiting: heldOf(endpoint, false).length,
            dead: heldOf(endpoint, true).length,
            failure: heldOf(endpoint, false).find(({ failure }) => failure !== null)?.failure ?? null,
          })),
      ),
    deadLetters: ({ endpoint, after, limit }) =>
      reading(() =>
        heldOf(endpoint, true)
          .filter(({ event }) => event.position > (after ?? ''))
          .slice(0, limit),
      ),
    revive: (letters) =>
      reading(() => {
        const { endpoint, now } = letters;
        const found = deadOf(letters);
        const anew = { since: now, dueAt: now, attempts: 0, failure: null, deadAt: null };
        for (const held of found) webhooks.get(endpoint)?.held.set(held.event.position, { ...held, ...anew });
        return told(endpoint, found);
      }),
    discard: (letters) =>
      reading(() => {
        const found = deadOf(letters);
        for (const { event } of found) webhooks.get(letters.endpoint)?.held.delete(event.position);
        return told(letters.endpoint, found);
      }),
    enable: (endpoint) =>
      reading(() => {
        const known = webhooks.get(endpoint);
        if (known) Object.assign(known, { disabled: null, revision: known.revision + 1 });
        return known !== undefined;
      }),
    forget: (endpoint) => reading(() => webhooks.delete(endpoint)),
  };
}
