import { refuseHidden } from '../access/hidden-filters.js';
import type { Hooks } from '../access/hook-types.js';
import { type Shown, shownBy } from '../access/hooks.js';
import type { Policy } from '../access/policy.js';
import { filterOfReach, looksAtSession, reachedRemoved, reaches, withReachParts } from '../access/reach.js';
import { requireScope } from '../access/scopes.js';
import { mapped } from '../async/left-at-once.js';
import type { Change } from '../sessions/session-store.js';
import { type FollowDeps, type HandOver, patiently } from './follow.js';
import { type FollowActivity, followActivity } from './follow-activity.js';
import { type FollowSession, followSession } from './follow-session.js';
import type { LiveEvent, LiveEvents } from './live-events.js';

type Within = 'within' | 'tellsDeletion';

/** The live feeds as one policy sees them. */
export interface Live {
  /** FORBIDDEN without the scope read. A session that is not within reach is followed as one that does not exist. */
  session(request: Omit<FollowSession, 'reach'>): LiveEvents;
  /** FORBIDDEN without the scope read, and for a filter on what a hook hides. */
  activity(request: Omit<FollowActivity, Within>): Promise<LiveEvents>;
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

  function opening(handOver: HandOver | null, open: (handOver: HandOver | null) => LiveEvents): LiveEvents {
    if (!shown) return open(handOver);
    return showing(open(handOver && handingOverShown(handOver, shown)), shown);
  }

  return {
    session(request) {
      requireScope(policy, 'read');
      return opening(request.handOver, (handOver) => followSession(deps, { reach, ...request, handOver }));
    },
    async activity(request) {
      requireScope(policy, 'read');
      if (hooks) await refuseHidden(hooks.metadata, request.filter);
      // Of a removed session only its id and its time are left: where those do not tell, nothing is told.
      const tellsDeletion = ({ sessionId, sessionCreatedAt }: Change) =>
        reachedRemoved(reach, sessionId, sessionCreatedAt);
      return opening(request.handOver, (handOver) =>
        followActivity(deps, { ...request, handOver, within, tellsDeletion }),
      );
    },
    revision: deps.hub.revision,
    async refreshed(event, signal) {
      const shown = await patiently(deps, signal, () => deps.loads.refreshed(event));
      // Its message is of now: the session may have left the reach since the event was made.
      const of = shown && looksAtSession(reach) ? sessionOf(shown) : null;
      if (of === null) return shown;
      const bare = withReachParts(reach, []);
      const session = await patiently(deps, signal, () => deps.loads.session(of, bare));
      return session && reaches(reach, session) ? shown : null;
    },
  };
}

const sessionOf = (event: LiveEvent): string | null => {
  const message = 'message' in event ? event.message : 'kept' in event ? event.kept : null;
  return message?.sessionId ?? null;
};

/** The events with their sessions as the hooks show them. */
const showing = (events: LiveEvents, shown: Shown): LiveEvents =>
  mapped(events, (some) =>
    Promise.all(
      some.map(async (event) =>
        'session' in event ? { ...event, session: await shown(event.session) } : event,
      ),
    ),
  );

/** The same of those that are handed over. */
const handingOverShown = (handOver: HandOver, shown: Shown): HandOver => ({
  ...handOver,
  join: (standing, live, signal) => handOver.join(standing, () => showing(live(), shown), signal),
});
