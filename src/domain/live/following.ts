import { ParleyError } from '../errors.js';
import type { Change, Position } from '../sessions/session-store.js';
import { BoundedQueue } from './bounded-queue.js';

/** What a follower is handed, in order. `lost`: changes before it may be missing; read the data again. */
export type HubItem =
  | { type: 'change'; change: Change }
  /** Something of this reply has changed, its text or what it is. */
  | { type: 'reply'; replyId: string }
  | { type: 'degraded'; reason: string }
  | { type: 'restored' }
  | { type: 'lost' };

/** One follower's queue; what is taken fails with SUBSCRIBER_TOO_SLOW past the limit. */
export interface Following
  extends Pick<BoundedQueue<HubItem>, 'take' | 'ready' | 'takeQueued' | 'length' | 'takes'> {
  /** Every later change comes through it. */
  readonly position: Position;
  /** Queues what the hub does not know of. */
  offer(item: HubItem): void;
  /** Drops what is queued; `take` rejects with SUBSCRIBER_TOO_SLOW. */
  overflow(): void;
  /** Called when it is closed, once. */
  onClose(left: () => void): void;
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

/** `queueLimit`: items that a follower may leave untaken. */
export function createFollowings(queueLimit: number): Followings {
  const bySession = new Map<string, Set<Follower>>();
  const ofAll = new Set<Follower>();
  let ended = false;

  const offer = (followers: Iterable<Follower> | undefined, item: HubItem) => {
    for (const follower of followers ?? []) follower.offer(item);
  };
  const everyone = () => [ofAll, ...bySession.values()];

  function leave(follower: Follower): void {
    const { sessionId } = follower;
    const followers = sessionId === null ? ofAll : bySession.get(sessionId);
    followers?.delete(follower);
    if (sessionId !== null && followers?.size === 0) bySession.delete(sessionId);
  }

  return {
    open(sessionId, position, onOverflow) {
      const follower = new Follower(queueLimit, sessionId, position, onOverflow, leave);
      if (ended) follower.end();
      const followers = sessionId === null ? ofAll : (bySession.get(sessionId) ?? new Set());
      if (sessionId !== null) bySession.set(sessionId, followers);
      followers.add(follower);
      return follower;
    },
    tell(sessionId, item) {
      offer(bySession.get(sessionId), item);
      offer(ofAll, item);
    },
    tellEveryone(item) {
      for (const followers of everyone()) offer(followers, item);
    },
    depths: () => everyone().flatMap((followers) => [...followers].map(({ length }) => length)),
    end() {
      ended = true;
      for (const followers of everyone()) for (const follower of followers) follower.end();
    },
  };
}

/** What is queued is looked at with each piece of a reply: the queue, and who it is of, are one object. */
class Follower extends BoundedQueue<HubItem> implements Following {
  private left: (() => void) | null = null;

  constructor(
    private readonly most: number,
    readonly sessionId: string | null,
    readonly position: Position,
    private readonly onOverflow: () => void,
    private readonly leave: (follower: Follower) => void,
  ) {
    super(most);
  }

  offer(item: HubItem): void {
    if (this.push(item)) return;
    this.overflow();
    this.onOverflow();
  }

  overflow(): void {
    this.fail(tooSlow(this.most));
  }

  onClose(left: () => void): void {
    this.left = left;
  }

  close(): void {
    const { left } = this;
    this.left = null;
    left?.();
    this.leave(this);
    this.end();
  }
}

const tooSlow = (limit: number) =>
  new ParleyError(
    'SUBSCRIBER_TOO_SLOW',
    `More than ${limit} events wait to be received. Resume with the cursor.`,
  );
