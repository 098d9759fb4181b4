import { allowsId, isLimited, reaches, withReachParts } from '../access/reach.js';
import { ParleyError } from '../errors.js';
import type { Session } from '../sessions/model.js';
import type { SessionPart } from '../sessions/session-store.js';
import type { Patiently } from './follow.js';
import type { LiveLoads } from './live-loads.js';
import type { SessionScope } from './session-scope.js';

/** Whether a follower may see its session, as that is now. */
export interface SessionReach {
  /** Whether there is anything to look at. */
  readonly limited: boolean;
  /** The session with these parts; null also where it is beyond the follower's reach. */
  visible(shown?: readonly SessionPart[]): Promise<Session | null>;
  /** Before anything is read ahead of the changes that may have taken the right to see it. FORBIDDEN. */
  check(): Promise<void>;
}

export function createSessionReach(
  loads: Pick<LiveLoads, 'session'>,
  { sessionId, reach }: Pick<SessionScope, 'sessionId' | 'reach'>,
  read: Patiently,
): SessionReach {
  /** Of a session that is looked at and not shown. */
  const bare = withReachParts(reach, []);
  return {
    limited: isLimited(reach),
    async visible(shown = []) {
      const needed = withReachParts(reach, shown);
      const session = allowsId(reach, sessionId) ? await read(() => loads.session(sessionId, needed)) : null;
      return session && reaches(reach, session) ? session : null;
    },
    async check() {
      const session = await read(() => loads.session(sessionId, bare));
      if (session && !reaches(reach, session)) throw outOfReach();
    },
  };
}

const outOfReach = () =>
  new ParleyError('FORBIDDEN', 'The session is no longer within what this credential may see.');
