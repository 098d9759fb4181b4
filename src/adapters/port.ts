import type { JsonObject } from '../domain/json/json-value.js';
import type { PositionRange } from '../domain/sessions/model.js';
import type { AgentAddress } from '../domain/sessions/session-store.js';

/*
 * What an adapter asks of the place where a framework's conversations are kept. Two fulfil it: library-port.ts over a database,
 * client-port.ts over a server. Every method rejects with a ParleyError.
 */

export type { AgentAddress };

/** A stored message. `content`: its blocks as JSON, bytes as base64. */
export interface Entry {
  position: number;
  /** Null in a damaged document. */
  role: 'user' | 'assistant' | null;
  content: JsonObject[];
  metadata: JsonObject | null;
  clientId: string | null;
  redacted: boolean;
  /** What it takes the place of. */
  supersedes: readonly PositionRange[];
  /** It is a part of a change that was not made (parts.ts): nobody is given it, and what takes its neighbours away takes it too. */
  unfinished?: boolean;
}

export interface NewEntry {
  role: 'user' | 'assistant';
  content: JsonObject[];
  metadata?: JsonObject;
  /** Unique in the agent, 1 to 200 characters. */
  clientId?: string;
  /** What it takes the place of. Without any content it only takes away, and is never read back. */
  supersedes?: readonly PositionRange[];
}

/** Where a page ends, for the next one; only the port that gave it understands it. */
export type Mark = string;

/** At most 200 entries, from the start or from the end. */
export type ReadQuery = { first: number; after?: Mark } | { last: number; before?: Mark };

/** Oldest first. A mark is null where nothing lies beyond. */
export interface EntryPage {
  entries: Entry[];
  /** All messages of the agent, those too that stand no more: what an append may expect. */
  count: number;
  /** That the agent is described with. */
  model: string | null;
  previous: Mark | null;
  next: Mark | null;
}

export interface AppendOptions {
  /** 1 to 200 characters. Repeated with the same entries, an append has one effect. */
  key: string;
  /** MESSAGES_CHANGED, and nothing is written, where the agent has another number of messages. */
  expectedCount?: number;
}

/** What is written of session and agent beside the messages. */
export interface About {
  /** Of a session that is made. */
  applicationName?: string;
  /** Of a session that is made. */
  metadata?: JsonObject;
  model?: string;
  systemPrompt?: string;
}

/** A session in a list. `stands`: whether anything of the agent's messages does. */
export interface ListedSession {
  sessionId: string;
  /** When anything was said or redacted in it; null in a damaged document. */
  updatedAt: Date | null;
  stands: boolean;
}

export interface SessionsQuery {
  /** How their ids begin; not empty. */
  prefix: string;
  /** The agent whose messages `stands` tells of. */
  agentId: string;
  after?: Mark;
}

export interface ConversationPort {
  /** What stands of the agent's messages. Where there is no such session or agent the page is empty. */
  read(agent: AgentAddress, query: ReadQuery): Promise<EntryPage>;
  /** The message with this `clientId`, also where it stands no more. */
  find(agent: AgentAddress, clientId: string): Promise<Entry | null>;
  /**
   * 1 to 100 entries at the end, next to each other, or none; what the agent has under its `clientId` is not added again. Session and agent
   * are made where they are missing. The positions.
   */
  append(agent: AgentAddress, entries: readonly NewEntry[], options: AppendOptions): Promise<number[]>;
  /** Makes session and agent where they are missing, and sets what is given of the agent. */
  describe(agent: AgentAddress, about: About): Promise<void>;
  /** Up to 200 sessions, in an order in which none moves. */
  listSessions(query: SessionsQuery): Promise<{ sessions: ListedSession[]; next: Mark | null }>;
  /** The agents of the session, and whether anything of their messages stands; none where there is no such session. */
  listAgents(sessionId: string): Promise<{ agentId: string; stands: boolean }[]>;
  /** The session for good, with all that it holds. Nothing happens where there is none. */
  deleteSession(sessionId: string): Promise<void>;
  /** Closes what was opened for the port. */
  close(): Promise<void>;
}
