import { nextSlice } from '../in-slices.js';
import type { Later } from '../later.js';
import { leftAtOnce } from '../left-at-once.js';
import { checkAgentId, checkSessionId } from '../sessions/names.js';
import { headAt, type SessionProgress } from '../sessions/session-cursor.js';
import { type Change, HistoryLost, type Position } from '../sessions/session-store.js';
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
  withCursor,
} from './follow.js';
import type { Following, HubItem } from './following.js';
import type { LiveEvent, LiveEvents } from './live-events.js';
import { createProgressCursors } from './progress-cursor.js';
import { createSessionFollower, type SessionScope, scopeToJson } from './session-follower.js';

export type FollowSession = SessionScope & {
  /** The cursor to resume after; null: from now on. */
  after: string | null;
  reader: SlowReader;
  /** Who gives the live events once the follower has caught up; null: the follower itself. */
  handOver: HandOver | null;
  /** Whose turn it is that the history is read in. */
  share: string;
};

type Follower = ReturnType<typeof createSessionFollower>;

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
  const { sessionId, handOver } = request;
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
    if (resumed) {
      if (yield* resume(deps, sessionId, follower)) return;
      // At the reader's own pace first, while nothing queues up; then what came meanwhile.
      if (yield* replay(deps, request, follower, hub.position(), signal)) return;
      following = listen();
      if (yield* replay(deps, request, follower, following.position, signal)) return;
      yield* follower.replies();
    } else {
      following = listen();
      progress.position = following.position;
      const sessionExists = await follower.catchUpSilently();
      await turnFor(progress);
      yield [follower.event({ type: 'Ready', sessionExists, resumed: false })];
      yield* follower.replies();
    }
    if (!handOver) {
      yield* live(deps, follower, following, signal);
      return;
    }
    // No turn may pass between finding nothing queued and nothing lacking, and handing over.
    while (!signal.aborted) {
      let items = following.takeQueued();
      if (items.length === 0 && handOver.isBehind(follower.standing)) {
        items = await following.take();
        if (items.length === 0) return;
      }
      const lacking = items.length === 0 ? handOver.lacking(follower.standing) : [];
      const replies = items.length === 0 ? handOver.lackingReplies(follower.standing) : [];
      if (items.length + lacking.length + replies.length === 0) break;
      if (yield* told(deps, follower, items)) return;
      yield* follower.missing(lacking);
      for (const replyId of replies) yield* follower.replyChanged(replyId);
    }
    following.close();
    if (signal.aborted) return;
    handOver.join(follower.standing, () => followOn(deps, request, progress), signal);
  } catch (error) {
    if (signal.aborted) return;
    throw withCursor(error, follower.cursor);
  } finally {
    following?.close();
  }
}

/** Agents from which on it takes a part of a millisecond and more to seal where a reader stands. */
const MANY_AGENTS = 50;

/** Those who wait for one read have its answer in the same moment: of many agents each of them says where it stands in a turn of its own. */
async function turnFor({ heads }: SessionProgress): Promise<void> {
  if (heads.size > MANY_AGENTS) await nextSlice();
}

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

/** Ready, then what no longer holds of what the cursor knows. True where the session is gone: the feed has ended. */
async function* resume(
  deps: FollowDeps,
  sessionId: string,
  follower: Follower,
): AsyncGenerator<readonly LiveEvent[], boolean> {
  const { progress } = follower;
  const session = await follower.visibleSession();
  if (!session && progress.createdAt !== null) {
    yield [follower.event({ type: 'Ready', sessionExists: false, resumed: true })];
    yield [follower.event({ type: 'SessionDeleted', sessionId })];
    return true;
  }
  const position = deps.hub.position();
  const createdAt = session?.createdAt?.getTime() ?? null;
  if (progress.createdAt !== null && progress.createdAt !== createdAt) {
    await follower.catchUpSilently();
    await turnFor(progress);
    progress.position = position;
    yield [follower.event({ type: 'Ready', sessionExists: true, resumed: false })];
    yield [follower.resync('SESSION_RECREATED')];
    return false;
  }
  const changed = await rewrittenAgents(deps, sessionId, progress);
  await turnFor(progress);
  yield [follower.event({ type: 'Ready', sessionExists: session !== null, resumed: true })];
  for (const agentId of changed) yield* follower.rewritten(agentId, position);
  if (!(await inHistory(deps, sessionId, progress.position))) {
    yield* follower.reload(position);
  }
  return false;
}

