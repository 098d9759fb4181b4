import type { Change, Position } from '../sessions/session-store.js';

/** Sessions of which it is known when they were last changed so that somebody may see them no more, or sees them now. */
const REMEMBERED = 5_000;

/** What may take a session out of a reach, or bring it into one. */
const MOVES: ReadonlySet<Change['kind']> = new Set<Change['kind']>([
  'session-created',
  'session-deleted',
  'session-changed',
  'metadata-changed',
]);

/** When sessions were last changed in what decides who may see them. */
export interface Moves {
  note(change: Change): void;
  /** Nothing is known of what was before. */
  restart(position: Position): void;
  /** Whether the session may have moved after this position. */
  since(sessionId: string, position: Position): boolean;
}

export function createMoves(most = REMEMBERED): Moves {
  /** The last one behind. */
  const last = new Map<string, Position>();
  let knownFrom: Position | null = null;
  return {
    note({ kind, sessionId, position }) {
      if (!MOVES.has(kind)) return;
      last.delete(sessionId);
      last.set(sessionId, position);
      const [oldest] = last.size > most ? last : [];
      if (!oldest) return;
      last.delete(oldest[0]);
      knownFrom = oldest[1];
    },
    restart(position) {
      last.clear();
      knownFrom = position;
    },
    since(sessionId, position) {
      const moved = last.get(sessionId);
      if (moved !== undefined) return moved > position;
      return knownFrom === null || knownFrom > position;
    },
  };
}
