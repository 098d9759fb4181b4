import type { Standing } from '../domain/live/follow.js';
import type { LiveEvent } from '../domain/live/live-events.js';
import type { Position } from '../domain/sessions/session-store.js';

/**
 * How far a shared feed has come: what it has told of, or passes by because the one who opened it had seen it. Of each
 * agent in `counts` the first messages.
 */
export interface GroupProgress {
  position: Position;
  knowsSession: boolean;
  counts: Map<string, number>;
}

/** What a member has seen beyond its group: what it has read from the data before its change came by, or while the group was slow. */
export interface Ahead {
  position: Position;
  knowsSession: boolean;
  counts: Map<string, number>;
}

export const openedAt = ({ position, knowsSession, heads }: Standing): GroupProgress => ({
  position,
  knowsSession,
  counts: new Map([...heads].map(([agentId, { count }]) => [agentId, count])),
});

export function advance(progress: GroupProgress, event: LiveEvent): void {
  progress.position = event.position;
  if (event.type === 'MessageAdded') progress.counts.set(event.message.agentId, event.message.position + 1);
  else if (event.type === 'SessionCreated') progress.knowsSession = true;
  else if (event.type === 'Resync' && event.agentId !== null) {
    progress.counts.set(event.agentId, event.count);
  } else if (event.type === 'Resync' && event.reason === 'SESSION_RECREATED') {
    progress.knowsSession = true;
    progress.counts.clear();
  }
}

/** Whether `standing` has yet to come by what the group starts behind, or has told from the data: that the session is there. */
export const isBehind = (progress: GroupProgress, { position, knowsSession }: Standing): boolean =>
  position < progress.position || (progress.knowsSession && !knowsSession);

/** Agents of which the group is further than `standing`. */
export const lackingAgents = ({ counts }: GroupProgress, { heads }: Standing): string[] =>
  [...counts].flatMap(([agentId, count]) => ((heads.get(agentId)?.count ?? 0) < count ? [agentId] : []));

/** Null where the group is as far as `standing`. */
export function aheadOf(progress: GroupProgress, { position, knowsSession, heads }: Standing): Ahead | null {
  const counts = new Map<string, number>();
  for (const [agentId, { count }] of heads) {
    if (count > (progress.counts.get(agentId) ?? 0)) counts.set(agentId, count);
  }
  return stillAhead(
    { position, knowsSession: knowsSession && !progress.knowsSession, counts },
    progress.position,
  );
}

/**
 * Whether the member has yet to be told an event of its group, and what it has seen beyond the group after it. Messages are
 * compared by their place, because either may have read them from the data before their change came by; what the feed says
 * of itself has no position of its own, and is told rather twice than not at all.
 */
export function compare(ahead: Ahead, event: LiveEvent): { isNew: boolean; ahead: Ahead | null } {
  const later = event.position > ahead.position;
  switch (event.type) {
    case 'MessageAdded': {
      const { agentId, position } = event.message;
      const count = ahead.counts.get(agentId) ?? 0;
      if (position + 1 >= count) ahead.counts.delete(agentId);
      return { isNew: position >= count, ahead: stillAhead(ahead, event.position) };
    }
    case 'SessionCreated': {
      const isNew = later && !ahead.knowsSession;
      ahead.knowsSession = false;
      return { isNew, ahead: stillAhead(ahead, event.position) };
    }
    case 'SessionDeleted':
      return { isNew: later, ahead: later ? null : ahead };
    case 'Resync':
      if (event.agentId !== null) ahead.counts.delete(event.agentId);
      else if (event.reason === 'SESSION_RECREATED') ahead.counts.clear();
      return { isNew: true, ahead: stillAhead(ahead, event.position) };
    case 'Degraded':
    case 'Restored':
      return { isNew: true, ahead };
    default:
      return { isNew: later, ahead: stillAhead(ahead, event.position) };
  }
}

const stillAhead = (ahead: Ahead, position: Position): Ahead | null =>
  ahead.position > position || ahead.knowsSession || ahead.counts.size > 0 ? ahead : null;
