import type { Message } from '../sessions/model.js';
import { type Head, headAt, NO_HEAD, type SessionProgress } from '../sessions/session-cursor.js';
import { type FollowDeps, invalidScope, type Standing } from './follow.js';
import type { LiveEvent, LiveEventBody, ResyncReason } from './live-events.js';
import { createProgressCursors } from './progress-cursor.js';
import type { ReplyFollower } from './reply-follower.js';
import { type SessionScope, scopeToJson } from './session-scope.js';

/** Events that move a reader within a reply, and nowhere else. */
const GROWING: ReadonlySet<LiveEventBody['type']> = new Set([
  'ReplyStarted',
  'ReplyProgress',
  'ReplyRewound',
  'ReplyAbandoned',
  'ReplyResumed',
]);

/** Where the reader of a session stands, and its events with the cursors that resume behind them. */
export interface SessionStanding {
  readonly progress: SessionProgress;
  /** As the reader's group looks at it. */
  readonly standing: Standing;
  headOf(agentId: string): Head;
  cursor(): string;
  event(body: LiveEventBody): LiveEvent;
  resync(reason: ResyncReason, agentId?: string): LiveEvent;
  /** The message as the next of its agent; `body`: what is told of it, where that is more than that it was added. */
  told(message: Message, body?: LiveEventBody): LiveEvent;
}

export function createSessionStanding(
  deps: Pick<FollowDeps, 'cursors'>,
  scope: SessionScope,
  progress: SessionProgress,
  replies: ReplyFollower | null,
): SessionStanding {
  const cursors = createProgressCursors(deps.cursors, scopeToJson(scope));
  const cursor = () => cursors.seal(progress);
  const headOf = (agentId: string) => progress.heads.get(agentId) ?? NO_HEAD;
  const event = (body: LiveEventBody): LiveEvent => ({
    cursor: GROWING.has(body.type) ? cursors.sealPlaces(progress) : cursor(),
    position: progress.position,
    ...body,
  });

  const standing: Standing = {
    get position() {
      return progress.position;
    },
    get knowsSession() {
      return progress.createdAt !== null;
    },
    get createdAt() {
      return progress.createdAt;
    },
    get heads() {
      return progress.heads;
    },
    get replies() {
      return new Map(
        [...progress.replies].map(([replyId, { offset, blocks, abandoned }]) => [
          replyId,
          { offset, blocks, mark: replies?.texts.get(replyId), abandoned },
        ]),
      );
    },
    over: replies?.over ?? new Set(),
    // Whatever else has moved the reader has given an event, and its cursor was sealed then.
    cursor: () => cursors.sealPlaces(progress),
    ownCursor(cursor, agentIds, replyIds) {
      const shared = cursors.open(cursor);
      if (!shared) throw invalidScope();
      for (const agentId of agentIds) shared.heads.set(agentId, headOf(agentId));
      for (const replyId of replyIds) {
        const place = progress.replies.get(replyId);
        if (place) shared.replies.set(replyId, place);
        else shared.replies.delete(replyId);
      }
      const position = shared.position < progress.position ? progress.position : shared.position;
      return createProgressCursors(deps.cursors, scopeToJson(scope)).seal({
        ...shared,
        position,
        createdAt: shared.createdAt ?? progress.createdAt,
      });
    },
  };

  return {
    progress,
    standing,
    headOf,
    cursor,
    event,
    resync(reason, agentId) {
      const count = agentId === undefined ? 0 : headOf(agentId).count;
      return event({
        type: 'Resync',
        reason,
        agentId: agentId ?? null,
        count,
        createdAt: progress.createdAt,
      });
    },
    told(message, body) {
      const { agentId } = message;
      progress.heads.set(agentId, headAt(message));
      return event(body ?? { type: 'MessageAdded', agentId, message });
    },
  };
}
