import type { Steps } from '../../domain/in-slices.js';
import type { AgentsRequest, AgentWithPages, MessagePage } from '../../domain/sessions/session-store.js';
import { AGENT_ROW, agentRows } from './agent-rows.js';
import { messageColumnsOf } from './page-columns.js';
import { isSaid } from './part-columns.js';
import { AGENT_JSON, openedMessage, toAgent, toMessage } from './rows.js';
import { isOpen, opened, type RowsRead } from './rows-read.js';
import type { Row } from './statements.js';

/** The row of an agent: its kind, its request, and `AGENT_COLUMNS`. */
const agentColumnsOf = (row: Row): Row => ({
  agent_id: row[2],
  model: row[3],
  system_prompt: row[4],
  prompt_metadata: row[5],
  state: row[6],
  conversation_manager_state: row[7],
  created_at: row[8],
  updated_at: row[9],
  message_count: row[10],
});

export const agentsRead: RowsRead<readonly AgentsRequest[], AgentWithPages[][]> = {
  rows: agentRows,
  value: agentsOf,
};

function* agentsOf(requests: readonly AgentsRequest[], rows: readonly Row[]): Steps<AgentWithPages[][]> {
  const found = requests.map((): AgentWithPages[] => []);
  let request: AgentsRequest | undefined;
  let current: AgentWithPages | undefined;
  for (let at = 0; at < rows.length; ) {
    const row = rows[at++];
    if (row[0] === AGENT_ROW) {
      request = requests[row[1]] as AgentsRequest;
      const columns = agentColumnsOf(row);
      const agent = toAgent(request.sessionId, isOpen(row) ? columns : yield* opened(columns, AGENT_JSON));
      current = { agent, pages: [] };
      found[row[1]]?.push(current);
      continue;
    }
    const [, low, high, count] = row;
    const { agent, pages } = current as AgentWithPages;
    const page: MessagePage = { messages: [], hasPrevious: low > 0, hasNext: high < agent.messageCount };
    const says = isSaid(request?.messageParts);
    const columnsOf = messageColumnsOf(request ?? {});
    for (const end = at + count; at < end; at++) {
      const columns = columnsOf(rows[at]);
      const open = isOpen(rows[at]) ? columns : yield* openedMessage(columns, says);
      page.messages.push(toMessage(agent.sessionId, agent.agentId, open, says));
      yield;
    }
    pages.push(page);
  }
  return requests.map((request, index) => inOrder(request, found[index] as AgentWithPages[]));
}

/** A request that names its agents is answered in its own order. */
function inOrder({ among }: AgentsRequest, agents: AgentWithPages[]): AgentWithPages[] {
  if (among === 'all') return agents;
  const byId = new Map(agents.map((one) => [one.agent.agentId, one]));
  return among.flatMap((agentId) => byId.get(agentId) ?? []);
}
