import type { Change, Position } from '../sessions/session-store.js';

/**
 * The latest changes in memory, by identity alone, so that clients that reconnect after a short absence do not each
 * read the store's history.
 */
export interface ChangeRing {
  add(changes: readonly Change[]): void;
  /** Forgets everything: what comes next follows `position`. */
  restart(position: Position): void;
  /** The changes after `after`, of one session or of all; null where the ring does not reach back that far. */
  since(sessionId: string | null, after: Position): Change[] | null;
}

export function createChangeRing(limit: number): ChangeRing {
  let changes: Change[] = [];
  /** Everything later than this is in the ring. */
  let start: Position | null = null;

  return {
    add(added) {
      for (const change of added) changes.push(change);
      // Trimmed by halves, so that each change is moved once on average.
      if (changes.length > limit * 2) {
        const dropped = changes.slice(0, changes.length - limit);
        changes = changes.slice(changes.length - limit);
        start = dropped.at(-1)?.position ?? start;
      }
    },
    restart(position) {
      changes = [];
      start = position;
    },
    since(sessionId, after) {
      if (start === null || after < start) return null;
      return changes.filter(
        (change) => change.position > after && (sessionId === null || change.sessionId === sessionId),
      );
    },
  };
}
