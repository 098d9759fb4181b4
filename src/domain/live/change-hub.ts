import { backoff, type Pause } from '../async/pause.js';
import { isDefect, ParleyError } from '../errors.js';
import {
  type Change,
  HistoryLost,
  type LiveBatch,
  type Position,
  type SessionStore,
} from '../sessions/session-store.js';
import { createChangeRing } from './change-ring.js';
import { createFollowings, type Following } from './following.js';
import { createHistoryReads } from './history-reads.js';
import { createMoves } from './moves.js';

export interface FeedStatus {
  state: 'starting' | 'live' | 'degraded' | 'unavailable' | 'closed';
  /** Why it is not live. */
  reason: string | null;
  /** How old the last change was when it was handed on, in ms; 0 where all has been read. Null while the feed is not live. */
  lagMs: number | null;
  /** When the store was last heard of, with a change or without. */
  heardAt: Date | null;
  /** When the last change was handed on. */
  lastChangeAt: Date | null;
  followers: number;
  /** Changes that wait in the followers' queues: of all together, and in the longest. */
  queued: number;
  longestQueue: number;
}

/** The one feed of this process: reads the store's changes once and hands each to those who follow its session. */
export interface ChangeHub {
  /** Resolves when the feed is open, or has failed for the first time (it goes on trying). */
  start(): Promise<void>;
  /** Follows one session, or all (null). `onOverflow`: the follower has not taken its items; its queue has failed. */
  follow(sessionId: string | null, onOverflow: () => void): Following;
  /** Rises with every message that was changed: what was loaded under an earlier number may have been redacted since. */
  revision(): number;
  /**
   * Whether it is known that nothing has happened to the session after this position that decides who may see it. What is read of it may
   * be of later: whoever may see some sessions alone has to look then.
   */
  isUnmoved(sessionId: string, since: Position): boolean;
  /** Where the feed stands. LIVE_UNAVAILABLE where it has never been open. */
  position(): Position;
  /**
   * What happened between two positions, from memory where it reaches back, else from the store, in the caller's turn. `HistoryLost`.
   */
  history(
    sessionId: string | null,
    after: Position,
    until: Position,
    caller: string,
  ): Promise<{ changes: Change[]; position: Position; done: boolean }>;
  status(): FeedStatus;
  /** Ends every follower. */
  close(): Promise<void>;
}

export interface ChangeHubOptions {
  store: SessionStore;
  pause: Pause;
  now: () => Date;
  random: () => number;
  onFailure: (error: unknown) => void;
  /** Told with each batch of changes how old its last one was, in ms. */
  onHeard?: (lagMs: number) => void;
  /** Items a follower may leave untaken. */
  queueLimit: number;
  /** Changes kept in memory for those who reconnect. */
  ringSize: number;
  /** A feed that gives no sign of life for this long, in ms, is dead: within twice this time it is opened anew. */
  silenceMs: number;
}

const MAX_BACKOFF_MS = 5_000;
/** How often a change is read that no reader gets past. */
const MOST_TRIES = 3;

