import { createHash } from 'node:crypto';
import { ifSmall } from '../load-batches.js';
import { unbounded } from '../read-budget.js';
import { canonicalJson } from '../sessions/idempotency.js';
import type { Session } from '../sessions/model.js';
import { OLDEST_FIRST } from '../sessions/oldest-first.js';
import type {
  Change,
  Position,
  SessionFilter,
  SessionPart,
  SessionQuery,
} from '../sessions/session-store.js';
import { type FollowDeps, patiently } from './follow.js';
import type { HubItem } from './following.js';
import { lastingPart, leavingKinds } from './leaving.js';
import type { EventParts, LiveEvent, LiveEventBody, LiveEvents } from './live-events.js';

/** The kind of cursor that a follower of the activity seals. */
export const ACTIVITY_CURSOR = 'activity-feed';
/** Sessions asked for in one command. */
const LOOK_UP = 100;

export interface ActivityAsked {
  filter: SessionFilter;
  /** What the sessions must be for `filter` to be tried on them at all; `{}`: any. */
  within: SessionFilter;
  /** Whether the removal of a session may be told: of the session nothing is left by which to decide. */
  tellsDeletion: (removal: Change) => boolean;
  /** What of the sessions is shown; absent: all. */
  parts?: EventParts;
  /** Whose share of what may scan it is, and whose turn that the history is read in. */
  share: string;
}

/** What a cursor was given for: a digest, because a filter can be long, and what limits its caller is not told. */
export const activityScope = ({ filter, within }: Pick<ActivityAsked, 'filter' | 'within'>): string =>
  createHash('sha256')
    .update(canonicalJson([filter, within]))
    .digest('base64url')
    .slice(0, 22);

/**
 * Turns changes of any session into events for one filter. Several changes of a session that wait together are told once. What
 * the follower has told is not kept: a session that does not match, and may have before, is told to have left, whether it was
 * in the list or not.
 */
export function createActivityFollower(
  deps: FollowDeps,
  asked: ActivityAsked,
  progress: { position: Position },
  signal: AbortSignal,
) {
  const scope = activityScope(asked);
  const leaving = leavingKinds(asked.filter);
  const cursor = () => deps.cursors.seal(ACTIVITY_CURSOR, [scope, progress.position]);
  const event = (body: LiveEventBody): LiveEvent => ({
    cursor: cursor(),
    position: progress.position,
    ...body,
  });
  const resync = () =>
    event({ type: 'Resync', reason: 'HISTORY_GONE', agentId: null, count: 0, createdAt: null });

  /**
   * A session's last change, and its last that can have taken it out, each in its place: so that a cursor never passes what was
   * not told yet.
   */
  const entriesOf = (changes: readonly Change[]): Entry[] => {
    const last = new Map(changes.map((change) => [activityKey(change), { change, leaves: false }]));
    const left = new Map(
      changes
        .filter(({ kind }) => leaving.has(kind))
        .map((change) => [change.sessionId, { change, leaves: true }]),
    );
    return [...last.values(), ...left.values()].sort((a, b) =>
      a.change.position < b.change.position ? -1 : a.change.position > b.change.position ? 1 : 0,
    );
  };

  async function* tell(changes: readonly Change[]): LiveEvents {
    const entries = entriesOf(changes.filter((change) => change.position > progress.position));
    for (let start = 0, size = LOOK_UP; start < entries.length; ) {
      const some = entries.slice(start, start + size);
      const found = await patiently(deps, signal, () => lookUp(deps, asked, some));
      if (!found) {
        size = Math.ceil(some.length / 4);
        continue;
      }
      start += some.length;
      size = LOOK_UP;
      for (const { change, leaves } of some) {
        progress.position = change.position;
        const { sessionId } = change;
        const session = found.matching.get(sessionId);
        if (leaves) {
          if (found.left.has(sessionId)) yield [event({ type: 'SessionLeft', sessionId })];
        } else if (change.kind === 'session-deleted') {
          if (asked.tellsDeletion(change)) yield [event({ type: 'SessionDeleted', sessionId })];
        } else if (session) yield [event({ type: 'SessionChanged', session })];
      }
    }
  }

  /** Whether the last that was told of the feed is that it is degraded. */
  let degraded = false;

  /** The events of what the hub gave. */
  async function* told(items: readonly HubItem[]): LiveEvents {
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
        yield [resync()];
      } else {
        degraded = item.type === 'degraded';
        yield [
          event(item.type === 'degraded' ? { type: 'Degraded', detail: item.reason } : { type: 'Restored' }),
        ];
      }
    }
    yield* tell(changes);
  }

  /** Where that it works again was dropped with all that was queued. */
  function* restored(): Generator<LiveEvent[]> {
    if (!degraded || deps.hub.status().state !== 'live') return;
    degraded = false;
    yield [event({ type: 'Restored' })];
  }

  return { cursor, event, resync, tell, told, restored, progress };
}

/** A removal is told on its own, beside what happens to a later session of the same id. */
const activityKey = (change: Change) => `${change.kind === 'session-deleted'}:${change.sessionId}`;

interface Entry {
  change: Change;
  /** Whether it is looked at because it can have taken the session out of the list. */
  leaves: boolean;
}

interface Found {
  matching: ReadonlyMap<string, Session>;
  left: ReadonlySet<string>;
}

/** Asked of the store, so that a filter means here what it means in a list. Null where several are large together. */
async function lookUp(
  deps: FollowDeps,
  asked: ActivityAsked,
  entries: readonly Entry[],
): Promise<Found | null> {
  const alive = entries.filter(({ change }) => change.kind !== 'session-deleted');
  const sessionIds = [...new Set(alive.map(({ change }) => change.sessionId))];
  const matching = await find(deps, asked, sessionIds, asked.parts?.session);
  if (!matching) return null;
  const out = alive.filter(({ change, leaves }) => leaves && !matching.has(change.sessionId));
  const left = await leftSessions(deps, asked, out);
  return left && { matching, left: new Set(left.keys()) };
}

/** Of the sessions that do not match those that can have, and may be seen. */
function leftSessions(
  deps: FollowDeps,
  { filter, within, share }: ActivityAsked,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, unknown> | null> {
  const sessionIds = entries.map(({ change }) => change.sessionId);
  const lasting = lastingPart(filter);
  if (isEmpty(lasting) && isEmpty(within))
    return Promise.resolve(new Map(sessionIds.map((id) => [id, null])));
  // What another program has changed of them is not known.
  const foreign = entries.filter(({ change }) => change.kind === 'session-changed');
  const among = [{ sessionIds: foreign.map(({ change }) => change.sessionId) }, lasting];
  return find(deps, { filter: { or: among }, within, share }, sessionIds, []);
}

async function find(
  { store }: FollowDeps,
  { filter, within, share }: Pick<ActivityAsked, 'filter' | 'within' | 'share'>,
  sessionIds: readonly string[],
  parts: readonly SessionPart[] | undefined,
): Promise<Map<string, Session> | null> {
  if (sessionIds.length === 0) return new Map();
  const query: SessionQuery = {
    filter,
    within: { and: [{ sessionIds }, within] },
    limit: sessionIds.length,
    parts,
    ...OLDEST_FIRST,
  };
  const page =
    sessionIds.length === 1
      ? await store.findSessions(query, { ...unbounded, caller: share })
      : await ifSmall((budget) => store.findSessions(query, budget), share);
  return page && new Map(page.sessions.map((session) => [session.sessionId, session]));
}

const isEmpty = (filter: SessionFilter) => Object.keys(filter).length === 0;
