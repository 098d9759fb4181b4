import DataLoader from 'dataloader';
import type { LiveEvent } from './live-events.js';
import type { Message, Session } from './model.js';
import type { AgentsRequest, AgentWithPages, SessionStore } from './session-store.js';
import { createSlots } from './slots.js';

/**
 * Loads what events show. Followers that ask in the same turn share one command, and a fleet that reconnects waits its
 * turn; nothing is kept beyond the answer.
 */
export interface LiveLoads {
  message(sessionId: string, agentId: string, position: number): Promise<Message | null>;
  session(sessionId: string): Promise<Session | null>;
  agents(request: AgentsRequest): Promise<AgentWithPages[]>;
  /** The event with its message as that is now; null where the message is gone. */
  refreshed(event: LiveEvent): Promise<LiveEvent | null>;
}

const COMMANDS_AT_ONCE = 8;

/**
 * Nothing is cached: every read is made after it was asked for, so that no event shows what was there before it, or was
 * redacted since.
 */
export function createLiveLoads(
  store: Pick<SessionStore, 'loadMessages' | 'loadSessions' | 'loadAgents'>,
): LiveLoads {
  const slots = createSlots(COMMANDS_AT_ONCE);
  const messages = batched((places: readonly Place[]) => slots(() => store.loadMessages(places)), 500);
  const sessions = batched((ids: readonly string[]) => slots(() => store.loadSessions(ids)), 200);
  const agents = batched((some: readonly AgentsRequest[]) => slots(() => store.loadAgents(some)), 20);

  return {
    async refreshed(event) {
      if (event.type !== 'MessageAdded' && event.type !== 'MessageUpdated') return event;
      const { sessionId, agentId, position } = event.message;
      const message = await messages({ sessionId, agentId, position });
      return message && { ...event, message };
    },
    message: (sessionId, agentId, position) => messages({ sessionId, agentId, position }),
    session: sessions,
    agents,
  };
}

type Place = { sessionId: string; agentId: string; position: number };

/** Joins the loads of one turn into one command, equal ones into one load. */
function batched<K, V>(
  load: (keys: readonly K[]) => Promise<V[]>,
  maxBatchSize: number,
): (key: K) => Promise<V> {
  const loader: DataLoader<K, V, string> = new DataLoader<K, V, string>(
    (keys) => {
      // Whoever asks from now on gets a read that is made from now on.
      loader.clearAll();
      return load(keys);
    },
    { cacheKeyFn: (key) => JSON.stringify(key), maxBatchSize },
  );
  return (key) => loader.load(key);
}
