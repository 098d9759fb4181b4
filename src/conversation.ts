import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { pause } from './domain/async/pause.js';
import { type ChangeHub, createChangeHub } from './domain/live/change-hub.js';
import type { FollowDeps } from './domain/live/follow.js';
import { createLiveLoads } from './domain/live/live-loads.js';
import { createReplies, type Replies } from './domain/replies/replies.js';
import type { SessionService } from './domain/sessions/session-service.js';
import type { SessionStore } from './domain/sessions/session-store.js';
import type { Metrics } from './observe/metrics.js';
import { observedReplies } from './observe/observed-store.js';
import type { Tracing } from './observe/tracing.js';
import { randomBytes } from './random-bytes.js';
import { FEED_SILENCE_MS, QUEUE_LIMIT, REPLIES_HELD, RING_SIZE } from './server-limits.js';
import type { OpenedStore } from './stores/open-store.js';

export interface ConversationOptions {
  opened: OpenedStore;
  /** The sessions of `opened`, as they are observed. */
  store: SessionStore;
  service: SessionService;
  cursors: FollowDeps['cursors'];
  observe: { metrics: Metrics; tracing: Tracing };
  now: () => Date;
  log: Logger;
}

/** What a conversation is followed by, live: the feed of the database, replies in progress, and what events load. */
export function createConversation(options: ConversationOptions): {
  hub: ChangeHub;
  replies: Replies;
  follow: FollowDeps;
} {
  const { opened, store, service, cursors, observe, now, log } = options;
  const hub = createChangeHub({
    store,
    pause,
    now,
    random: Math.random,
    onFailure: (error) => log.warn({ err: error }, 'the change feed was interrupted'),
    onHeard: (lagMs) => observe.metrics.eventDelay(lagMs / 1_000),
    queueLimit: QUEUE_LIMIT,
    ringSize: RING_SIZE,
    silenceMs: FEED_SILENCE_MS,
  });
  const replies = createReplies({
    store: observedReplies(opened.replies, observe),
    sessions: store,
    pause,
    now,
    random: Math.random,
    randomBytes,
    newId: randomUUID,
    mostHeld: REPLIES_HELD,
    onFailure: (error) => log.warn({ err: error }, 'replies in progress could not be read or kept just now'),
  });
  const follow: FollowDeps = {
    store,
    hub,
    replies: { open: replies.open, list: opened.replies.list },
    loads: createLiveLoads({ ...service, loadFeedback: store.loadFeedback }),
    pause,
    random: Math.random,
    cursors,
  };
  return { hub, replies, follow };
}
