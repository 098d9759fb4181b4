import type { ReplyStanding, Standing } from '../../domain/live/follow.js';
import type { LiveEvent } from '../../domain/live/live-events.js';
import type { Message } from '../../domain/sessions/model.js';
import { type Head, isLast, NO_HEAD } from '../../domain/sessions/session-cursor.js';
import type { Position } from '../../domain/sessions/session-store.js';
import {
  type AheadReplies,
  advanceReplies,
  compareReply,
  differ,
  isReplyEvent,
  repliesAhead,
} from './reply-progress.js';

/**
 * How far a shared feed has come: what it has told of, or passes by because the one who opened it had seen it. Of each
 * agent in `counts` the first messages.
 */
export interface GroupProgress {
  position: Position;
  knowsSession: boolean;
  /** Of which it tells, as in `Standing`. */
  createdAt: number | null;
  counts: Map<string, number>;
  /** How far each reply in progress was told. */
  replies: Map<string, ReplyStanding>;
}

/** What a member has seen beyond its group: what it has read from the data before its change came by, or while the group was slow. */
export interface Ahead {
  position: Position;
  knowsSession: boolean;
  heads: Map<string, Head>;
  replies: AheadReplies;
}

export const openedAt = ({ position, knowsSession, createdAt, heads, replies }: Standing): GroupProgress => ({
  position,
  knowsSession,
  createdAt,
  counts: new Map([...heads].map(([agentId, { count }]) => [agentId, count])),
  replies: new Map([...replies].map(([replyId, told]) => [replyId, { ...told }])),
});

export function advance(progress: GroupProgress, event: LiveEvent): void {
  progress.position = event.position;
  if (isReplyEvent(event)) advanceReplies(progress.replies, event);
  const added = addedBy(event);
  if (added) progress.counts.set(added.agentId, added.position + 1);
  else if (event.type === 'SessionCreated') {
    progress.knowsSession = true;
    progress.createdAt = event.session.createdAt?.getTime() ?? null;
  } else if (event.type === 'Resync' && event.agentId !== null) {
    progress.counts.set(event.agentId, event.count);
  } else if (event.type === 'Resync' && event.reason === 'SESSION_RECREATED') {
    progress.knowsSession = true;
    progress.createdAt = event.createdAt;
    progress.counts.clear();
    progress.replies.clear();
  }
}

/**
 * Whether `standing` has yet to come by what the group starts behind, or has told from the data: that the session is there, how replies are. Of another
 * session that has had its id what happens to the one is nothing to the other: it is told by itself that it is gone, or that another is there.
 */
export const isBehind = (progress: GroupProgress, standing: Standing): boolean =>
  standing.position < progress.position ||
  (progress.knowsSession && !standing.knowsSession) ||
  isAnother(progress.createdAt, standing.createdAt) ||
  differ(progress.replies, standing);

const isAnother = (one: number | null, other: number | null) =>
  one !== null && other !== null && one !== other;

/** Agents of which the group is further than `standing`. */
export const lackingAgents = ({ counts }: GroupProgress, { heads }: Standing): string[] =>
  [...counts].flatMap(([agentId, count]) => ((heads.get(agentId)?.count ?? 0) < count ? [agentId] : []));

/** Replies that the group tells of, and `standing` has not looked at. */
export const lackingReplies = ({ replies }: GroupProgress, standing: Standing): string[] =>
  [...replies.keys()].filter((replyId) => !standing.replies.has(replyId) && !standing.over.has(replyId));

/** Null where the group is as far as `standing`. */
export function aheadOf(progress: GroupProgress, standing: Standing): Ahead | null {
  const { position, knowsSession, heads } = standing;
  const beyond = new Map<string, Head>();
  for (const [agentId, head] of heads) {
    if (head.count > (progress.counts.get(agentId) ?? 0)) beyond.set(agentId, head);
  }
  return stillAhead(
    {
      position,
      knowsSession: knowsSession && !progress.knowsSession,
      heads: beyond,
      replies: repliesAhead(progress.replies, standing),
    },
    progress.position,
  );
}

/**
 * What of an event of its group the member has yet to be told: all of it, null, or a piece; and what it has seen beyond the group after
 * it. `goOn`: its group can tell it nothing more. Messages are compared by their place, because either may have read them from the data
 * before their change came by; what the feed says of itself has no position of its own, and is told rather twice than not at all.
 */
export function compare(
  ahead: Ahead,
  event: LiveEvent,
): { untold: LiveEvent | 'goOn' | null; ahead: Ahead | null } {
  const later = event.position > ahead.position;
  const after = (isNew: boolean) => ({
    untold: isNew ? event : null,
    ahead: stillAhead(ahead, event.position),
  });
  const added = addedBy(event);
  if (added) {
    const { agentId } = added;
    const standing = isReplyEvent(event) ? ahead.replies.get(event.replyId) : undefined;
    // The group has told all of the reply, and the member has read beyond that: what was never kept.
    if (standing) return { untold: 'goOn', ahead };
    // A member that found the reply over was not told that it had begun: to it this is a message like others.
    const wasTold = standing !== null;
    if (isReplyEvent(event)) ahead.replies.delete(event.replyId);
    const head = ahead.heads.get(agentId) ?? NO_HEAD;
    const { count } = head;
    // What it had read in that place was lost with the server that alone had it: from its cursor it is told so.
    if (added.position + 1 === count && !isLast(head, added)) return { untold: 'goOn', ahead };
    // A reply that the group was not told of, and the member was, may be what has become this message.
    const ofReply = event.type === 'MessageAdded' && added.position >= count && knowsMore(ahead.replies);
    if (ofReply) return { untold: 'goOn', ahead };
    if (added.position + 1 >= count) ahead.heads.delete(agentId);
    const { untold, ahead: left } = after(added.position >= count);
    if (!untold || wasTold) return { untold, ahead: left };
    const { cursor, position } = event;
    return { untold: { type: 'MessageAdded', agentId, message: added, cursor, position }, ahead: left };
  }
  if (isReplyEvent(event)) {
    const untold = compareReply(ahead.replies, event);
    return { untold, ahead: stillAhead(ahead, event.position) };
  }
  switch (event.type) {
    case 'SessionCreated': {
      const isNew = later && !ahead.knowsSession;
      ahead.knowsSession = false;
      return after(isNew);
    }
    case 'SessionDeleted':
      return { untold: later ? event : null, ahead: later ? null : ahead };
    case 'Resync':
      if (event.agentId !== null) ahead.heads.delete(event.agentId);
      else if (event.reason === 'SESSION_RECREATED') {
        ahead.heads.clear();
        ahead.replies.clear();
      }
      return after(true);
    case 'Degraded':
    case 'Restored':
      return { untold: event, ahead };
    default:
      return after(later);
  }
}

const knowsMore = (replies: AheadReplies) => [...replies.values()].some((standing) => standing?.alone);

/** The message that the event brings as a new one. */
function addedBy(event: LiveEvent): Message | null {
  if (event.type === 'MessageAdded' || event.type === 'ReplyFinished') return event.message;
  return event.type === 'ReplyAborted' ? event.kept : null;
}

const stillAhead = (ahead: Ahead, position: Position): Ahead | null =>
  ahead.position > position || ahead.knowsSession || ahead.heads.size > 0 || ahead.replies.size > 0
    ? ahead
    : null;