/** The agents whose last message that the cursor knows is no longer the one it was. */
async function rewrittenAgents(
  deps: FollowDeps,
  sessionId: string,
  progress: SessionProgress,
): Promise<string[]> {
  const heads = [...progress.heads];
  if (heads.length === 0) return [];
  const messages = await Promise.all(
    heads.map(([agentId, head]) => deps.loads.message({ sessionId, agentId, position: head.count - 1 }, [])),
  );
  return heads.flatMap(([agentId, head], index) => {
    const message = messages[index];
    return message && headAt(message).last === head.last ? [] : [agentId];
  });
}

/** What happened up to `until`, from the history, or from the data where that is gone. True where the session was removed. */
async function* replay(
  deps: FollowDeps,
  { sessionId, share }: Pick<FollowSession, 'sessionId' | 'share'>,
  follower: Follower,
  until: Position,
  signal: AbortSignal,
): AsyncGenerator<readonly LiveEvent[], boolean> {
  const { progress } = follower;
  while (progress.position < until && !signal.aborted) {
    try {
      const page = await patiently(deps, signal, () =>
        deps.hub.history(sessionId, progress.position, until, share),
      );
      for await (const events of follower.events(page.changes)) {
        yield events;
        if (endsFeed(events)) return true;
      }
      progress.position = page.done ? until : page.position;
    } catch (error) {
      if (!(error instanceof HistoryLost)) throw error;
      yield* follower.reload(until);
    }
  }
  return false;
}

const OVER: IteratorResult<readonly LiveEvent[]> = { value: undefined, done: true };

/**
 * What comes, as it comes. No generator: a reply that grows is all that most turns bring, and to be handed on from generator to generator
 * would cost the most of it.
 */
function live(deps: FollowDeps, follower: Follower, following: Following, signal: AbortSignal): LiveEvents {
  /** What is left to be told of what was taken last. */
  let telling: ReturnType<typeof told> | null = null;

  const next = () => (telling ? goOn(telling) : following.ready().then(taken));

  function end(): typeof OVER {
    following.close();
    return OVER;
  }

  function failed(error: unknown): typeof OVER {
    end();
    if (!signal.aborted) throw withCursor(error, follower.cursor);
    return OVER;
  }

  function taken(): Later<IteratorResult<readonly LiveEvent[]>> {
    try {
      const items = following.takeQueued();
      const [first] = items;
      if (!first) return end();
      const grown = items.length === 1 && first.type === 'reply' ? follower.grown(first.replyId) : null;
      if (grown && grown.length > 0) return { value: grown, done: false };
      if (!grown) telling = told(deps, follower, items);
    } catch (error) {
      return failed(error);
    }
    return next();
  }

  async function goOn(some: NonNullable<typeof telling>): Promise<IteratorResult<readonly LiveEvent[]>> {
    try {
      const { value, done } = await some.next();
      if (!done) return { value, done: false };
      telling = null;
      if (value) return end();
    } catch (error) {
      return failed(error);
    }
    return next();
  }

  return leftAtOnce({
    next,
    async leave() {
      end();
      await telling?.return(false);
    },
  });
}

/** The events of what the hub gave. True where the session was removed. */
async function* told(
  deps: FollowDeps,
  follower: Follower,
  items: readonly HubItem[],
): AsyncGenerator<readonly LiveEvent[], boolean> {
  for (const run of runs(items)) {
    if (Array.isArray(run)) {
      for await (const events of follower.events(run)) {
        yield events;
        if (endsFeed(events)) return true;
      }
    } else if (run.type === 'reply') {
      yield* follower.replyChanged(run.replyId);
    } else if (run.type === 'lost') {
      yield* follower.reload(deps.hub.position());
    } else {
      yield [
        follower.event(
          run.type === 'degraded' ? { type: 'Degraded', detail: run.reason } : { type: 'Restored' },
        ),
      ];
    }
  }
  return false;
}

const endsFeed = (events: readonly LiveEvent[]) => events.at(-1)?.type === 'SessionDeleted';

/** The changes that stand together as one list each, what the feed says of itself between them. */
function runs(items: readonly HubItem[]): (Change[] | Exclude<HubItem, { type: 'change' }>)[] {
  const found: ReturnType<typeof runs> = [];
  for (const item of items) {
    const last = found.at(-1);
    if (item.type !== 'change') found.push(item);
    else if (Array.isArray(last)) last.push(item.change);
    else found.push([item.change]);
  }
  return found;
}
