import type { Position } from '../../domain/sessions/session-store.js';
import type { HeldEvent, WebhookProgress } from '../../domain/webhook-store.js';

/** What of it is to be saved. */
export type Unsaved = Pick<WebhookProgress, 'cursor' | 'put' | 'remove' | 'erased' | 'deliveredAt'>;

/**
 * What an endpoint has come to since it was saved last. An event is open from when it is read until it was taken or the store holds it: the
 * cursor stays before the first that is open.
 */
export interface Ledger {
  /** Events come in the order of the feed. */
  open(position: Position): void;
  /** It was taken, or is nothing to tell. */
  close(position: Position): void;
  /** The store is to hold it. */
  put(held: HeldEvent): void;
  /** The store is to hold it no longer. */
  remove(position: Position): void;
  /** Dead letters of the session go. */
  erase(sessionId: string): void;
  taken(at: number): void;
  /** The feed was read up to here. */
  readTo(position: Position): void;
  /** Events that are open. */
  count(): number;
  /** What has changed since the last call; null where nothing has. */
  unsaved(): Unsaved | null;
  /** It could not be saved: the next call gives it again. */
  putBack(unsaved: Unsaved): void;
}

export function createLedger(cursor: Position): Ledger {
  let window: { position: Position; open: boolean }[] = [];
  let count = 0;
  let read = cursor;
  let passed = cursor;
  let saved = cursor;
  let takenAt: number | null = null;
  const put = new Map<Position, HeldEvent>();
  const remove = new Set<Position>();
  const erased = new Set<string>();

  function close(position: Position): void {
    const found = window.find((one) => one.position === position);
    if (!found?.open) return;
    found.open = false;
    count -= 1;
    const first = window.findIndex((one) => one.open);
    const closed = first === -1 ? window.length : first;
    passed = window[closed - 1]?.position ?? passed;
    window = window.slice(closed);
  }

  return {
    open(position) {
      window.push({ position, open: true });
      count += 1;
    },
    close,
    put(held) {
      const { position } = held.event;
      put.set(position, held);
      remove.delete(position);
      close(position);
    },
    remove(position) {
      put.delete(position);
      remove.add(position);
    },
    erase: (sessionId) => void erased.add(sessionId),
    taken(at) {
      takenAt = at;
    },
    readTo(position) {
      read = position;
    },
    count: () => count,
    unsaved() {
      if (count === 0) passed = read;
      if (passed === saved && put.size + remove.size + erased.size === 0) return null;
      const deliveredAt = takenAt === null ? null : new Date(takenAt);
      const unsaved = {
        cursor: passed,
        put: [...put.values()],
        remove: [...remove],
        erased: [...erased],
        deliveredAt,
      };
      saved = passed;
      takenAt = null;
      put.clear();
      remove.clear();
      erased.clear();
      return unsaved;
    },
    putBack(unsaved) {
      // No position: whatever comes next differs from it.
      saved = '';
      for (const held of unsaved.put) {
        const { position } = held.event;
        if (!put.has(position) && !remove.has(position)) put.set(position, held);
      }
      for (const position of unsaved.remove) if (!put.has(position)) remove.add(position);
      for (const sessionId of unsaved.erased) erased.add(sessionId);
      takenAt ??= unsaved.deliveredAt?.getTime() ?? null;
    },
  };
}
