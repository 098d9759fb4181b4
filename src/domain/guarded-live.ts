import { type FollowDeps, patiently } from './follow.js';
import { type FollowActivity, followActivity } from './follow-activity.js';
import { type FollowSession, followSession } from './follow-session.js';
import { requireScope } from './guarded-service.js';
import type { LiveEvent } from './live-events.js';
import type { Policy } from './policy.js';
import { allowsId, filterOfReach, looksAtSession } from './reach.js';

/** The live feeds as one policy sees them. */
export interface Live {
  /** FORBIDDEN without the scope read. A session that is not within reach is followed as one that does not exist. */
  session(request: Omit<FollowSession, 'reach'>): AsyncGenerator<LiveEvent>;
  /** FORBIDDEN without the scope read. */
  activity(request: Omit<FollowActivity, 'within' | 'tellsDeletion'>): AsyncGenerator<LiveEvent>;
  /** Rises when any message was changed. */
  revision(): number;
  /** The event with its message as it is now; null where that is gone. Rejects once `signal` aborts. */
  refreshed(event: LiveEvent, signal: AbortSignal): Promise<LiveEvent | null>;
}

export function guardedLive(deps: FollowDeps, policy: Policy): Live {
  const { reach } = policy;
  const within = filterOfReach(reach);
  return {
    session(request) {
      requireScope(policy, 'read');
      return followSession(deps, { ...request, reach });
    },
    activity(request) {
      requireScope(policy, 'read');
      // Of a removed session only its id is left: where that does not tell, nothing is told.
      const tellsDeletion = (sessionId: string) => !looksAtSession(reach) && allowsId(reach, sessionId);
      return followActivity(deps, { ...request, within, tellsDeletion });
    },
    revision: deps.hub.revision,
    refreshed: (event, signal) => patiently(deps, signal, () => deps.loads.refreshed(event)),
  };
}
