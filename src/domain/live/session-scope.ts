import type { Reach } from '../access/policy.js';
import type { EventParts } from './live-events.js';

/** What a follower of a session follows of it. */
export interface SessionScope {
  sessionId: string;
  /** Only this agent's messages; null: all agents'. */
  agentId: string | null;
  /** `messages` leaves out what is not about a message or the session's own life. */
  only: 'messages' | 'everything';
  /** Whether replies in progress are told of. */
  replies: boolean;
  /** What of a message, a session and an agent its events show; absent: all. */
  parts?: EventParts;
  /** The sessions that the follower may see: one beyond it is as one that does not exist. */
  reach: Reach;
}

export const scopeToJson = (scope: SessionScope) => [scope.only, scope.sessionId, scope.agentId];

export const wants = ({ agentId: only }: SessionScope, agentId: string): boolean =>
  only === null || only === agentId;
