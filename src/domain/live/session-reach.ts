import { allowsId, isLimited, looksAtSession, reaches, withReachParts } from '../access/reach.js';
import { ParleyError } from '../errors.js';
import type { Session } from '../sessions/model.js';
import type { Position, SessionPart } from '../sessions/session-store.js';
import type { ChangeHub } from './change-hub.js';
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
  /** Whether more than its id decides about the session, which may change. */
  readonly mayMove: boolean;
  /** Whether the session may have moved since: what is read of it is of now, whatever change it is read for. */
  isDoubtful(since: Position): boolean;
  /**
   * Whether the session that the follower knows, made then, may be told of: false where another one has its id, of which changes will tell.
   * FORBIDDEN where it has moved out of reach.
   */
  still(createdAt: number | null): Promise<boolean>;
}

export function createSessionReach(
  { hub, loads }: { hub: Pick<ChangeHub, 'isUnmoved'>; loads: Pick<LiveLoads, 'session'> },
  { sessionId, reach }: Pick<SessionScope, 'sessionId' | 'reach'>,
  read: Patiently,
): SessionReach {
  /** Of a session that is looked at and not shown. */
  const bare = withReachParts(reach, []);
  const mayMove = looksAtSession(reach);
  return {
    mayMove,
    isDoubtful: (since) => mayMove && !hub.isUnmoved(sessionId, since),
    async still(createdAt) {
      const session = await read(() => loads.session(sessionId, bare));
      if (!session || reaches(reach, session)) return true;
      if ((session.createdAt?.getTime() ?? null) !== createdAt) return false;
      throw outOfReach();
    },
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
