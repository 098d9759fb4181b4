import type { Later } from '../async/later.js';
import { leftAtOnce } from '../async/left-at-once.js';
import type { Change } from '../sessions/session-store.js';
import type { ChangeHub } from './change-hub.js';
import { type FollowDeps, withCursor } from './follow.js';
import type { Following, HubItem } from './following.js';
import { endsFeed, type LiveEvent, type LiveEvents } from './live-events.js';
import type { SessionFollower } from './session-follower.js';

const OVER: IteratorResult<readonly LiveEvent[]> = { value: undefined, done: true };

/**
 * What comes, as it comes. No generator: a reply that grows is all that most turns bring, and to be handed on from generator to generator
 * would cost the most of it.
 */
export function live(
  { hub }: Pick<FollowDeps, 'hub'>,
  follower: SessionFollower,
  following: Following,
  signal: AbortSignal,
): LiveEvents {
  /** What is left to be told of what was taken last. */
  let telling: ReturnType<typeof told> | null = null;

  const next = () => (telling ? goOn(telling) : following.ready().then(taken));

  function end(): typeof OVER {
    following.close();
    return OVER;
  }

  function failed(error: unknown): typeof OVER {
    end();
    if (!signal.aborted) throw withCursor(error, follower.at.cursor);
    return OVER;
  }

  function taken(): Later<IteratorResult<readonly LiveEvent[]>> {
    try {
      const items = following.takeQueued();
      const [first] = items;
      if (!first) return end();
      const grown =
        items.length === 1 && first.type === 'reply' ? follower.replies.grown(first.replyId) : null;
      if (grown && grown.length > 0) return { value: grown, done: false };
      if (!grown) telling = told(hub, follower, items);
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
export async function* told(
  hub: Pick<ChangeHub, 'position'>,
  follower: SessionFollower,
  items: readonly HubItem[],
): AsyncGenerator<readonly LiveEvent[], boolean> {
  for (const run of runs(items)) {
    if (Array.isArray(run)) {
      for await (const events of follower.events(run)) {
        yield events;
        if (endsFeed(events)) return true;
      }
    } else if (run.type === 'reply') {
      yield* follower.replies.changed(run.replyId);
    } else if (run.type === 'lost') {
      if (yield* follower.data.reload(hub.position())) return true;
    } else {
      yield [
        follower.at.event(
          run.type === 'degraded' ? { type: 'Degraded', detail: run.reason } : { type: 'Restored' },
        ),
      ];
    }
  }
  return false;
}

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
