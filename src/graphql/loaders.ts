import DataLoader from 'dataloader';
import type { CallersReplies } from '../domain/access/guarded-replies.js';
import { inSlices } from '../domain/in-slices.js';
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

/** What loads, opened where it is needed first. */
export interface LoaderSources {
  readonly service: SessionReads;
  readonly replies: Pick<CallersReplies, 'listReplies'>;
}

/** A class, because one is made for each operation, which needs one or two of them: they share the code of its accessors. */
class MadeWhenNeeded implements Loaders {
  private ofSessions?: Loaders['session'];
  private ofAgents?: Loaders['agents'];
  private ofMessages?: Loaders['message'];
  private ofSuperseded?: Loaders['superseded'];
  private ofUsage?: Loaders['usage'];
  private ofReplies?: Loaders['replies'];

  constructor(private readonly from: LoaderSources) {}

  get session(): Loaders['session'] {
    this.ofSessions ??= new DataLoader(
      (keys: readonly SessionKey[]) =>
        this.from.service.loadSessions(
          keys.map(({ sessionId }) => sessionId),
          SESSION_PARTS.filter((part) => keys.some(({ parts }) => parts.includes(part))),
        ),
      // No part has a space in its name.
      { cacheKeyFn: ({ sessionId, parts }) => `${parts} ${sessionId}` },
    );
    return this.ofSessions;
  }

  get agents(): Loaders['agents'] {
    this.ofAgents ??= new DataLoader(async (requests: readonly AgentsRequest[]) => {
      const found = await this.from.service.loadAgents(requests);
      return found.map((agents, index) =>
        agents.map((agent) => ({ ...agent, windows: requests[index]?.windows ?? [] })),
      );
    }, BY_JSON);
    return this.ofAgents;
  }

  get message(): Loaders['message'] {
    this.ofMessages ??= new DataLoader(
      (keys: readonly MessageKey[]) =>
        this.from.service.loadMessages(
          keys.map(({ address }) => address),
          messageParts(keys.flatMap(({ parts }) => parts)),
        ),
      BY_JSON,
    );
    return this.ofMessages;
  }

  get superseded(): Loaders['superseded'] {
    this.ofSuperseded ??= new DataLoader(
      async (agents: readonly AgentAddress[]) => {
        const found = await this.from.service.loadSuperseding(
          agents.map(({ sessionId, agentId }) => ({ sessionId, among: [agentId] })),
        );
        return Promise.all(found.map(([agent]) => inSlices(supersededRuns(agent?.marks ?? []))));
      },
      { cacheKeyFn: ({ sessionId, agentId }) => JSON.stringify([sessionId, agentId]) },
    );
    return this.ofSuperseded;
  }

  get usage(): Loaders['usage'] {
    this.ofUsage ??= new DataLoader((requests) => this.from.service.loadUsage(requests), {
      cacheKeyFn: ({ sessionId, agentId, position }) => JSON.stringify([sessionId, agentId, position]),
    });
    return this.ofUsage;
  }

  get replies(): Loaders['replies'] {
    this.ofReplies ??= new DataLoader(
      (requests: readonly ListReplies[]) => this.from.replies.listReplies(requests),
      BY_JSON,
    );
    return this.ofReplies;
  }
}

const BY_JSON = { cacheKeyFn: (key: unknown) => JSON.stringify(key) };

export const createLoaders = (from: LoaderSources): Loaders => new MadeWhenNeeded(from);

/** Forgets what was loaded: a write has changed it. */
export function clearLoaders({ session, agents, message, superseded, usage, replies }: Loaders): void {
  session.clearAll();
  agents.clearAll();
  message.clearAll();
  superseded.clearAll();
  usage.clearAll();
  replies.clearAll();
}
