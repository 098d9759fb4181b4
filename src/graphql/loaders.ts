import DataLoader from 'dataloader';
import type { Message, Session, Usage } from '../domain/model.js';
import type { SessionReads } from '../domain/session-service.js';
import type { AgentsRequest, MessageAddress, UsageRequest } from '../domain/session-store.js';
import type { AgentParent } from './parents.js';

/** Joins the loads of one operation: what is asked for in one turn is one store command. */
export interface Loaders {
  session: DataLoader<string, Session | null>;
  agents: DataLoader<AgentsRequest, AgentParent[], string>;
  message: DataLoader<MessageAddress, Message | null, string>;
  usage: DataLoader<UsageRequest, Usage | null, string>;
}

export function createLoaders(reads: SessionReads): Loaders {
  return {
    session: new DataLoader((ids) => reads.loadSessions(ids)),
    agents: new DataLoader(
      async (requests) => {
        const found = await reads.loadAgents(requests);
        return found.map((agents, index) =>
          agents.map((agent) => ({ ...agent, windows: requests[index]?.windows ?? [] })),
        );
      },
      { cacheKeyFn: (request) => JSON.stringify(request) },
    ),
    message: new DataLoader((addresses) => reads.loadMessages(addresses), {
      cacheKeyFn: (address) => JSON.stringify(address),
    }),
    usage: new DataLoader((requests) => reads.loadUsage(requests), {
      cacheKeyFn: ({ sessionId, agentId, position }) => JSON.stringify([sessionId, agentId, position]),
    }),
  };
}

/** Forgets what was loaded: a write has changed it. */
export function clearLoaders({ session, agents, message, usage }: Loaders): void {
  session.clearAll();
  agents.clearAll();
  message.clearAll();
  usage.clearAll();
}
