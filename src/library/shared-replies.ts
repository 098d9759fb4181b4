import { randomUUID } from 'node:crypto';
import { pause } from '../domain/async/pause.js';
import type { OpenReplies } from '../domain/replies/open-replies.js';
import { createReplies, type Replies } from '../domain/replies/replies.js';
import type { ReplyService } from '../domain/replies/reply-service.js';
import type { ReplyStore } from '../domain/replies/reply-store.js';

import { randomBytes } from '../random-bytes.js';
import type { OpenedStore } from '../stores/open-store.js';

export interface SharedReplies {
  service: ReplyService;
  /** What of them is in memory, and who follows it. */
  open: OpenReplies;
  /** Keeps what is not durable yet. To be called once, before the database is closed. */
  release(): Promise<void>;
}

const shared = new WeakMap<ReplyStore, { replies: Replies; users: number }>();

/** The replies of an open database: one of them in this process, however many sessions write to it. */
export function shareReplies({ replies: store, sessions }: OpenedStore): SharedReplies {
  const known = shared.get(store);
  const entry = known ?? { replies: startReplies(store, sessions), users: 0 };
  shared.set(store, entry);
  entry.users++;
  return {
    service: entry.replies.service,
    open: entry.replies.open,
    async release() {
      if (--entry.users > 0) return;
      shared.delete(store);
      await entry.replies.stop();
    },
  };
}

function startReplies(store: ReplyStore, sessions: OpenedStore['sessions']): Replies {
  const replies = createReplies({
    store,
    sessions,
    pause,
    now: () => new Date(),
    random: Math.random,
    randomBytes,
    newId: randomUUID,
    // Whoever writes learns of it by the next call.
    onFailure: () => {},
  });
  replies.start();
  return replies;
}