export function createChangeHub(options: ChangeHubOptions): ChangeHub {
  const { store, pause, now, random, onFailure, queueLimit, ringSize, silenceMs } = options;
  const stopping = new AbortController();
  const followings = createFollowings(queueLimit);
  const ring = createChangeRing(ringSize);
  const moves = createMoves();
  const readHistory = createHistoryReads(store);
  let position: Position | null = null;
  let state: FeedStatus['state'] = 'starting';
  let reason: string | null = null;
  let lastChangeAt: Date | null = null;
  let heardAt: Date | null = null;
  let signsOfLife = 0;
  let lagMs = 0;
  let revision = 0;
  let running: Promise<void> | null = null;

  function dispatch(changes: readonly Change[], upTo: Position): void {
    // After a reconnect the store may repeat what was handed on already.
    const fresh = changes.filter((change) => position === null || change.position > position);
    ring.add(fresh);
    if (fresh.length > 0) lastChangeAt = now();
    for (const change of fresh) {
      if (change.kind === 'message-updated' || change.kind === 'agent-rewritten') revision++;
      moves.note(change);
      followings.tell(change.sessionId, { type: 'change', change });
    }
    if (position === null || upTo > position) position = upTo;
  }

  function opened(at: Position, lost: boolean): void {
    if (position === null || lost) {
      ring.restart(at);
      moves.restart(at);
      position = at;
    }
    if (lost) followings.tellEveryone({ type: 'lost' });
  }

  function works(): void {
    if (state === 'degraded' || state === 'unavailable') followings.tellEveryone({ type: 'restored' });
    state = 'live';
    reason = null;
  }

  function failed(error: unknown): void {
    onFailure(error);
    const known = error instanceof ParleyError;
    reason = known ? error.message : 'The change feed failed; the log says why.';
    const next = known && error.code === 'LIVE_UNAVAILABLE' ? 'unavailable' : 'degraded';
    if (state !== next) followings.tellEveryone({ type: 'degraded', reason });
    state = next;
  }

  function heard({ committedAt }: LiveBatch): void {
    heardAt = now();
    signsOfLife++;
    lagMs = committedAt === null ? 0 : Math.max(0, heardAt.getTime() - committedAt);
    if (committedAt !== null) options.onHeard?.(lagMs);
  }

  /** Ends a feed that has fallen silent: its connection may hang where nothing is ever said of it. */
  async function watch(feed: AbortController): Promise<void> {
    while (!feed.signal.aborted) {
      const before = signsOfLife;
      await pause(silenceMs, feed.signal);
      if (feed.signal.aborted || signsOfLife !== before) continue;
      failed(new ParleyError('STORE_UNAVAILABLE', 'The change feed has fallen silent.'));
      feed.abort();
    }
  }

  async function run(onceTried: () => void): Promise<void> {
    let lost = false;
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      const feed = new AbortController();
      const end = () => feed.abort();
      stopping.signal.addEventListener('abort', end);
      try {
        let first = true;
        // That it opens is no proof: a feed whose every read fails opens, too, and would be restored and degraded without end.
        let proven = failures === 0;
        void watch(feed);
        for await (const batch of store.changes({ after: lost ? null : position, signal: feed.signal })) {
          if (feed.signal.aborted) break;
          heard(batch);
          proven ||= !first || batch.changes.length > 0;
          if (proven) {
            works();
            failures = 0;
          }
          if (first) opened(batch.position, lost);
          first = lost = false;
          dispatch(batch.changes, batch.position);
          onceTried();
        }
        if (!feed.signal.aborted) throw new ParleyError('STORE_UNAVAILABLE', 'The change feed ended.');
      } catch (error) {
        if (stopping.signal.aborted) break;
        // What cannot be read three times is never read: it is passed over, and every follower told.
        lost ||= error instanceof HistoryLost || (failures >= MOST_TRIES - 1 && isDefect(error));
        // Once it is lost it is opened at now; lost again before that has shown to work, the feed is broken.
        if (error instanceof HistoryLost && failures === 0) {
          onFailure(error);
          continue;
        }
        failed(error);
      } finally {
        stopping.signal.removeEventListener('abort', end);
        feed.abort();
      }
      onceTried();
      await pause(backoff(failures, MAX_BACKOFF_MS, random), stopping.signal);
    }
  }

  function openPosition(): Position {
    if (position !== null) return position;
    throw new ParleyError(
      'LIVE_UNAVAILABLE',
      reason ?? 'The change feed is not open yet. Try again in a moment.',
    );
  }

  return {
    start() {
      return new Promise((resolve) => {
        running ??= run(resolve);
      });
    },
    follow(sessionId, onOverflow) {
      const following = followings.open(sessionId, openPosition(), onOverflow);
      if (state === 'degraded' || state === 'unavailable')
        following.offer({ type: 'degraded', reason: reason ?? '' });
      return following;
    },
    revision: () => revision,
    isUnmoved: (sessionId, since) => state === 'live' && !moves.since(sessionId, since),
    position: openPosition,
    async history(sessionId, after, until, caller) {
      if (after >= until) return { changes: [], position: after, done: true };
      const recent = ring.since(sessionId, after);
      if (recent) {
        return { changes: recent.filter((change) => change.position <= until), position: until, done: true };
      }
      return readHistory(caller, { sessionId, after, until });
    },
    status() {
      const depths = followings.depths();
      return {
        state,
        reason,
        lagMs: state === 'live' ? lagMs : null,
        heardAt,
        lastChangeAt,
        followers: depths.length,
        queued: depths.reduce((sum, depth) => sum + depth, 0),
        longestQueue: depths.reduce((longest, depth) => Math.max(longest, depth), 0),
      };
    },
    async close() {
      stopping.abort();
      state = 'closed';
      followings.end();
      await running;
    },
  };
}
