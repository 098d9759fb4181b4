import { createLru } from '../../domain/lru.js';
import { makerOf } from '../../domain/shares.js';

/** Who has written to which session lately, through this process: an endpoint's events are sent caller by caller. */
export interface Writers {
  /** `caller`: in one word, as `callerKey` says it. */
  note(sessionId: string, caller: string): void;
  /** Whose share its events are of; empty where that is not known. */
  of(sessionId: string): string;
}

const REMEMBERED = 20_000;

export function createWriters(): Writers {
  const writers = createLru<string, string>(REMEMBERED);
  return {
    note: (sessionId, caller) => writers.set(sessionId, makerOf(caller)),
    of: (sessionId) => writers.get(sessionId) ?? '',
  };
}
