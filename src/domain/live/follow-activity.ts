import { ParleyError } from '../errors.js';
import { checkFilter } from '../sessions/check-filter.js';
import { canonicalJson } from '../sessions/idempotency.js';
import { HistoryLost, type Position } from '../sessions/session-store.js';
import {
  ACTIVITY_CURSOR,
  type ActivityAsked,
  activityScope,
  createActivityFollower,
} from './activity-follower.js';
import {
  createSlowReader,
  ending,
  type FollowDeps,
  followUntil,
  type HandOver,
  inHistory,
  invalidScope,
  patiently,
  type SlowReader,
  type Standing,
  withCursor,
} from './follow.js';
import type { Following } from './following.js';
import type { LiveEvents } from './live-events.js';

export interface FollowActivity extends ActivityAsked {
  /** The cursor to resume after; null: from now on. */
  after: string | null;
  reader: SlowReader;
  /** As in `FollowSession`. */
  handOver: HandOver | null;
}

/** It has come past what was looked at: whoever comes back after a look-up that took too long does not wait for that again. */
const RESUMABLE = ['SUBSCRIBER_TOO_SLOW', 'TIMEOUT'] as const;

type Follower = ReturnType<typeof createActivityFollower>;

/**
 * The sessions that change and match, as they are then. Ready first, then with `after` what was missed, then live.
 * Throws as `followSession` does.
 */
export function followActivity(deps: FollowDeps, request: FollowActivity): LiveEvents {
  checkFilter(request.filter);
  const resumed = request.after === null ? null : openPosition(deps, request, request.after);
  return ending((signal) => follow(deps, request, resumed, signal));
}

function openPosition(deps: FollowDeps, request: FollowActivity, after: string): Position {
  const [scope, position] = deps.cursors.open(ACTIVITY_CURSOR, after) as [string, Position];
  if (scope !== activityScope(request) && scope !== writtenOutScope(request)) throw invalidScope();
  return position;
}

/** As the cursors of earlier versions say it. */
function writtenOutScope({ filter, within }: FollowActivity): string {
  const unlimited = Object.keys(within).length === 0;
  return canonicalJson(unlimited ? filter : { and: [filter, within] });
}

async function* follow(
  deps: FollowDeps,
  request: FollowActivity,
  resumed: Position | null,
  signal: AbortSignal,
): LiveEvents {
  const { hub } = deps;
  const { reader, handOver, share } = request;
  const progress = { position: resumed ?? hub.position() };
  const follower = createActivityFollower(deps, request, progress, signal);
  try {
    const known = resumed === null || (await inHistory(deps, null, resumed));
    const position = hub.position();
    // With the cursor that it came with, where it does not go on: whoever is cut off before the next event is told again why.
    yield [follower.event({ type: 'Ready', sessionExists: true, resumed: resumed !== null && known })];
    if (!known) {
      progress.position = position;
      yield [follower.resync()];
    }
    yield* atOwnPace(deps, { share, follower, reader, signal }, async function* (following) {
      if (!handOver) {
        yield* live(follower, following);
        return;
      }
      const standing: Standing = {
        get position() {
          return progress.position;
        },
        knowsSession: true,
        createdAt: null,
        heads: new Map(),
        replies: new Map(),
        over: new Set(),
        cursor: () => follower.cursor(),
        ownCursor: () => follower.cursor(),
      };
      // No turn may pass between finding nothing queued and handing over.
      while (!signal.aborted) {
        let items = following.takeQueued();
        if (items.length === 0) {
          if (!handOver.isBehind(standing)) break;
          items = await following.take();
          if (items.length === 0) return;
        }
        yield* follower.told(items);
      }
      following.close();
      if (signal.aborted) return;
      handOver.join(standing, () => followOn(deps, request, progress.position), signal);
    });
  } catch (error) {
    if (!signal.aborted) throw withCursor(error, follower.cursor, RESUMABLE);
  }
}

/** The live feed from where a reader stands. */
function followOn(deps: FollowDeps, request: FollowActivity, position: Position): LiveEvents {
  return ending(async function* (signal) {
    const follower = createActivityFollower(deps, request, { position }, signal);
    const pace = { share: request.share, follower, reader: createSlowReader(), signal };
    try {
      yield* atOwnPace(deps, pace, (following) => live(follower, following));
    } catch (error) {
      if (!signal.aborted) throw withCursor(error, follower.cursor, RESUMABLE);
    }
  });
}

interface Pace {
  share: string;
  follower: Follower;
  /** Ends it where it overflows for another reason. */
  reader: SlowReader;
  signal: AbortSignal;
}

/**
 * `follow` what is live, after what was missed. What happens to all sessions is nothing that a follower has asked for: where more has
 * queued up than it has looked at, nobody is too slow, and it goes back to the history. Where nothing was missed the feed is followed
 * from the turn of the first `next` on.
 */
async function* atOwnPace(
  deps: FollowDeps,
  { share, follower, reader, signal }: Pace,
  follow: (following: Following) => LiveEvents,
): LiveEvents {
  for (;;) {
    // First, while nothing queues up; then what came meanwhile.
    yield* replay(deps, share, follower, deps.hub.position(), signal);
    const following = followUntil(deps.hub, null, signal, createSlowReader());
    const leave = reader.join(() => following.overflow());
    try {
      yield* follower.restored();
      yield* replay(deps, share, follower, following.position, signal);
      yield* follow(following);
      return;
    } catch (error) {
      const behind = error instanceof ParleyError && error.code === 'SUBSCRIBER_TOO_SLOW';
      if (!behind || reader.overflowed) throw error;
    } finally {
      leave();
      following.close();
    }
  }
}

async function* replay(
  deps: FollowDeps,
  share: string,
  follower: Follower,
  until: Position,
  signal: AbortSignal,
): LiveEvents {
  const { progress } = follower;
  while (progress.position < until && !signal.aborted) {
    try {
      const page = await patiently(deps, signal, () =>
        deps.hub.history(null, progress.position, until, share),
      );
      yield* follower.tell(page.changes);
      progress.position = page.done ? until : page.position;
    } catch (error) {
      if (!(error instanceof HistoryLost)) throw error;
      progress.position = until;
      yield [follower.resync()];
    }
  }
}

async function* live(follower: Follower, following: Following): LiveEvents {
  for (let items = await following.take(); items.length > 0; items = await following.take()) {
    yield* follower.told(items);
  }
}
