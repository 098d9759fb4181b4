import type { HubItem } from './change-hub.js';
import { type FollowDeps, patiently } from './follow.js';
import { canonicalJson } from './idempotency.js';
import type { EventParts, LiveEvent, LiveEventBody } from './live-events.js';
import { ifSmall } from './load-batches.js';
import type { Session } from './model.js';
import type { Change, Position, SessionFilter, SessionQuery } from './session-store.js';

/** The kind of cursor that a follower of the activity seals. */
export const ACTIVITY_CURSOR = 'activity-feed';
/** Sessions asked for in one command. */
const LOOK_UP = 100;

export interface ActivityAsked {
  filter: SessionFilter;
  tellsDeletion: (sessionId: string) => boolean;
  /** What of the sessions is shown; absent: all. */
  parts?: EventParts;
}

/** Turns changes of any session into events for one filter. Several changes of a session that wait together are told once. */
export function createActivityFollower(
  deps: FollowDeps,
  asked: ActivityAsked,
  progress: { position: Position },
  signal: AbortSignal,
) {
  const scope = canonicalJson(asked.filter);
  const cursor = () => deps.cursors.seal(ACTIVITY_CURSOR, [scope, progress.position]);
  const event = (body: LiveEventBody): LiveEvent => ({
    ...body,
    cursor: cursor(),
    position: progress.position,
  });
  const resync = () => event({ type: 'Resync', reason: 'HISTORY_GONE', agentId: null, count: 0 });

  /** In the order of each session's last change, so that a cursor never passes a session that was not told yet. */
  async function* tell(changes: readonly Change[]): AsyncGenerator<LiveEvent> {
    const fresh = changes.filter((change) => change.position > progress.position);
    const latest = [...new Map(fresh.map((change) => [activityKey(change), change])).values()].sort((a, b) =>
      a.position < b.position ? -1 : 1,
    );
    for (let start = 0, size = LOOK_UP; start < latest.length; ) {
      const some = latest.slice(start, start + size);
      const matching = await patiently(deps, signal, () => matchingSessions(deps, asked, some));
      if (!matching) {
        size = Math.ceil(some.length / 4);
        continue;
      }
      start += some.length;
      size = LOOK_UP;
      for (const change of some) {
        progress.position = change.position;
        const { sessionId } = change;
        const session = matching.get(sessionId);
        if (change.kind === 'session-deleted') {
          if (asked.tellsDeletion(sessionId)) yield event({ type: 'SessionDeleted', sessionId });
        } else if (session) yield event({ type: 'SessionChanged', session });
      }
    }
  }

  /** The events of what the hub gave. */
  async function* told(items: readonly HubItem[]): AsyncGenerator<LiveEvent> {
    let changes: Change[] = [];
    for (const item of items) {
      if (item.type === 'change') {
        changes.push(item.change);
        continue;
      }
      yield* tell(changes);
      changes = [];
      if (item.type === 'lost') {
        progress.position = deps.hub.position();
        yield resync();
      } else {
        yield event(
          item.type === 'degraded' ? { type: 'Degraded', detail: item.reason } : { type: 'Restored' },
        );
      }
    }
    yield* tell(changes);
  }

  return { cursor, event, resync, tell, told, progress };
}

/** A removal is told on its own, beside what happens to a later session of the same id. */
const activityKey = (change: Change) => `${change.kind === 'session-deleted'}:${change.sessionId}`;

/** Asked of the store, so that a filter means here what it means in a list. Null where several are large together. */
async function matchingSessions(
  { store }: FollowDeps,
  { filter, parts }: ActivityAsked,
  changes: readonly Change[],
): Promise<Map<string, Session> | null> {
  const sessionIds = [
    ...new Set(
      changes.filter((change) => change.kind !== 'session-deleted').map((change) => change.sessionId),
    ),
  ];
  if (sessionIds.length === 0) return new Map();
  const query: SessionQuery = {
    filter: { and: [{ sessionIds }, filter] },
    orderBy: { field: 'createdAt', direction: 'asc' },
    limit: sessionIds.length,
    backward: false,
    after: null,
    before: null,
    ...(parts ? { parts: parts.session } : {}),
  };
  const page =
    sessionIds.length === 1
      ? await store.findSessions(query)
      : await ifSmall((budget) => store.findSessions(query, budget));
  return page && new Map(page.sessions.map((session) => [session.sessionId, session]));
}
