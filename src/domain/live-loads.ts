import DataLoader from 'dataloader';
import type { LiveEvent } from './live-events.js';
import type { Message, Session } from './model.js';
import type { AgentWithPages, SessionStore } from './session-store.js';

/** Loads what events show. Followers that ask in the same turn share one command; nothing is kept beyond it. */
export interface LiveLoads {
  message(sessionId: string, agentId: string, position: number): Promise<Message | null>;
  session(sessionId: string): Promise<Session | null>;
  agent(sessionId: string, agentId: string): Promise<AgentWithPages | null>;
  /** The event with its message as that is now; null where the message is gone. */
  refreshed(event: LiveEvent): Promise<LiveEvent | null>;
}

/**
 * Nothing is cached: every read is made after it was asked for, so that no event shows what was there before it, or was
 * redacted since.
 */
export function createLiveLoads(store: SessionStore): LiveLoads {
  const messages = batched((places: readonly Place[]) => store.loadMessages(places), 500);
  const sessions = batched((ids: readonly string[]) => store.loadSessions(ids), 200);
  const agents = batched(async (wanted: readonly { sessionId: string; agentId: string }[]) => {
    const found = await store.loadAgents(
      wanted.map(({ sessionId, agentId }) => ({ sessionId, among: [agentId], windows: [] })),
    );
    return found.map((list) => list[0] ?? null);
  }, 200);

  return {
    async refreshed(event) {
      if (event.type !== 'MessageAdded' && event.type !== 'MessageUpdated') return event;
      const { sessionId, agentId, position } = event.message;
      const message = await messages({ sessionId, agentId, position });
      return message && { ...event, message };
    },
    message: (sessionId, agentId, position) => messages({ sessionId, agentId, position }),
    session: (sessionId) => sessions(sessionId),
    agent: (sessionId, agentId) => agents({ sessionId, agentId }),
  };
}

type Place = { sessionId: string; agentId: string; position: number };

/** Joins the loads of one turn into one command, equal ones into one load. */
function batched<K, V>(
  load: (keys: readonly K[]) => Promise<V[]>,
  maxBatchSize: number,
): (key: K) => Promise<V> {
  const loader = new DataLoader<K, V>(
    async (keys) => {
      const distinct = new Map(keys.map((key) => [JSON.stringify(key), key]));
      const values = await load([...distinct.values()]);
      const byKey = new Map([...distinct.keys()].map((key, index) => [key, values[index] as V]));
      return keys.map((key) => byKey.get(JSON.stringify(key)) as V);
    },
    { cache: false, maxBatchSize: maxBatchSize },
  );
  return (key) => loader.load(key);
}
