import type { ParleyClient } from '../client/index.js';
import { unlessGone } from '../domain/errors.js';
import type { ConversationPort } from './port.js';

const NEWEST = 'messages(superseded: false, last: 1) { nodes { position } }';
const SESSIONS = `query ($prefix: String!, $agentId: ID!, $after: String) {
  sessions(first: 200, after: $after, filter: {sessionIdPrefix: $prefix}, orderBy: {field: CREATED_AT, direction: ASC}) {
    nodes { sessionId updatedAt agent(agentId: $agentId) { ${NEWEST} } } pageInfo { hasNextPage endCursor } } }`;
const AGENTS = `query ($sessionId: ID!) { session(sessionId: $sessionId) { agents { agentId ${NEWEST} } } }`;
const DELETE = 'mutation ($input: DeleteSessionInput!) { deleteSession(input: $input) { sessionId } }';

interface Newest {
  messages: { nodes: object[] };
}
interface Sessions {
  sessions: {
    nodes: { sessionId: string; updatedAt: string | null; agent: Newest | null }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}
interface Agents {
  session: { agents: ({ agentId: string } & Newest)[] } | null;
}

const isStanding = (agent: Newest | null) => (agent?.messages.nodes.length ?? 0) > 0;

/** What the port asks of whole sessions, over a server. */
export function clientSessions(
  client: ParleyClient,
): Pick<ConversationPort, 'listSessions' | 'listAgents' | 'deleteSession'> {
  return {
    async listSessions(query) {
      const { sessions } = await client.query<Sessions, object>(SESSIONS, query);
      return {
        sessions: sessions.nodes.map(({ sessionId, updatedAt, agent }) => ({
          sessionId,
          updatedAt: updatedAt === null ? null : new Date(updatedAt),
          stands: isStanding(agent),
        })),
        next: sessions.pageInfo.hasNextPage ? sessions.pageInfo.endCursor : null,
      };
    },
    async listAgents(sessionId) {
      const { session } = await client.query<Agents, object>(AGENTS, { sessionId });
      return (session?.agents ?? []).map((one) => ({ agentId: one.agentId, stands: isStanding(one) }));
    },
    async deleteSession(sessionId) {
      await client.mutate(DELETE, { input: { sessionId } }).catch(unlessGone);
    },
  };
}
