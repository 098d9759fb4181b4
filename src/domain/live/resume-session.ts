import { nextSlice } from '../async/in-slices.js';
import { isLast, type SessionProgress } from '../sessions/session-cursor.js';
import { HistoryLost, type Position } from '../sessions/session-store.js';
import { type FollowDeps, inHistory, patiently } from './follow.js';
import { endsFeed, type LiveEvent } from './live-events.js';
import type { SessionFollower } from './session-follower.js';

/** Ready, then what no longer holds of what the cursor `after` knows. True where the session is gone: the feed has ended. */
export async function* resume(
  deps: FollowDeps,
  { sessionId, after }: { sessionId: string; after: string },
  follower: SessionFollower,
  signal: AbortSignal,
): AsyncGenerator<readonly LiveEvent[], boolean> {
  const { progress } = follower.at;
  const session = await follower.reach.visible();
  const known = progress.createdAt;
  const position = deps.hub.position();
  const isAnother = session !== null && known !== null && session.createdAt?.getTime() !== known;
  // That one may be gone as well by now.
  const exists = isAnother ? await follower.data.catchUpSilently() : session !== null;
  if (!exists && known !== null) {
    yield [follower.at.event({ type: 'Ready', sessionExists: false, resumed: true })];
    yield [follower.at.event({ type: 'SessionDeleted', sessionId })];
    return true;
  }
  if (isAnother) {
    follower.replies.forget(null);
    await turnFor(progress);
    progress.position = position;
    // With the cursor that it came with: whoever is cut off before the next event is told again why it does not go on.
    yield [{ cursor: after, position, type: 'Ready', sessionExists: true, resumed: false }];
    yield [follower.at.resync('SESSION_RECREATED')];
    return false;
  }
  const changed = await rewrittenAgents(deps, sessionId, progress);
  await turnFor(progress);
  yield [follower.at.event({ type: 'Ready', sessionExists: exists, resumed: true })];
  for (const agentId of changed) yield* follower.data.rewritten(agentId, position);
  if (await patiently(deps, signal, () => inHistory(deps, sessionId, progress.position))) return false;
  return yield* follower.data.reload(position);
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
  return heads.flatMap(([agentId, head], index) => (isLast(head, messages[index]) ? [] : [agentId]));
}

/** What happened up to `until`, from the history, or from the data where that is gone. True where the session was removed. */
export async function* replay(
  deps: FollowDeps,
  { sessionId, share }: { sessionId: string; share: string },
  follower: SessionFollower,
  until: Position,
  signal: AbortSignal,
): AsyncGenerator<readonly LiveEvent[], boolean> {
  const { progress } = follower.at;
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
      if (yield* follower.data.reload(until)) return true;
    }
  }
  return false;
}

/** Agents from which on it takes a part of a millisecond and more to seal where a reader stands. */
const MANY_AGENTS = 50;

/** Those who wait for one read have its answer in the same moment: of many agents each of them says where it stands in a turn of its own. */
export async function turnFor({ heads }: SessionProgress): Promise<void> {
  if (heads.size > MANY_AGENTS) await nextSlice();
}
