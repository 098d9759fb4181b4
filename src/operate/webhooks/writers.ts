import { makerOf } from '../../domain/fairness/shares.js';
import { createLru } from '../../domain/lru.js';

/** Who has written to which session lately, through this process: an endpoint's events are sent caller by caller. */
export interface Writers {
  /** `caller`: in one word, as `callerKey` says it. */
  note(sessionId: string, caller: string): void;
  /** Whose share its events are of; empty where that is not known. */
  of(sessionId: string): string;
  /** Tells of each session of which it has become known; the result ends that. */
  onKnown(told: (sessionId: string) => void): () => void;
}

const REMEMBERED = 20_000;

export function createWriters(): Writers {
  const writers = createLru<string, string>(REMEMBERED);
  const listeners = new Set<(sessionId: string) => void>();
  return {
    note(sessionId, caller) {
      const writer = makerOf(caller);
      if (writers.get(sessionId) === writer) return;
      writers.set(sessionId, writer);
      for (const told of listeners) told(sessionId);
    },
    of: (sessionId) => writers.get(sessionId) ?? '',
    onKnown(told) {
      listeners.add(told);
      return () => void listeners.delete(told);
    },
  };
}
