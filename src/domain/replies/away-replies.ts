import { isActive, type Reply } from './model.js';

/** Replies that go on, and that memory had no room for: next to nothing is kept of each. */
export interface AwayReplies {
  add(reply: Reply, text: { own: boolean; length: number }): void;
  /** It is in memory again, with so much text. Whether all of that is known to have come through this process. */
  back(reply: Reply, length: number): boolean;
  ofSessions(are: (sessionId: string) => boolean): Pick<Reply, 'sessionId' | 'replyId'>[];
  /** Forgets those that have been away since before, but for those of sessions that are `followed`. */
  tidy(before: number, followed: (sessionId: string) => boolean): void;
}

export function createAwayReplies(now: () => number): AwayReplies {
  const away = new Map<string, { reply: Reply; own: boolean; length: number; since: number }>();
  return {
    add(reply, { own, length }) {
      if (isActive(reply)) away.set(reply.replyId, { reply, own, length, since: now() });
    },
    back(reply, length) {
      const known = away.get(reply.replyId);
      away.delete(reply.replyId);
      return known?.own === true && known.length === length && known.reply.epoch === reply.epoch;
    },
    ofSessions: (are) =>
      [...away.values()].map(({ reply }) => reply).filter(({ sessionId }) => are(sessionId)),
    tidy(before, followed) {
      for (const [replyId, { reply, since }] of away) {
        if (since < before && !followed(reply.sessionId)) away.delete(replyId);
      }
    },
  };
}
