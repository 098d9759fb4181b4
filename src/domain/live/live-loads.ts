import { createLoadBatches } from '../load-batches.js';
import type { Feedback, Message, Session } from '../sessions/model.js';
import type { SessionReads } from '../sessions/session-service.js';
import type {
  AgentsRequest,
  AgentWithPages,
  FeedbackPlace,
  MessagePart,
  SessionPart,
  SessionStore,
} from '../sessions/session-store.js';
import type { LiveEvent } from './live-events.js';

/**
 * Loads what events show. Followers that ask in the same turn share one command, and a fleet that reconnects waits its
 * turn; nothing is kept beyond the answer.
 */
export interface LiveLoads {
  message(place: MessagePlace, parts: readonly MessagePart[]): Promise<Message | null>;
  /** As `message`, for whoever may not need it: undefined where it is large together with what others ask for. */
  messageAhead(place: MessagePlace, parts: readonly MessagePart[]): Promise<Message | null | undefined>;
  session(sessionId: string, parts: readonly SessionPart[]): Promise<Session | null>;
  agents(request: AgentsRequest): Promise<AgentWithPages[]>;
  /** As `agents`; undefined where it is large. */
  agentsIfSmall(request: AgentsRequest): Promise<AgentWithPages[] | undefined>;
  feedback(place: FeedbackPlace): Promise<Feedback | null>;
  /** The event with its message as that is now; null where the message is gone. */
  refreshed(event: LiveEvent): Promise<LiveEvent | null>;
}

export interface MessagePlace {
  sessionId: string;
  agentId: string;
  position: number;
}

export type LoadedForLive = Pick<SessionReads, 'loadMessages' | 'loadSessions' | 'loadAgents'> &
  Pick<SessionStore, 'loadFeedback'>;

/**
 * Nothing is cached: every read is made after it was asked for, so that no event shows what was there before it, or was
 * redacted since.
 */
export function createLiveLoads(store: LoadedForLive): LiveLoads {
  const batches = createLoadBatches();
  const messages = batches.of<MessagePlace, readonly MessagePart[] | undefined, Message | null>(
    (places, parts, budget) => store.loadMessages(places, parts, budget),
    500,
  );
  const sessions = batches.of<string, readonly SessionPart[], Session | null>(
    (ids, parts, budget) => store.loadSessions(ids, parts, budget),
    200,
  );
  const agents = batches.of<AgentsRequest, null, AgentWithPages[]>(
    (requests, _, budget) => store.loadAgents(requests, budget),
    20,
  );
  const feedback = batches.of<FeedbackPlace, null, Feedback | null>(
    (places, _, budget) => store.loadFeedback(places, budget),
    200,
  );

  return {
    async refreshed(event) {
      const shown = 'message' in event ? event.message : 'kept' in event ? event.kept : null;
      if (!shown) return event;
      const { sessionId, agentId, position } = shown;
      const message = await messages.load({ sessionId, agentId, position }, undefined);
      return message && { ...event, ...('kept' in event ? { kept: message } : { message }) };
    },
    message: messages.load,
    messageAhead: messages.ifSmall,
    session: sessions.load,
    agents: (request) => agents.load(request, null),
    agentsIfSmall: (request) => agents.ifSmall(request, null),
    feedback: (place) => feedback.load(place, null),
  };
}
