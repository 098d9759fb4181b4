import type { Steps } from '../../domain/in-slices.js';
import { ROW_BYTES } from '../../domain/read-budget.js';
import type { Message } from '../../domain/sessions/model.js';
import {
  AGENT_PARTS,
  type AgentPart,
  type AgentsRequest,
  type AgentWithPages,
  MESSAGE_PARTS,
  type MessageAddress,
  type MessagePage,
  type MessagePart,
} from '../../domain/sessions/session-store.js';
import { foundRows, foundSql, weightOf } from './budgeted-read.js';
import { forParts } from './for-parts.js';
import { AGENT_JSON, MESSAGE_JSON, toAgent, toMessage } from './rows.js';
import { opened, type RowsRead } from './rows-read.js';
import type { Row } from './statements.js';

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
const AGENT_PART_COLUMNS: Readonly<Record<AgentPart, string>> = {
  systemPrompt: 'system_prompt',
  promptMetadata: 'prompt_metadata',
  state: 'state',
  conversationManagerState: 'conversation_manager_state',
};
const MESSAGE_PART_COLUMNS: Readonly<Record<MessagePart, string>> = {
  content: 'content',
  metadata: 'metadata',
  eventLoopMetrics: 'event_loop_metrics',
  guardrailEvent: 'guardrail_event',
};

/** What of the agents and their messages is asked for by any of the requests. */
export interface AgentsParts {
  agent: readonly AgentPart[];
  message: readonly MessagePart[];
}
export const EVERY_PART: AgentsParts = { agent: AGENT_PARTS, message: MESSAGE_PARTS };

/** `make`, once for each choice of parts. */
function forAgentsParts<T>(make: (parts: AgentsParts) => T): (parts: AgentsParts) => T {
  const made = forParts(AGENT_PARTS, (agent) =>
    forParts(MESSAGE_PARTS, (message) => make({ agent, message })),
  );
  return ({ agent, message }) => made(agent)(message);
}

/** Null in the place of a part that is not asked for. */
function selected<P extends string>(
  table: string,
  columns: readonly string[],
  partColumns: Readonly<Record<P, string>>,
  parts: readonly P[],
): string[] {
  const asked = parts.map((part) => partColumns[part]);
  const large: readonly string[] = Object.values(partColumns);
  return columns.map((column) =>
    large.includes(column) && !asked.includes(column) ? `NULL AS ${column}` : `${table}.${column}`,
  );
}

/** What a row takes with these parts, found without reading them: `octet_length` looks at a row's header alone. */
const bytesOf = <P extends string>(
  table: string,
  partColumns: Readonly<Record<P, string>>,
  parts: readonly P[],
) => parts.map((part) => ` + coalesce(octet_length(${table}.${partColumns[part]}), 0)`).join('');

/** More rows than any budget lets through are not looked at one by one. */
const MAX_ROWS = 200_000;

/** Where the columns of a kind begin in a row of `loadAgentsSql`. */
const FIRST = 6;
const WIDTH = Math.max(AGENT_COLUMNS.length, MESSAGE_COLUMNS.length);
/** As wide as the widest kind of row. */
const padded = (columns: readonly string[]) =>
  [...columns, ...Array<string>(WIDTH - columns.length).fill('NULL')].join(', ');

/** The agents that are asked for, and of each window where it lies: cut to what the agent has, from `low` up to and without `high`. */
const SPANS = `
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
)`;

/**
 * All requests, agents and windows in one statement. It gives four kinds of rows, told apart by the first column. First, in the
 * request's place, how many bytes the others take (0): for each row some, and its parts, these only where the rows alone are not too
 * many to be gone through. Where the last parameter lets so many come along, each agent once follows (1), the span of each of its
 * windows (2), and the messages (3). They have the request, the agent's row, the window, and of a span where it lies. The columns of
 * agents and messages share their places: a row has few, because to make them is most of what reading it costs. Both numbers are
 * kept in `size` and compared outside: a comparison in it SQLite moves into each arm, and measures again there.
 */
export const loadAgentsSql = forAgentsParts(
  (parts) => `${SPANS}, rows AS MATERIALIZED (
  SELECT (SELECT count(*) FROM wanted) + coalesce(sum(high - low), 0) AS count FROM spans
), size AS MATERIALIZED (
  SELECT count * ${ROW_BYTES} + CASE WHEN count <= ${MAX_ROWS} THEN
    (SELECT coalesce(sum(0${bytesOf('agents', AGENT_PART_COLUMNS, parts.agent)}), 0)
      FROM wanted JOIN agents ON agents.id = wanted.agent)
    + (SELECT coalesce(sum(0${bytesOf('messages', MESSAGE_PART_COLUMNS, parts.message)}), 0)
      FROM spans CROSS JOIN messages
        ON messages.agent = spans.agent AND messages.position >= spans.low AND messages.position < spans.high)
    ELSE 0 END AS bytes, ? AS most
  FROM rows
)
SELECT 0, bytes, NULL, NULL, NULL, NULL, ${padded([])}
FROM size
UNION ALL
SELECT 1, request, agent, NULL, NULL, NULL, ${padded(selected('agents', AGENT_COLUMNS, AGENT_PART_COLUMNS, parts.agent))}
FROM size CROSS JOIN wanted JOIN agents ON agents.id = wanted.agent
WHERE size.bytes <= size.most
UNION ALL
SELECT 2, request, agent, span, low, high, ${padded([])}
FROM size CROSS JOIN spans
WHERE size.bytes <= size.most
UNION ALL
SELECT 3, request, spans.agent, span, NULL, NULL, ${padded(selected('messages', MESSAGE_COLUMNS, MESSAGE_PART_COLUMNS, parts.message))}
FROM size CROSS JOIN spans
CROSS JOIN messages ON messages.agent = spans.agent AND messages.position >= spans.low AND messages.position < spans.high
WHERE size.bytes <= size.most`,
);

