import { isActive, type Reply } from '../replies/model.js';
import type { OpenReplies, OpenReply } from '../replies/open-replies.js';
import type { Message } from '../sessions/model.js';
import type { Patiently } from './follow.js';
import type { LiveEvent, LiveEvents } from './live-events.js';
import type { ReplyFollower } from './reply-follower.js';
import type { SessionReach } from './session-reach.js';
import type { SessionStanding } from './session-standing.js';

/** What a follower of a session is told of its replies in progress; nothing where it did not ask for them. */
export interface SessionReplies {
  /** What there is to tell of all that are active. `anew`: what is in memory is not enough. */
  now(anew?: boolean): LiveEvents;
  /** Of one that has changed. */
  changed(replyId: string): LiveEvents;
  /** The same where the reply is in memory; null: it has to be waited for. */
  grown(replyId: string): LiveEvent[] | null;
  /** Finds out whether replies have become these messages, which are there. */
  learn(messages: readonly { agentId: string; position: number }[]): Promise<void>;
  /** A message that comes next: with the rest of the reply that has become it. */
  added(message: Message): Promise<LiveEvent[]>;
  /** What is known of the agent's replies, or of all, no longer holds. */
  forget(agentId: string | null): void;
}

interface SessionRepliesParts {
  open: Pick<OpenReplies, 'refresh' | 'peek'>;
  /** Null: they were not asked for. */
  follower: ReplyFollower | null;
  at: SessionStanding;
  reach: SessionReach;
  read: Patiently;
  /** Whether the agent's replies were asked for. */
  isWanted(agentId: string): boolean;
}

export function createSessionReplies(parts: SessionRepliesParts): SessionReplies {
  const { open, follower, at, reach, read, isWanted } = parts;
  const { progress, event } = at;

  function looked(replyId: string, found: OpenReply | null): LiveEvent[] {
    const told: LiveEvent[] = [];
    follower?.look(replyId, found, (body) => told.push(event(body)));
    return told;
  }

  /**
   * Nothing was told of it, and it may have become a message that the reader has, or be of a session that had the id before: memory may not know
   * that yet, and is not enough.
   */
  const mayBeOver = (reply: Reply) =>
    isActive(reply) &&
    !progress.replies.has(reply.replyId) &&
    (progress.heads.has(reply.agentId) || reply.startedAt.getTime() < (progress.createdAt ?? 0));

  function grown(replyId: string): LiveEvent[] | null {
    if (!follower || progress.createdAt === null) return [];
    const found = open.peek(replyId);
    // To read it is news of it by itself: whoever is told nothing of it would read it for ever.
    if (found && !isWanted(found.reply.agentId)) return [];
    if (isDoubtful(replyId)) return null;
    return found && !mayBeOver(found.reply) ? looked(replyId, found) : null;
  }

  /** What is told of replies comes beside the changes: one that begins may be of a session that has moved, and so may the rest of one. */
  const isDoubtful = (replyId: string) =>
    reach.mayMove && (!progress.replies.has(replyId) || reach.isDoubtful(progress.position));

  async function refreshed(replyId: string): Promise<LiveEvent[]> {
    const found = await read(() => open.refresh(replyId));
    return isDoubtful(replyId) && !(await reach.still(progress.createdAt)) ? [] : looked(replyId, found);
  }

  return {
    async *now(anew = false) {
      if (!follower || progress.createdAt === null) return;
      if (reach.limited) await reach.check();
      for await (const [replyId, found] of follower.all(anew, read)) {
        for (const told of looked(replyId, found)) yield [told];
      }
    },
    // Of a session that comes to be, its creation is told first, and its replies with it.
    async *changed(replyId) {
      const told = grown(replyId) ?? (await refreshed(replyId));
      if (told.length > 0) yield told;
    },
    grown,
    async learn(messages) {
      if (follower) await read(() => follower.learn(messages));
    },
    async added(message) {
      const reply = follower && (await read(() => follower.became(message)));
      const told: LiveEvent[] = [];
      reply?.rest((body) => told.push(event(body)));
      return [...told, at.told(message, reply?.end())];
    },
    forget(agentId) {
      follower?.forget(agentId);
    },
  };
}
