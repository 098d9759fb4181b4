import DataLoader from 'dataloader';
import type { Message, Session } from './model.js';
import type { AgentWithPages, SessionStore } from './session-store.js';

/** Loads what events show. Followers that ask in the same turn share one command; nothing is kept beyond it. */
export interface LiveLoads {
  message(sessionId: string, agentId: string, position: number): Promise<Message | null>;
  session(sessionId: string): Promise<Session | null>;
  agent(sessionId: string, agentId: string): Promise<AgentWithPages | null>;
}

/** A loader keeps nothing past its turn: what it would still hold may have been redacted since. */
export function createLiveLoads(store: SessionStore): LiveLoads {
  type Place = { sessionId: string; agentId: string; position: number };
  const key = (place: { sessionId: string; agentId: string; position?: number }) =>
    JSON.stringify([place.sessionId, place.agentId, place.position]);

  const messages = new DataLoader<Place, Message | null, string>((places) => store.loadMessages(places), {
    cacheKeyFn: key,
    maxBatchSize: 500,
  });
  const sessions = new DataLoader<string, Session | null>((ids) => store.loadSessions(ids));
  const agents = new DataLoader<{ sessionId: string; agentId: string }, AgentWithPages | null, string>(
    async (wanted) => {
      const found = await store.loadAgents(
        wanted.map(({ sessionId, agentId }) => ({ sessionId, among: [agentId], windows: [] })),
      );
      return found.map((list) => list[0] ?? null);
    },
    { cacheKeyFn: key },
  );

  let clearing = false;
  const forgetSoon = () => {
    if (clearing) return;
    clearing = true;
    setImmediate(() => {
      clearing = false;
      for (const loader of [messages, sessions, agents]) loader.clearAll();
    });
  };

  return {
    message(sessionId, agentId, position) {
      forgetSoon();
      return messages.load({ sessionId, agentId, position });
    },
    session(sessionId) {
      forgetSoon();
      return sessions.load(sessionId);
    },
    agent(sessionId, agentId) {
      forgetSoon();
      return agents.load({ sessionId, agentId });
    },
  };
}
