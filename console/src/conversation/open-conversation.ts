import { ApiError, ask } from '../api/ask.js';
import {
  OpenConversationDocument,
  SessionDetailsDocument,
  type SessionDetailsFragment,
} from '../generated/operations.js';
import { type AgentWindow, emptyWindow, withPage } from './agent-window.js';
import { loadFrom, loadLast, PAGE, positionAt } from './load-messages.js';

export interface MessagePlace {
  agentId: string;
  position: number;
}

export interface OpenedConversation {
  details: SessionDetailsFragment;
  /** By agent, in the order of the session. */
  windows: ReadonlyMap<string, AgentWindow>;
}

/** The end of each agent's messages; null where there is no such session. */
export async function openAtEnd(sessionId: string): Promise<OpenedConversation | null> {
  try {
    const { session } = await ask(OpenConversationDocument, { sessionId, last: PAGE });
    if (!session) return null;
    const windows = session.agents.map((agent) =>
      withPage(emptyWindow(agent), agent.messages.nodes, agent.messageCount),
    );
    return { details: session, windows: byAgent(windows) };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'QUERY_TOO_COMPLEX') throw error;
  }
  const { session } = await ask(SessionDetailsDocument, { sessionId });
  if (!session) return null;
  const windows: AgentWindow[] = [];
  for (const agent of session.agents) {
    const page = await loadLast({ sessionId, agentId: agent.agentId });
    windows.push(withPage(emptyWindow(agent), page?.messages ?? [], page?.total ?? 0));
  }
  return { details: session, windows: byAgent(windows) };
}

/** The linked message in the middle, and of the other agents what was said then. */
export async function openAround(sessionId: string, place: MessagePlace): Promise<OpenedConversation | null> {
  const { session } = await ask(SessionDetailsDocument, { sessionId });
  if (!session?.agents.some(({ agentId }) => agentId === place.agentId)) return openAtEnd(sessionId);
  const from = Math.max(0, place.position - PAGE / 2);
  const linked = await loadFrom({ sessionId, agentId: place.agentId }, from);
  const message = linked?.messages.find(({ position }) => position === place.position);
  if (!linked || !message) return openAtEnd(sessionId);
  const time = Date.parse(message.createdAt ?? '') || 0;
  const windows = await Promise.all(
    session.agents.map(async (agent) => {
      if (agent.agentId === place.agentId) return withPage(emptyWindow(agent), linked.messages, linked.total);
      const then = await positionAt({ sessionId, agentId: agent.agentId }, time, agent.messageCount);
      const page = await loadFrom({ sessionId, agentId: agent.agentId }, Math.max(0, then - PAGE / 2));
      return withPage(emptyWindow(agent), page?.messages ?? [], page?.total ?? 0);
    }),
  );
  return { details: session, windows: byAgent(windows) };
}

const byAgent = (windows: readonly AgentWindow[]) =>
  new Map(windows.map((window) => [window.agentId, window]));
