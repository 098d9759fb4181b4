import type { Pause } from '../async/pause.js';
import type { SessionStore } from '../sessions/session-store.js';
import { createOpenReplies, type OpenReplies } from './open-replies.js';
import { createReplyBatches } from './reply-batches.js';
import { createReplyService, type ReplyService } from './reply-service.js';
import type { ReplyStore } from './reply-store.js';
import { startReplyUpkeep } from './reply-upkeep.js';

/** The replies of one process: what may be done with them, and what is followed of them. */
export interface Replies {
  readonly service: ReplyService;
  readonly open: OpenReplies;
  start(): void;
  /** Keeps what is not durable yet. */
  stop(): Promise<void>;
}

export interface RepliesOptions {
  store: ReplyStore;
  sessions: Pick<SessionStore, 'loadMessages'>;
  pause: Pause;
  now: () => Date;
  random: () => number;
  randomBytes: (length: number) => Buffer;
  newId: () => string;
  onFailure: (error: unknown) => void;
  /** What replies may take in memory, in characters, beside what is not durable yet; absent: 128 MB at most. */
  mostHeld?: number;
}

const MOST_HELD = 64 * 1024 * 1024;

export function createReplies(options: RepliesOptions): Replies {
  const { store, pause, now, random, onFailure, mostHeld = MOST_HELD } = options;
  const open = createOpenReplies(store, { now: () => now().getTime(), most: mostHeld });
  const batches = createReplyBatches({ store, replies: open, pause, onFailure });
  let upkeep: ReturnType<typeof startReplyUpkeep> | null = null;
  return {
    service: createReplyService({ ...options, replies: open, batches }),
    open,
    start() {
      upkeep ??= startReplyUpkeep({ store, replies: open, pause, random, onFailure });
    },
    async stop() {
      await batches.close();
      await upkeep?.stop();
    },
  };
}
