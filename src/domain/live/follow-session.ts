import { checkAgentId, checkSessionId } from '../sessions/names.js';
import type { SessionProgress } from '../sessions/session-cursor.js';
import {
  createSlowReader,
  ending,
  type FollowDeps,
  followUntil,
  type HandOver,
  invalidScope,
  type SlowReader,
  withCursor,
} from './follow.js';
import type { Following } from './following.js';
import type { LiveEvents } from './live-events.js';
import { live, told } from './live-session.js';
import { createProgressCursors } from './progress-cursor.js';
import { replay, resume, turnFor } from './resume-session.js';
import { createSessionFollower, type SessionFollower } from './session-follower.js';
import { type SessionScope, scopeToJson } from './session-scope.js';

export type FollowSession = SessionScope & {
  /** The cursor to resume after; null: from now on. */
  after: string | null;
  reader: SlowReader;
  /** Who gives the live events once the follower has caught up; null: the follower itself. */
  handOver: HandOver | null;
  /** Whose turn it is that the history is read in. */
  share: string;
};

/**
 * A session's events: Ready first, then with `after` all that was missed, then live ones, without a gap between. Ends
 * after SessionDeleted. Throws INVALID_NAME, INVALID_CURSOR and the store's errors before Ready, SUBSCRIBER_TOO_SLOW with the cursor
 * to resume from at any time.
 */
export function followSession(deps: FollowDeps, request: FollowSession): LiveEvents {
  checkSessionId(request.sessionId);
  if (request.agentId !== null) checkAgentId(request.agentId);
  const progress = openProgress(deps, request);
  return ending((signal) => follow(deps, request, progress, signal));
}

function openProgress(deps: FollowDeps, request: FollowSession): SessionProgress | null {
  if (request.after === null) return null;
  const progress = createProgressCursors(deps.cursors, scopeToJson(request)).open(request.after);
  if (!progress) throw invalidScope();
  return progress;
}

async function* follow(
  deps: FollowDeps,
  request: FollowSession,
  resumed: SessionProgress | null,
  signal: AbortSignal,
): LiveEvents {
  const { hub } = deps;
  const { sessionId, after, handOver } = request;
  const progress: SessionProgress = resumed ?? {
    position: '',
    createdAt: null,
    heads: new Map(),
    replies: new Map(),
  };
  const follower = createSessionFollower(deps, request, progress, signal);
  const listen = () => followUntil(hub, sessionId, signal, request.reader, openOf(deps, request));
  let following: Following | undefined;

  try {
    if (resumed && after !== null) {
      if (yield* resume(deps, { sessionId, after }, follower, signal)) return;
      // At the reader's own pace first, while nothing queues up; then what came meanwhile.
      if (yield* replay(deps, request, follower, hub.position(), signal)) return;
      following = listen();
      if (yield* replay(deps, request, follower, following.position, signal)) return;
      yield* follower.replies.now();
    } else {
      following = listen();
      progress.position = following.position;
      const sessionExists = await follower.data.catchUpSilently();
      await turnFor(progress);
      yield [follower.at.event({ type: 'Ready', sessionExists, resumed: false })];
      yield* follower.replies.now();
    }
    if (!handOver) {
      yield* live(deps, follower, following, signal);
      return;
    }
    // No turn may pass between finding nothing queued and nothing lacking, and handing over.
    for (let inVain = false; !signal.aborted; ) {
      let items = following.takeQueued();
      if (items.length === 0 && (inVain || handOver.isBehind(follower.at.standing))) {
        items = await following.take();
        if (items.length === 0) return;
      }
      const [agents, replies] = items.length === 0 ? lacking(handOver, follower) : NOTHING;
      if (items.length + agents.length + replies.length === 0) break;
      if (yield* told(hub, follower, items)) return;
      yield* follower.data.missing(agents);
      for (const replyId of replies) yield* follower.replies.changed(replyId);
      // What the feed has told and the data does not have, as of a session that is gone: no further reading brings it, but what comes.
      inVain = items.length === 0 && lacking(handOver, follower).some(({ length }) => length > 0);
    }
    following.close();
    if (signal.aborted) return;
    handOver.join(follower.at.standing, () => followOn(deps, request, progress), signal);
  } catch (error) {
    if (signal.aborted) return;
    throw withCursor(error, follower.at.cursor);
  } finally {
    following?.close();
  }
}

/** Agents and replies. */
type Lacking = readonly [readonly string[], readonly string[]];
const NOTHING: Lacking = [[], []];

const lacking = (handOver: HandOver, { at: { standing } }: SessionFollower): Lacking => [
  handOver.lacking(standing),
  handOver.lackingReplies(standing),
];

const openOf = (deps: FollowDeps, { replies }: SessionScope) => (replies ? deps.replies.open : null);

/** The live feed from where a reader stands. */
function followOn(deps: FollowDeps, scope: SessionScope, standing: SessionProgress): LiveEvents {
  const progress = {
    ...standing,
    heads: new Map(standing.heads),
    replies: new Map([...standing.replies].map(([replyId, place]) => [replyId, { ...place }])),
  };
  return ending((signal) => {
    const follower = createSessionFollower(deps, scope, progress, signal);
    const following = followUntil(deps.hub, scope.sessionId, signal, createSlowReader(), openOf(deps, scope));
    return live(deps, follower, following, signal);
  });
}
