import type { Message } from '../../domain/model.js';
import type {
  AgentsRequest,
  AgentWithPages,
  MessageAddress,
  MessagePage,
} from '../../domain/session-store.js';
import { toAgent, toMessage } from './rows.js';
import type { Row, Statements } from './statements.js';

const AGENT_COLUMNS = [
  'agent_id',
  'model',
  'system_prompt',
  'prompt_metadata',
  'state',
  'conversation_manager_state',
  'created_at',
  'updated_at',
  'message_count',
];
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
  'client_id',
  'tracking_id',
];

/** Where the columns of a kind begin in a row of `LOAD_AGENTS`. */
const FIRST = 6;
const WIDTH = Math.max(AGENT_COLUMNS.length, MESSAGE_COLUMNS.length);
/** As wide as the widest kind of row. */
const padded = (columns: readonly string[]) =>
  [...columns, ...Array<string>(WIDTH - columns.length).fill('NULL')].join(', ');

/**
 * All requests, agents and windows in one statement. It gives three kinds of rows, told apart by the first column: each agent once
 * (0), the span of each of its windows (1), and the messages (2). Then come the request, the agent's row, the window, and of
 * a span where it lies: it is cut to what the agent has, from `low` up to and without `high`. The columns of agents and
 * messages share their places: a row has few, because to make them is most of what reading it costs.
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
SELECT 0, request, agent, NULL, NULL, NULL, ${padded(AGENT_COLUMNS.map((column) => `agents.${column}`))}
FROM wanted JOIN agents ON agents.id = wanted.agent
UNION ALL
SELECT 1, request, agent, span, low, high, ${padded([])}
FROM spans
UNION ALL
SELECT 2, request, spans.agent, span, NULL, NULL, ${padded(MESSAGE_COLUMNS.map((column) => `messages.${column}`))}
FROM spans CROSS JOIN messages ON messages.agent = spans.agent AND messages.position >= spans.low AND messages.position < spans.high`;

export function loadAgents(statements: Statements, requests: readonly AgentsRequest[]): AgentWithPages[][] {
  const found = requests.map(() => new Map<number, AgentWithPages>());
  const messages: Row[] = [];
  for (const row of statements.rows(LOAD_AGENTS, JSON.stringify(requests))) {
    const [part, request, id, span, low, high] = row;
    const agents = found[request] as Map<number, AgentWithPages>;
    if (part === 0) {
      const { sessionId } = requests[request] as AgentsRequest;
      const columns = Object.fromEntries(AGENT_COLUMNS.map((name, index) => [name, row[FIRST + index]]));
      agents.set(id, { agent: toAgent(sessionId, columns), pages: [] });
    } else if (part === 2) {
      messages.push(row);
    } else {
      const { agent, pages } = agents.get(id) as AgentWithPages;
      pages[span] = { messages: [], hasPrevious: low > 0, hasNext: high < agent.messageCount };
    }
  }
  for (const row of messages) {
    const [, request, id, span] = row;
    const { agent, pages } = (found[request] as Map<number, AgentWithPages>).get(id) as AgentWithPages;
    (pages[span] as MessagePage).messages.push(toMessage(agent.sessionId, agent.agentId, columnsOf(row)));
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

/** In the order of `MESSAGE_COLUMNS`; written out, because a page has thousands. */
const columnsOf = (row: Row): Row => ({
  position: row[FIRST],
  storage_id: row[FIRST + 1],
  role: row[FIRST + 2],
  content: row[FIRST + 3],
  redacted: row[FIRST + 4],
  metadata: row[FIRST + 5],
  event_loop_metrics: row[FIRST + 6],
  guardrail_event: row[FIRST + 7],
  created_at: row[FIRST + 8],
  updated_at: row[FIRST + 9],
  client_id: row[FIRST + 10],
  tracking_id: row[FIRST + 11],
});

/** In the order of the parameter's list; a message that is missing has no row. */
export const LOAD_MESSAGES = `
SELECT address.key AS request, ${MESSAGE_COLUMNS.map((column) => `messages.${column}`).join(', ')}
FROM json_each(?) AS address
CROSS JOIN sessions ON sessions.session_id = address.value ->> 'sessionId'
CROSS JOIN agents ON agents.session = sessions.id AND agents.agent_id = address.value ->> 'agentId'
CROSS JOIN messages ON messages.agent = agents.id AND messages.position = coalesce(
  address.value ->> 'position', address.value ->> 'messageId',
  (SELECT position FROM messages AS same WHERE same.agent = agents.id AND same.storage_id = address.value ->> 'storageId'),
  (SELECT position FROM messages AS same WHERE same.agent = agents.id AND same.client_id = address.value ->> 'clientId'))`;

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
