import DataLoader from 'dataloader';
import type { CallersReplies } from '../domain/access/guarded-replies.js';
import type { Reply } from '../domain/replies/model.js';
import type { ListReplies } from '../domain/replies/reply-store.js';
import type { Message, Session, Usage } from '../domain/sessions/model.js';
import type { SessionReads } from '../domain/sessions/session-service.js';
import {
  type AgentsRequest,
  type MessageAddress,
  type MessagePart,
  messageParts,
  SESSION_PARTS,
  type SessionPart,
  type UsageRequest,
} from '../domain/sessions/session-store.js';
import { type SupersededRun, supersededRuns } from '../domain/sessions/superseding.js';
import type { AgentParent } from './parents.js';

/** Joins the loads of one operation: what is asked for in one turn is one store command. */
export interface Loaders {
  session: DataLoader<SessionKey, Session | null, string>;
  agents: DataLoader<AgentsRequest, AgentParent[], string>;
  message: DataLoader<MessageKey, Message | null, string>;
  /** What of an agent does not stand. */
  superseded: DataLoader<AgentAddress, SupersededRun[], string>;
  usage: DataLoader<UsageRequest, Usage | null, string>;
  replies: DataLoader<ListReplies, Reply[], string>;
}

/** `parts`: what of it is asked for; more may come along, where another field of the operation asks for that. */
export interface SessionKey {
  sessionId: string;
  parts: readonly SessionPart[];
}

export interface AgentAddress {
  sessionId: string;
  agentId: string;
}

export interface MessageKey {
  address: MessageAddress;
  parts: readonly MessagePart[];
}

export function createLoaders(reads: SessionReads, replies: Pick<CallersReplies, 'listReplies'>): Loaders {
  return {
    session: new DataLoader(
      (keys: readonly SessionKey[]) =>
        reads.loadSessions(
          keys.map(({ sessionId }) => sessionId),
          SESSION_PARTS.filter((part) => keys.some(({ parts }) => parts.includes(part))),
        ),
      { cacheKeyFn: JSON.stringify },
    ),
    agents: new DataLoader(
      async (requests: readonly AgentsRequest[]) => {
        const found = await reads.loadAgents(requests);
        return found.map((agents, index) =>
          agents.map((agent) => ({ ...agent, windows: requests[index]?.windows ?? [] })),
        );
      },
      { cacheKeyFn: JSON.stringify },
    ),
    message: new DataLoader(
      (keys: readonly MessageKey[]) =>
        reads.loadMessages(
          keys.map(({ address }) => address),
          messageParts(keys.flatMap(({ parts }) => parts)),
        ),
      { cacheKeyFn: JSON.stringify },
    ),
    superseded: new DataLoader(
      async (agents: readonly AgentAddress[]) => {
        const found = await reads.loadSuperseding(
          agents.map(({ sessionId, agentId }) => ({ sessionId, among: [agentId] })),
        );
        return found.map(([agent]) => supersededRuns(agent?.marks ?? []));
      },
      { cacheKeyFn: ({ sessionId, agentId }) => JSON.stringify([sessionId, agentId]) },
    ),
    usage: new DataLoader((requests) => reads.loadUsage(requests), {
      cacheKeyFn: ({ sessionId, agentId, position }) => JSON.stringify([sessionId, agentId, position]),
    }),
    replies: new DataLoader((requests) => replies.listReplies(requests), { cacheKeyFn: JSON.stringify }),
  };
}

/** Forgets what was loaded: a write has changed it. */
export function clearLoaders({ session, agents, message, superseded, usage, replies }: Loaders): void {
  session.clearAll();
  agents.clearAll();
  message.clearAll();
  superseded.clearAll();
  usage.clearAll();
  replies.clearAll();
}