export const agentsRead: RowsRead<readonly AgentsRequest[], AgentWithPages[][]> = {
  rows(statements, requests, most) {
    const [size, ...rows] = statements.rows(loadAgentsSql(partsOf(requests)), JSON.stringify(requests), most);
    const bytes = size[1] > most ? size[1] : weightOf(rows, size[1], most);
    return bytes <= most ? { bytes, value: rows } : { bytes };
  },
  value: agentsOf,
};

/** One statement serves all requests, so each is given what any of them asks for. */
const partsOf = (requests: readonly AgentsRequest[]): AgentsParts => ({
  agent: requests.flatMap(({ parts = AGENT_PARTS }) => parts),
  message: requests.flatMap(({ messageParts = MESSAGE_PARTS }) => messageParts),
});

function* agentsOf(requests: readonly AgentsRequest[], rows: readonly Row[]): Steps<AgentWithPages[][]> {
  const found = requests.map(() => new Map<number, AgentWithPages>());
  const messages: Row[] = [];
  for (const row of rows) {
    const [part, request, id, span, low, high] = row;
    const agents = found[request] as Map<number, AgentWithPages>;
    if (part === 1) {
      const { sessionId } = requests[request] as AgentsRequest;
      const columns = Object.fromEntries(AGENT_COLUMNS.map((name, index) => [name, row[FIRST + index]]));
      const agent = toAgent(sessionId, yield* opened(columns, AGENT_JSON));
      agents.set(id, { agent, pages: [] });
    } else if (part === 3) {
      messages.push(row);
    } else {
      const { agent, pages } = agents.get(id) as AgentWithPages;
      pages[span] = { messages: [], hasPrevious: low > 0, hasNext: high < agent.messageCount };
    }
  }
  for (const row of messages) {
    const [, request, id, span] = row;
    const { agent, pages } = (found[request] as Map<number, AgentWithPages>).get(id) as AgentWithPages;
    const columns = yield* opened(columnsOf(row), MESSAGE_JSON);
    (pages[span] as MessagePage).messages.push(toMessage(agent.sessionId, agent.agentId, columns));
    yield;
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

const addressed = (bytes: string) => `
SELECT address.key AS request, messages.rowid AS row, ${bytes} AS bytes
FROM json_each(?) AS address
CROSS JOIN sessions ON sessions.session_id = address.value ->> 'sessionId'
CROSS JOIN agents ON agents.session = sessions.id AND agents.agent_id = address.value ->> 'agentId'
CROSS JOIN messages ON messages.agent = agents.id AND messages.position = coalesce(
  address.value ->> 'position', address.value ->> 'messageId',
  (SELECT position FROM messages AS same WHERE same.agent = agents.id AND same.storage_id = address.value ->> 'storageId'),
  (SELECT position FROM messages AS same WHERE same.agent = agents.id AND same.client_id = address.value ->> 'clientId'))`;

/** By a list of addresses. */
export const loadMessagesSql = forParts(MESSAGE_PARTS, (parts) =>
  foundSql({
    asked: addressed(`${ROW_BYTES}${bytesOf('messages', MESSAGE_PART_COLUMNS, parts)}`),
    rows: 'messages ON messages.rowid = found.row',
    columns: selected('messages', MESSAGE_COLUMNS, MESSAGE_PART_COLUMNS, parts).join(', '),
  }),
);

export interface MessagesRequest {
  addresses: readonly MessageAddress[];
  parts?: readonly MessagePart[] | undefined;
}

export const messagesRead: RowsRead<MessagesRequest, (Message | null)[]> = {
  rows: (statements, { addresses, parts }, most) =>
    foundRows(statements, loadMessagesSql(parts), addresses, most),
  *value({ addresses }, rows) {
    const messages: (Message | null)[] = addresses.map(() => null);
    for (const row of rows) {
      const { sessionId, agentId } = addresses[row.request] as MessageAddress;
      messages[row.request] = toMessage(sessionId, agentId, yield* opened(row, MESSAGE_JSON));
      yield;
    }
    return messages;
  },
};
