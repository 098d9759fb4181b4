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
  const { reader, handOver } = request;
  const progress = { position: resumed ?? hub.position() };
  const follower = createActivityFollower(deps, request, progress, signal);
  let following: Following | undefined;
  try {
    const known = resumed === null || (await inHistory(deps, null, resumed));
    if (!known) progress.position = hub.position();
    yield [follower.event({ type: 'Ready', sessionExists: true, resumed: resumed !== null && known })];
    if (!known) yield [follower.resync()];
    // At the reader's own pace first, while nothing queues up; then what came meanwhile.
    yield* replay(deps, request.share, follower, hub.position(), signal);
    following = followUntil(hub, null, signal, reader);
    yield* replay(deps, request.share, follower, following.position, signal);
    if (!handOver) {
      yield* live(follower, following);
      return;
    }
    const standing: Standing = {
      get position() {
        return progress.position;
      },
      knowsSession: true,
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
  } catch (error) {
    if (!signal.aborted) throw withCursor(error, follower.cursor, RESUMABLE);
  } finally {
    following?.close();
  }
}

/** The live feed from where a reader stands. */
function followOn(deps: FollowDeps, request: FollowActivity, position: Position): LiveEvents {
  return ending(async function* (signal) {
    const follower = createActivityFollower(deps, request, { position }, signal);
    const following = followUntil(deps.hub, null, signal, createSlowReader());
    try {
      yield* live(follower, following);
    } catch (error) {
      if (!signal.aborted) throw withCursor(error, follower.cursor, RESUMABLE);
    } finally {
      following.close();
    }
  });
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
