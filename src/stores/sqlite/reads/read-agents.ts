import type { Steps } from '../../../domain/async/in-slices.js';
import type { Message } from '../../../domain/sessions/model.js';
import {
  AGENT_PARTS,
  type AgentPart,
  type AgentsRequest,
  type AgentWithPages,
  type MessagePage,
} from '../../../domain/sessions/session-store.js';
import type { Row } from '../statements.js';
import { agentRows } from './agent-rows.js';
import { BEHIND_AGENT } from './agent-sql.js';
import { forParts } from './for-parts.js';
import { messageColumnsOf } from './page-columns.js';
import { isSaid } from './part-columns.js';
import { placeIn, valueAt } from './row-places.js';
import { AGENT_JSON, openedMessage, toAgent, toMessage } from './rows.js';
import { isOpen, opened, type RowsRead } from './rows-read.js';

/** The columns of an agent's row by their names, null what was not read. */
const agentColumnsOf = forParts(AGENT_PARTS, (parts) => {
  const at = (part: AgentPart) => placeIn(parts, part, BEHIND_AGENT);
  const [systemPrompt, promptMetadata] = [at('systemPrompt'), at('promptMetadata')];
  const [state, managerState] = [at('state'), at('conversationManagerState')];
  return (row: Row): Row => ({
    agent_id: row[4],
    model: row[5],
    system_prompt: valueAt(row, systemPrompt),
    prompt_metadata: valueAt(row, promptMetadata),
    state: valueAt(row, state),
    conversation_manager_state: valueAt(row, managerState),
    created_at: row[6],
    updated_at: row[7],
    message_count: row[2],
  });
});

export const agentsRead: RowsRead<readonly AgentsRequest[], AgentWithPages[][]> = {
  rows: agentRows,
  value: agentsOf,
};

function* agentsOf(requests: readonly AgentsRequest[], rows: Iterable<Row>): Steps<AgentWithPages[][]> {
  const found = requests.map((): AgentWithPages[] => []);
  const left = rows[Symbol.iterator]();
  for (let { done, value: row } = left.next(); !done; { done, value: row } = left.next()) {
    const request = requests[row[0]] as AgentsRequest;
    const { sessionId, windows, parts, messageParts, times } = request;
    const named = agentColumnsOf(parts)(row);
    const agent = toAgent(sessionId, isOpen(row) ? named : yield* opened(named, AGENT_JSON), times);
    const pages: MessagePage[] = [];
    found[row[0]]?.push({ agent, pages });
    if (windows.length === 0) continue;
    const says = isSaid(messageParts);
    const columnsOf = messageColumnsOf(request);
    for (let window = 0; window < windows.length; window++) {
      const [low, high, count] = left.next().value;
      const messages: Message[] = [];
      pages.push({ messages, hasPrevious: low > 0, hasNext: high < agent.messageCount });
      for (let taken = 0; taken < count; taken++) {
        const { value: stored } = left.next();
        const columns = columnsOf(stored);
        const open = isOpen(stored) ? columns : yield* openedMessage(columns, says);
        messages.push(toMessage(sessionId, agent.agentId, open, says));
        yield;
      }
    }
  }
  return requests.map((request, index) => inOrder(request, found[index] as AgentWithPages[]));
}

/** A request that names its agents is answered in its own order. */
function inOrder({ among }: AgentsRequest, agents: AgentWithPages[]): AgentWithPages[] {
  if (among === 'all') return agents;
  const byId = new Map(agents.map((one) => [one.agent.agentId, one]));
  return among.flatMap((agentId) => byId.get(agentId) ?? []);
}
