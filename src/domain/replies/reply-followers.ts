import type { Reply } from './model.js';

/** Who follows the replies of which sessions. */
export interface ReplyFollowers {
  /** Something of this reply has changed. */
  wake(reply: Pick<Reply, 'sessionId' | 'replyId'>): void;
  /** `wake` is called in the turn in which anything of a reply of the session changes. The result leaves. */
  follow(sessionId: string, wake: (replyId: string) => void): () => void;
  isFollowed(sessionId: string): boolean;
  /** Those that are followed. */
  sessions(): string[];
}

export function createReplyFollowers(): ReplyFollowers {
  const followers = new Map<string, Set<(replyId: string) => void>>();
  return {
    wake({ sessionId, replyId }) {
      const ofSession = followers.get(sessionId);
      if (ofSession) for (const follower of ofSession) follower(replyId);
    },
    follow(sessionId, follower) {
      const ofSession = followers.get(sessionId) ?? new Set();
      followers.set(sessionId, ofSession);
      ofSession.add(follower);
      return () => {
        ofSession.delete(follower);
        if (ofSession.size === 0 && followers.get(sessionId) === ofSession) followers.delete(sessionId);
      };
    },
    isFollowed: (sessionId) => followers.has(sessionId),
    sessions: () => [...followers.keys()],
  };
}
