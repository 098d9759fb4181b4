import { ParleyError } from '../errors.js';
import type { Change, Position } from '../sessions/session-store.js';
import { type BoundedQueue, createBoundedQueue } from './bounded-queue.js';

/** What a follower is handed, in order. `lost`: changes before it may be missing; read the data again. */
export type HubItem =
  | { type: 'change'; change: Change }
  /** Something of this reply has changed, its text or what it is. */
  | { type: 'reply'; replyId: string }
  | { type: 'degraded'; reason: string }
  | { type: 'restored' }
  | { type: 'lost' };

/** One follower's queue. `position`: every later change comes through it. */
export interface Following {
  readonly position: Position;
  /** What has come since the last call, once there is something; empty at the end. SUBSCRIBER_TOO_SLOW past the limit. */
  take(): Promise<HubItem[]>;
  /** There when `takeQueued` gives what `take` would. */
  ready(): Promise<void>;
  /** What is queued now; empty where the follower has seen everything that the hub was given. */
  takeQueued(): HubItem[];
  /** How many wait to be taken. */
  queued(): number;
  /** How often they were taken: what was queued since the last time still waits. */
  takes(): number;
  /** Queues what the hub does not know of. */
  offer(item: HubItem): void;
  /** Drops what is queued; `take` rejects with SUBSCRIBER_TOO_SLOW. */
  overflow(): void;
  close(): void;
}

/** Who follows which session, or all of them. */
export interface Followings {
  /** `onOverflow`: the follower has not taken its items; its queue has failed. */
  open(sessionId: string | null, position: Position, onOverflow: () => void): Following;
  /** Queues it for those of the session, and for those of all. */
  tell(sessionId: string, item: HubItem): void;
  tellEveryone(item: HubItem): void;
  /** How many items wait for each. */
  depths(): number[];
  /** Ends all that are open, and all that are opened from now on. */
  end(): void;
}

interface Follower {
  queue: BoundedQueue<HubItem>;
  onOverflow: () => void;
}

/** `queueLimit`: items that a follower may leave untaken. */
export function createFollowings(queueLimit: number): Followings {
  const bySession = new Map<string, Set<Follower>>();
  const ofAll = new Set<Follower>();
  let ended = false;

  const offer = (followers: Iterable<Follower> | undefined, item: HubItem) => {
    for (const follower of followers ?? []) {
      if (follower.queue.push(item)) continue;
      follower.queue.fail(tooSlow(queueLimit));
      follower.onOverflow();
    }
  };
  const everyone = () => [ofAll, ...bySession.values()];

  return {
    open(sessionId, position, onOverflow) {
      const follower: Follower = { queue: createBoundedQueue<HubItem>(queueLimit), onOverflow };
      if (ended) follower.queue.end();
      const followers = sessionId === null ? ofAll : (bySession.get(sessionId) ?? new Set());
      if (sessionId !== null) bySession.set(sessionId, followers);
      followers.add(follower);
      return {
        position,
        take: () => follower.queue.take(),
        ready: () => follower.queue.ready(),
        takeQueued: () => follower.queue.takeQueued(),
        queued: () => follower.queue.length,
        takes: () => follower.queue.takes,
        offer: (item) => offer([follower], item),
        overflow: () => follower.queue.fail(tooSlow(queueLimit)),
        close() {
          followers.delete(follower);
          if (sessionId !== null && followers.size === 0 && bySession.get(sessionId) === followers) {
            bySession.delete(sessionId);
          }
          follower.queue.end();
        },
      };
    },
    tell(sessionId, item) {
      offer(bySession.get(sessionId), item);
      offer(ofAll, item);
    },
    tellEveryone(item) {
      for (const followers of everyone()) offer(followers, item);
    },
    depths: () => everyone().flatMap((followers) => [...followers].map(({ queue }) => queue.length)),
    end() {
      ended = true;
      for (const followers of everyone()) for (const follower of followers) follower.queue.end();
    },
  };
}

const tooSlow = (limit: number) =>
  new ParleyError(
    'SUBSCRIBER_TOO_SLOW',
    `More than ${limit} events wait to be received. Resume with the cursor.`,
  );
