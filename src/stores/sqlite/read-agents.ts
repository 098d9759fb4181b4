import type { Message } from '../../domain/model.js';
import type {
  AgentsRequest,
  AgentWithPages,
  MessageAddress,
  MessagePage,
} from '../../domain/session-store.js';
import { toAgent, toMessage, USAGE_COLUMNS } from './rows.js';
import type { Row, Statements } from './statements.js';

const AGENT_COLUMNS = `agents.agent_id, model, system_prompt, prompt_metadata, state, conversation_manager_state,
  agents.created_at, agents.updated_at, message_count, ${USAGE_COLUMNS.join(', ')}`;
const MESSAGE_COLUMNS = [
  'position',
  'storage_id',
  'role',
  'content',
  'redacted',
  'metadata',
  'event_loop_metrics',
  'guardrail_event',
  'created_at',
  'updated_at',
];

/**
 * All requests, agents and windows in one statement. It gives three kinds of rows: each agent once, the span of each of its
 * windows, and the messages, told apart by `part` and `span`; a column that a kind has not is null. A span is cut to what
 * the agent has: from `low` up to and without `high`.
 */
export const LOAD_AGENTS = `
WITH wanted AS MATERIALIZED (
  SELECT request.key AS request, agents.id AS agent, agents.message_count AS count, request.value AS asked
  FROM json_each(?) AS request
  JOIN sessions ON sessions.session_id = request.value ->> 'sessionId'
  JOIN agents ON agents.session = sessions.id
  WHERE request.value ->> 'among' = 'all'
    OR agents.agent_id IN (SELECT value FROM json_each(request.value, '$.among'))
), reach AS (
  SELECT request, agent, count, span.key AS span, span.value AS span_asked,
    min(coalesce(max(span.value ->> 'after' + 1, 0), 0), count) AS low,
    min(coalesce(span.value ->> 'before', count), count) AS high
  FROM wanted, json_each(wanted.asked, '$.windows') AS span
), spans AS MATERIALIZED (
  SELECT request, agent, span,
    CASE WHEN span_asked ->> 'first' IS NULL AND span_asked ->> 'last' IS NOT NULL
      THEN max(low, high - (span_asked ->> 'last')) ELSE low END AS low,
    max(low, CASE WHEN span_asked ->> 'first' IS NULL THEN high
      ELSE min(high, low + (span_asked ->> 'first')) END) AS high
  FROM reach
)
SELECT 'agent' AS part, request, agents.id AS agent, NULL AS span, NULL AS low, NULL AS high, ${AGENT_COLUMNS},
  ${MESSAGE_COLUMNS.map((column) => `NULL AS message_${column}`).join(', ')}
FROM wanted JOIN agents ON agents.id = wanted.agent
UNION ALL
SELECT 'span', request, agent, span, low, high, ${'NULL, '.repeat(9 + USAGE_COLUMNS.length)}
  ${MESSAGE_COLUMNS.map(() => 'NULL').join(', ')}
FROM spans
UNION ALL
SELECT 'message', request, spans.agent, span, NULL, NULL, ${'NULL, '.repeat(9 + USAGE_COLUMNS.length)}
  ${MESSAGE_COLUMNS.map((column) => `messages.${column}`).join(', ')}
FROM spans CROSS JOIN messages ON messages.agent = spans.agent AND messages.position >= spans.low AND messages.position < spans.high`;

export function loadAgents(statements: Statements, requests: readonly AgentsRequest[]): AgentWithPages[][] {
  const found = requests.map(() => new Map<number, AgentWithPages>());
  const messages: Row[] = [];
  for (const row of statements.all(LOAD_AGENTS, JSON.stringify(requests))) {
    const agents = found[row.request] as Map<number, AgentWithPages>;
    if (row.part === 'agent') {
      const sessionId = (requests[row.request] as AgentsRequest).sessionId;
      agents.set(row.agent, { agent: toAgent(sessionId, row), pages: [] });
    } else if (row.part === 'message') {
      messages.push(row);
    } else {
      const { agent, pages } = agents.get(row.agent) as AgentWithPages;
      pages[row.span] = { messages: [], hasPrevious: row.low > 0, hasNext: row.high < agent.messageCount };
    }
  }
  for (const row of messages) {
    const agents = found[row.request] as Map<number, AgentWithPages>;
    const { agent, pages } = agents.get(row.agent) as AgentWithPages;
    (pages[row.span] as MessagePage).messages.push(
      toMessage(agent.sessionId, agent.agentId, messageColumns(row)),
    );
  }
  return requests.map((request, index) => inOrder(request, found[index] as Map<number, AgentWithPages>));
}

/** Agents came to be in the order of their row ids; a request that names them is answered in its own order. */
function inOrder({ among }: AgentsRequest, found: Map<number, AgentWithPages>): AgentWithPages[] {
  const agents = [...found].sort(([a], [b]) => a - b).map(([, agent]) => agent);
  for (const { pages } of agents)
    for (const page of pages) page.messages.sort((a, b) => a.position - b.position);
  if (among === 'all') return agents;
  const byId = new Map(agents.map((one) => [one.agent.agentId, one]));
  return among.flatMap((agentId) => byId.get(agentId) ?? []);
}

function messageColumns(row: Row): Row {
  return Object.fromEntries(MESSAGE_COLUMNS.map((column) => [column, row[`message_${column}`]]));
}

/** In the order of the parameter's list; a message that is missing has no row. */
export const LOAD_MESSAGES = `
SELECT address.key AS request, ${MESSAGE_COLUMNS.map((column) => `messages.${column}`).join(', ')}
FROM json_each(?) AS address
CROSS JOIN sessions ON sessions.session_id = address.value ->> 'sessionId'
CROSS JOIN agents ON agents.session = sessions.id AND agents.agent_id = address.value ->> 'agentId'
CROSS JOIN messages ON messages.agent = agents.id AND messages.position = coalesce(
  address.value ->> 'position', address.value ->> 'messageId',
  (SELECT position FROM messages AS same WHERE same.agent = agents.id AND same.storage_id = address.value ->> 'storageId'))`;

export function loadMessages(
  statements: Statements,
  addresses: readonly MessageAddress[],
): (Message | null)[] {
  const found: (Message | null)[] = addresses.map(() => null);
  for (const row of statements.all(LOAD_MESSAGES, JSON.stringify(addresses))) {
    const { sessionId, agentId } = addresses[row.request] as MessageAddress;
    found[row.request] = toMessage(sessionId, agentId, row);
  }
  return found;
}
