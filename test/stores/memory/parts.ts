import { type ReadBudget, unbounded } from '../../../src/domain/read-budget.js';
import type { Message, Session } from '../../../src/domain/sessions/model.js';
import {
  AGENT_PARTS,
  type AgentPart,
  type AgentsRequest,
  type AgentWithPages,
  MESSAGE_PARTS,
  type MessagePart,
  SESSION_PARTS,
  type SessionPart,
} from '../../../src/domain/sessions/session-store.js';

const NO_SESSION = { metadata: {}, feedback: [], guardrailEvents: [], messageCount: 0 };
const NO_AGENT = { systemPrompt: null, promptMetadata: null, state: {}, conversationManagerState: {} };
const NO_MESSAGE = { content: [], metadata: null, eventLoopMetrics: null, guardrailEvent: null };

/** The thing, with nothing in the place of each part that is not asked for. */
function only<T extends object>(all: readonly string[], parts: readonly string[] = all, none: object) {
  const left = Object.fromEntries(Object.entries(none).filter(([part]) => !parts.includes(part)));
  return (thing: T): T => ({ ...thing, ...left });
}

export const sessionWith = (parts?: readonly SessionPart[]) =>
  only<Session>(SESSION_PARTS, parts, NO_SESSION);
export const messageWith = (parts?: readonly MessagePart[]) =>
  only<Message>(
    MESSAGE_PARTS,
    parts?.map((part) => (part === 'text' ? 'content' : part)),
    NO_MESSAGE,
  );

export function agentWith({ parts, messageParts }: Pick<AgentsRequest, 'parts' | 'messageParts'>) {
  const agentOf = only<AgentWithPages['agent']>(AGENT_PARTS, parts as readonly AgentPart[], NO_AGENT);
  const messageOf = messageWith(messageParts);
  return ({ agent, pages }: AgentWithPages): AgentWithPages => ({
    agent: agentOf(agent),
    pages: pages.map((page) => ({ ...page, messages: page.messages.map(messageOf) })),
  });
}

/** What the budget lets through. */
export async function within<T>(budget: ReadBudget = unbounded, found: T): Promise<T> {
  const bytes = JSON.stringify(found).length;
  if (!budget.takeNow(bytes)) await budget.take(bytes);
  return found;
}
