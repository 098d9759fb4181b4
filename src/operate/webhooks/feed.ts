import { ParleyError } from '../../domain/errors.js';
import {
  createSlowReader,
  type FollowDeps,
  followUntil,
  inHistory,
  patiently,
} from '../../domain/live/follow.js';
import type { Following } from '../../domain/live/following.js';
import { type Change, HistoryLost, type Position } from '../../domain/sessions/session-store.js';

/** The reader stands at `position` after it. `lost`: what was before it may have been missed. */
export interface Read {
  changes: readonly Change[];
  position: Position;
  lost: boolean;
}

export interface Feed {
  /** Every change after the position it was opened with, at the reader's pace. Ends when the signal aborts. */
  read(): AsyncGenerator<Read>;
  /** Where a reader stands that has read everything and waits; null where there is more to read. */
  idleAt(): Position | null;
}

/** Handed on at once at most: the ring may hold many. */
const PART = 200;

type Deps = Pick<FollowDeps, 'hub' | 'store' | 'pause' | 'random'>;

/**
 * From the history to what is live, and back where the reader takes too long for its queue: then what it has not taken is
 * dropped, and read again from the history.
 */
export function openFeed(deps: Deps, after: Position, signal: AbortSignal): Feed {
  const { hub } = deps;
  let at = after;
  let following: Following | null = null;
  let waits = false;

  const patient = <T>(read: () => Promise<T>) => patiently(deps, signal, read);
  const lost = (): Read => {
    at = hub.position();
    return { changes: [], position: at, lost: true };
  };

  function* inParts(all: readonly Change[], position: Position): Generator<Read> {
    const fresh = all.filter((change) => change.position > at);
    for (let start = 0; start < fresh.length; start += PART) {
      const changes = fresh.slice(start, start + PART);
      at = start + PART < fresh.length ? (changes.at(-1) as Change).position : position;
      yield { changes, position: at, lost: false };
    }
    if (position > at) at = position;
  }

  async function* replay(until: Position): AsyncGenerator<Read> {
    while (at < until && !signal.aborted) {
      try {
        const page = await patient(() => hub.history(null, at, until, 'webhooks'));
        yield* inParts(page.changes, page.done ? until : page.position);
      } catch (error) {
        if (!(error instanceof HistoryLost)) throw error;
        yield lost();
      }
    }
  }

  async function* live(from: Following): AsyncGenerator<Read> {
    for (;;) {
      waits = true;
      const items = await from.take().finally(() => {
        waits = false;
      });
      if (items.length === 0) return;
      const lostAt = items.findLastIndex(({ type }) => type === 'lost');
      if (lostAt !== -1) yield lost();
      // What came before it counts as missed: its positions may be those of a database that was put back since.
      const changes = items
        .slice(lostAt + 1)
        .flatMap((item) => (item.type === 'change' ? [item.change] : []));
      yield* inParts(changes, changes.at(-1)?.position ?? at);
    }
  }

  return {
    async *read() {
      if (!(await patient(() => inHistory(deps, null, at)))) yield lost();
      while (!signal.aborted) {
        yield* replay(hub.position());
        following = followUntil(hub, null, signal, createSlowReader());
        try {
          yield* replay(following.position);
          yield* live(following);
          // The feed itself has ended.
          return;
        } catch (error) {
          if (!(error instanceof ParleyError && error.code === 'SUBSCRIBER_TOO_SLOW')) throw error;
        } finally {
          following.close();
          following = null;
        }
      }
    },
    idleAt: () => (waits && following?.length === 0 ? hub.position() : null),
  };
}
