import { createCallerSlots } from '../fairness/slots.js';
import type { HistoryQuery, SessionStore } from '../sessions/session-store.js';

/** Changes read from the store at once when a client has been away for longer than memory reaches. */
const HISTORY_PAGE = 500;
/** Reads of the store's history at the same time, of one caller and of all: on MongoDB each goes through all that was written meanwhile. */
const HISTORY_READERS = { ofCaller: 2, ofAll: 4 };

/**
 * Reads pages of the store's history for who has been away for longer than memory reaches, each in its caller's turn. Those of one caller who
 * come from the same place share one that is under way.
 */
export function createHistoryReads(store: Pick<SessionStore, 'history'>) {
  const slots = createCallerSlots(HISTORY_READERS);
  const pages = new Map<string, ReturnType<SessionStore['history']>>();

  return async (caller: string, asked: Omit<HistoryQuery, 'limit'>): ReturnType<SessionStore['history']> => {
    const key = JSON.stringify([caller, asked.sessionId, asked.after, asked.until]);
    const shared = pages.get(key);
    if (shared) return shared;
    const page = slots.run(caller, () => store.history({ ...asked, limit: HISTORY_PAGE }));
    pages.set(key, page);
    try {
      return await page;
    } finally {
      pages.delete(key);
    }
  };
}
