import { type FollowDeps, type HandOver, patiently } from './follow.js';
import { type FollowActivity, followActivity } from './follow-activity.js';
import { type FollowSession, followSession } from './follow-session.js';
import { refuseHidden } from './hidden-filters.js';
import type { Hooks } from './hook-types.js';
import { type Shown, shownBy } from './hooks.js';
import type { LiveEvent } from './live-events.js';
import type { Policy } from './policy.js';
import { filterOfReach, reachedRemoved } from './reach.js';
import { requireScope } from './scopes.js';

type Within = 'within' | 'tellsDeletion';

/** The live feeds as one policy sees them. */
export interface Live {
  /** FORBIDDEN without the scope read. A session that is not within reach is followed as one that does not exist. */
  session(request: Omit<FollowSession, 'reach'>): AsyncGenerator<LiveEvent>;
  /** FORBIDDEN without the scope read, and for a filter on what a hook hides. */
  activity(request: Omit<FollowActivity, Within>): Promise<AsyncGenerator<LiveEvent>>;
  /** Rises when any message was changed. */
  revision(): number;
  /** The event with its message as it is now; null where that is gone. Rejects once `signal` aborts. */
  refreshed(event: LiveEvent, signal: AbortSignal): Promise<LiveEvent | null>;
}

/** What is within reach is judged by what is stored; `hooks` stand outside, around every session that an event shows. */
export function guardedLive(deps: FollowDeps, policy: Policy, hooks: Hooks | null): Live {
  const { reach } = policy;
  const within = filterOfReach(reach);
  const shown = hooks && shownBy(hooks);
  return {
    session(request) {
      requireScope(policy, 'read');
      const handOver =
        shown && request.handOver ? handingOverShown(request.handOver, shown) : request.handOver;
      const events = followSession(deps, { ...request, reach, handOver });
      return shown ? showing(events, shown) : events;
    },
    async activity(request) {
      requireScope(policy, 'read');
      if (hooks) await refuseHidden(hooks.metadata, request.filter);
      const handOver =
        shown && request.handOver ? handingOverShown(request.handOver, shown) : request.handOver;
      const events = followActivity(deps, {
        ...request,
        handOver,
        within,
        // Of a removed session only its id and its time are left: where those do not tell, nothing is told.
        tellsDeletion: ({ sessionId, sessionCreatedAt }) =>
          reachedRemoved(reach, sessionId, sessionCreatedAt),
      });
      return shown ? showing(events, shown) : events;
    },
    revision: deps.hub.revision,
    refreshed: (event, signal) => patiently(deps, signal, () => deps.loads.refreshed(event)),
  };
}

const handingOverShown = (handOver: HandOver, shown: Shown): HandOver => ({
  ...handOver,
  join: (standing, live, signal) => handOver.join(standing, () => showing(live(), shown), signal),
});

/** The events with their sessions as the hooks show them. `next` reaches the source in the same turn. */
function showing(events: AsyncGenerator<LiveEvent>, shown: Shown): AsyncGenerator<LiveEvent> {
  const results: AsyncGenerator<LiveEvent> = {
    async next() {
      const { value, done } = await events.next();
      if (done) return { value, done };
      return { value: 'session' in value ? { ...value, session: await shown(value.session) } : value };
    },
    return: (value) => events.return(value),
    throw: (error) => events.throw(error),
    async [Symbol.asyncDispose]() {
      await events.return(undefined);
    },
    [Symbol.asyncIterator]: () => results,
  };
  return results;
}
