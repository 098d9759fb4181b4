import { ApiError, ask } from '../api/ask.js';
import { LastMessagesDocument, MessagesFromDocument, MessageTimeDocument } from '../generated/operations.js';
import type { ShownMessage } from './agent-window.js';

export const PAGE = 50;
/** What is tried where more is asked for than one answer may hold: messages can be megabytes each. */
const SIZES = [PAGE, 10, 1];

export interface MessagePage {
  messages: ShownMessage[];
  total: number;
}

interface Place {
  sessionId: string;
  agentId: string;
}

/** The last messages of an agent; null where the session or the agent is gone. */
export const loadLast = (place: Place): Promise<MessagePage | null> =>
  inFittingSizes(async (last) => {
    const { session } = await ask(LastMessagesDocument, { ...place, last });
    return pageOf(session?.agent);
  });

/** A page of messages from a position on. */
export const loadFrom = (place: Place, from: number): Promise<MessagePage | null> =>
  inFittingSizes(async (first) => {
    const { session } = await ask(MessagesFromDocument, { ...place, from, first });
    return pageOf(session?.agent);
  });

/** The messages before a position, up to a page of them. */
export const loadBefore = (place: Place, position: number): Promise<MessagePage | null> =>
  inFittingSizes(async (most) => {
    const from = Math.max(0, position - most);
    const { session } = await ask(MessagesFromDocument, {
      ...place,
      from,
      first: Math.min(most, position - from),
    });
    return pageOf(session?.agent);
  });

/** The position of the first message at a time or after it, by halving: a conversation can be long. */
export async function positionAt(place: Place, time: number, total: number): Promise<number> {
  let [low, high] = [0, total];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { session } = await ask(MessageTimeDocument, { ...place, from: middle });
    const at = session?.agent?.messages.nodes[0]?.createdAt;
    if (at && Date.parse(at) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function inFittingSizes<Page>(load: (size: number) => Promise<Page>): Promise<Page> {
  for (const size of SIZES.slice(0, -1)) {
    try {
      return await load(size);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'QUERY_TOO_COMPLEX') throw error;
    }
  }
  return load(SIZES.at(-1) ?? 1);
}

const pageOf = (
  agent: { messageCount: number; messages: { nodes: ShownMessage[] } } | null | undefined,
): MessagePage | null => (agent ? { messages: agent.messages.nodes, total: agent.messageCount } : null);
