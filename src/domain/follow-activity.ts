import type { Following } from './change-hub.js';
import { checkFilter } from './check-filter.js';
import { ParleyError } from './errors.js';
import {
  closable,
  type FollowDeps,
  followUntil,
  inHistory,
  invalidScope,
  patiently,
  type SlowReader,
} from './follow.js';
import { canonicalJson } from './idempotency.js';
import type { LiveEvent, LiveEventBody } from './live-events.js';
import type { Session } from './model.js';
import { type Change, HistoryLost, type Position, type SessionFilter } from './session-store.js';

const ACTIVITY_CURSOR = 'activity-feed';
/** Sessions asked for in one command. */
const LOOK_UP = 100;

export interface FollowActivity {
  filter: SessionFilter;
  /** The cursor to resume after; null: from now on. */
  after: string | null;
  reader: SlowReader;
}

/**
 * The sessions that change and match, as they are then: several changes that wait together are told once. Ready first,
 * then with `after` what was missed. Throws as `followSession` does.
 */
export function followActivity(deps: FollowDeps, request: FollowActivity): AsyncGenerator<LiveEvent> {
  checkFilter(request.filter);
  const ending = new AbortController();
  const start = request.after === null ? null : openPosition(deps, request.filter, request.after);
  return closable(follow(deps, request, start, ending.signal), () => ending.abort());
}

function openPosition(deps: FollowDeps, filter: SessionFilter, after: string): Position {
  const [scope, position] = deps.cursors.open(ACTIVITY_CURSOR, after) as [string, Position];
  if (scope !== canonicalJson(filter)) throw invalidScope();
  return position;
}

async function* follow(
  deps: FollowDeps,
  { filter, reader }: FollowActivity,
  resumed: Position | null,
  signal: AbortSignal,
): AsyncGenerator<LiveEvent> {
  const scope = canonicalJson(filter);
  const { hub } = deps;
  const listen = () => followUntil(hub, null, signal, reader);
  let position = resumed ?? hub.position();
  let following: Following | undefined;
  const cursor = () => deps.cursors.seal(ACTIVITY_CURSOR, [scope, position]);
  const event = (body: LiveEventBody): LiveEvent => ({ ...body, cursor: cursor() });

  /** In the order of each session's last change, so that a cursor never passes a session that was not told yet. */
  async function* tell(changes: readonly Change[]): AsyncGenerator<LiveEvent> {
    const fresh = changes.filter((change) => change.position > position);
    const latest = [...new Map(fresh.map((change) => [activityKey(change), change])).values()].sort((a, b) =>
      a.position < b.position ? -1 : 1,
    );
    for (let start = 0; start < latest.length; start += LOOK_UP) {
      const some = latest.slice(start, start + LOOK_UP);
      const matching = await patiently(deps, signal, () => matchingSessions(deps, filter, some));
      for (const change of some) {
        position = change.position;
        const { sessionId } = change;
        const session = matching.get(sessionId);
        if (change.kind === 'session-deleted') yield event({ type: 'SessionDeleted', sessionId });
        else if (session) yield event({ type: 'SessionChanged', session });
      }
    }
  }

  async function* replay(until: Position): AsyncGenerator<LiveEvent> {
    while (position < until && !signal.aborted) {
      try {
        const from = position;
        const page = await patiently(deps, signal, () => hub.history(null, from, until));
        yield* tell(page.changes);
        position = page.done ? until : page.position;
      } catch (error) {
        if (!(error instanceof HistoryLost)) throw error;
        position = until;
        yield event({ type: 'Resync', reason: 'HISTORY_GONE', agentId: null });
      }
    }
  }

  try {
    if (resumed !== null && !(await inHistory(deps, null, resumed))) {
      position = hub.position();
      yield event({ type: 'Ready', sessionExists: true });
      yield event({ type: 'Resync', reason: 'HISTORY_GONE', agentId: null });
    } else {
      yield event({ type: 'Ready', sessionExists: true });
    }
    // At the reader's own pace first, while nothing queues up; then what came meanwhile.
    yield* replay(hub.position());
    following = listen();
    yield* replay(following.position);
    for (let items = await following.take(); items.length > 0; items = await following.take()) {
      let changes: Change[] = [];
      for (const item of items) {
        if (item.type === 'change') {
          changes.push(item.change);
          continue;
        }
        yield* tell(changes);
        changes = [];
        if (item.type === 'lost') {
          position = hub.position();
          yield event({ type: 'Resync', reason: 'HISTORY_GONE', agentId: null });
        } else {
          yield event(
            item.type === 'degraded' ? { type: 'Degraded', reason: item.reason } : { type: 'Restored' },
          );
        }
      }
      yield* tell(changes);
    }
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof ParleyError) || error.code !== 'SUBSCRIBER_TOO_SLOW') throw error;
    throw new ParleyError(error.code, error.message, { details: { cursor: cursor() } });
  } finally {
    following?.close();
  }
}

/** A removal is told on its own, beside what happens to a later session of the same id. */
const activityKey = (change: Change) => `${change.kind === 'session-deleted'}:${change.sessionId}`;

/** Asked of the store, so that a filter means here what it means in a list. */
async function matchingSessions(
  deps: FollowDeps,
  filter: SessionFilter,
  changes: readonly Change[],
): Promise<Map<string, Session>> {
  const sessionIds = [
    ...new Set(
      changes.filter((change) => change.kind !== 'session-deleted').map((change) => change.sessionId),
    ),
  ];
  if (sessionIds.length === 0) return new Map();
  const { sessions } = await deps.store.findSessions({
    filter: { and: [{ sessionIds }, filter] },
    orderBy: { field: 'createdAt', direction: 'asc' },
    limit: sessionIds.length,
    backward: false,
    after: null,
    before: null,
  });
  return new Map(sessions.map((session) => [session.sessionId, session]));
}
