import type { MessagePage, MessageWindow } from '../../domain/sessions/session-store.js';
import type { AgentResolvers, MessageConnectionResolvers, MessageEdgeResolvers } from '../generated/types.js';
import { agentGlobalId } from '../global-id.js';
import { within } from '../loading/field-budget.js';
import { partsOfItem, partsOfItems } from '../loading/selected-parts.js';
import { messageCursor, messageWindow } from '../paging.js';
import type { AgentParent } from '../parents.js';
import { totalUsage } from '../total-usage.js';

export const agent: AgentResolvers = {
  id: ({ agent: { sessionId, agentId } }) => agentGlobalId(sessionId, agentId),
  agentId: ({ agent: { agentId } }) => agentId,
  model: ({ agent: { model } }) => model,
  systemPrompt: ({ agent: { systemPrompt } }) => systemPrompt,
  promptMetadata: ({ agent: { promptMetadata } }) => promptMetadata,
  state: ({ agent: { state } }) => state,
  conversationManagerState: ({ agent: { conversationManagerState } }) => conversationManagerState,
  createdAt: ({ agent: { createdAt } }) => createdAt,
  updatedAt: ({ agent: { updatedAt } }) => updatedAt,
  message: ({ agent: { sessionId, agentId } }, { clientId }, { loaders }, info) =>
    loaders.message.load({ address: { sessionId, agentId, clientId }, parts: partsOfItem(info).message }),
  messageCount: ({ agent: { messageCount } }) => messageCount,
  usage: ({ agent: { sessionId, agentId } }, _args, context) => totalUsage(context, { sessionId, agentId }),
  messages(parent, page, { cursors, loaders }, info) {
    const { sessionId, agentId, messageCount: total } = parent.agent;
    const window = messageWindow(cursors, parent.agent, page);
    const loaded = loadedPage(parent, window);
    if (loaded) return { total, ...loaded };
    const { message: messageParts, identities } = partsOfItems(info);
    const asked = { windows: [window], parts: [], messageParts, identities, times: false };
    const request = { sessionId, among: [agentId], ...asked };
    return loaders.agents.load(request).then(([found]) => ({
      total: found?.agent.messageCount ?? 0,
      ...(found?.pages[0] ?? { messages: [], hasPrevious: false, hasNext: false }),
    }));
  },
};

/** The page that was loaded together with the agent, if it was. */
function loadedPage({ windows, pages }: AgentParent, asked: MessageWindow): MessagePage | undefined {
  const isAsked = ({ first, last, after, before, standing }: MessageWindow) =>
    first === asked.first &&
    last === asked.last &&
    after === asked.after &&
    before === asked.before &&
    standing === asked.standing;
  return pages[windows?.findIndex(isAsked) ?? -1];
}

export const messageConnection: MessageConnectionResolvers = {
  edges: ({ messages }, _args, _context, info) => within(messages, info),
  nodes: ({ messages }, _args, _context, info) => within(messages, info),
  totalCount: ({ total }) => total,
  pageInfo({ messages, hasPrevious, hasNext }, _args, { cursors }) {
    const [first, last] = [messages.at(0), messages.at(-1)];
    return {
      hasNextPage: hasNext,
      hasPreviousPage: hasPrevious,
      startCursor: first ? messageCursor(cursors, first) : null,
      endCursor: last ? messageCursor(cursors, last) : null,
    };
  },
};

export const messageEdge: MessageEdgeResolvers = {
  node: (message) => message,
  cursor: (message, _args, { cursors }) => messageCursor(cursors, message),
};
