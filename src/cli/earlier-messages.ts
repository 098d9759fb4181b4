import type { ParleyClient } from '../client/index.js';
import { MESSAGE, type TailMessage } from './tail-lines.js';

const AGENTS = 'query Agents($sessionId: ID!) { session(sessionId: $sessionId) { agents { agentId } } }';
const EARLIER = `query Earlier($sessionId: ID!, $agentId: ID!, $before: String) {
  session(sessionId: $sessionId) { agent(agentId: $agentId) { messages(last: 200, before: $before) {
    nodes { ${MESSAGE} supersededBy } pageInfo { hasPreviousPage startCursor } } } }
}`;

/** What was written since then, over all agents, or by this one, in the order of time. */
export async function earlierMessages(
  client: ParleyClient,
  { sessionId, agentId, since }: { sessionId: string; agentId: string | null; since: Date },
  signal: AbortSignal,
): Promise<{ agent: string; message: TailMessage }[]> {
  type Agents = { session: { agents: { agentId: string }[] } | null };
  const { session } = await client.query<Agents>(AGENTS, { sessionId }, { signal });
  const found: { agent: string; message: TailMessage }[] = [];
  for (const { agentId: agent } of session?.agents ?? []) {
    if (agentId !== null && agent !== agentId) continue;
    for (const message of await messagesSince(client, { sessionId, agentId: agent, since }, signal)) {
      found.push({ agent, message });
    }
  }
  const timeOf = ({ message }: { message: TailMessage }) => Date.parse(message.createdAt ?? '') || 0;
  // A stable sort: messages of one agent stay in their order.
  return found.sort((a, b) => timeOf(a) - timeOf(b));
}

type Page = {
  session: {
    agent: {
      messages: {
        nodes: TailMessage[];
        pageInfo: { hasPreviousPage: boolean; startCursor: string | null };
      };
    } | null;
  } | null;
};

/** Page by page from the end, until a message is older than `since`. */
async function messagesSince(
  client: ParleyClient,
  { sessionId, agentId, since }: { sessionId: string; agentId: string; since: Date },
  signal: AbortSignal,
): Promise<TailMessage[]> {
  let messages: TailMessage[] = [];
  for (let before: string | null = null; ; ) {
    const answer: Page = await client.query<Page>(EARLIER, { sessionId, agentId, before }, { signal });
    const page = answer.session?.agent?.messages;
    if (!page) return messages;
    const recent = page.nodes.filter(({ createdAt }) => createdAt !== null && new Date(createdAt) >= since);
    messages = [...recent, ...messages];
    if (recent.length < page.nodes.length || !page.pageInfo.hasPreviousPage) return messages;
    before = page.pageInfo.startCursor;
  }
}
