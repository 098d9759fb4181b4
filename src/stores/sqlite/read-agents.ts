import type { Steps } from '../../domain/in-slices.js';
import { ROW_BYTES } from '../../domain/read-budget.js';
import {
  AGENT_PARTS,
  type AgentsRequest,
  type AgentWithPages,
  type MessagePage,
  type MessageWindow,
} from '../../domain/sessions/session-store.js';
import { weightOf } from './budgeted-read.js';
import { forParts } from './for-parts.js';
import {
  AGENT_COLUMNS,
  AGENT_PART_COLUMNS,
  bytesOf,
  forMessageParts,
  isSaid,
  MESSAGE_COLUMNS,
  MESSAGE_PART_COLUMNS,
  selected,
} from './part-columns.js';
import { AGENT_JSON, MESSAGE_JSON, toAgent, toMessage } from './rows.js';
import { opened, type RowsRead } from './rows-read.js';
import type { Row, Statements } from './statements.js';

/** More rows than any budget lets through are not looked at one by one. */
const MAX_ROWS = 200_000;

/** Where the columns of a kind begin in a row. */
const FIRST = 6;

/** The agents of a session, or the one of an id: each row id, with how many messages it has and what its parts take; and their rows. */
export const agentsSql = forParts(AGENT_PARTS, (parts) => {
  const found = (which: string) => `
SELECT agents.id, agents.message_count, 0${bytesOf('agents', AGENT_PART_COLUMNS, parts)}
FROM sessions CROSS JOIN agents ON agents.session = sessions.id
WHERE sessions.session_id = ?${which} LIMIT +?`;
  const columns = selected('agents', AGENT_COLUMNS, AGENT_PART_COLUMNS, parts).join(', ');
  return {
    all: found(''),
    one: found(' AND agents.agent_id = ?'),
    row: `SELECT 1, ?, id, NULL, NULL, NULL, ${columns} FROM agents WHERE id = ?`,
  };
});
const COUNT_AGENTS = `
SELECT count(*) FROM sessions CROSS JOIN agents ON agents.session = sessions.id WHERE sessions.session_id = ?`;

/** Of an agent's messages from one position up to and without another: what their parts take, and their rows. */
export const messagesSql = forMessageParts((parts) => {
  const where = 'FROM messages WHERE agent = ? AND position >= ? AND position < ?';
  const columns = selected('messages', MESSAGE_COLUMNS, MESSAGE_PART_COLUMNS, parts).join(', ');
  return {
    bytes:
      parts.length === 0
        ? null
        : `SELECT coalesce(sum(0${bytesOf('messages', MESSAGE_PART_COLUMNS, parts)}), 0) ${where}`,
    rows: `SELECT 3, ?, agent, ?, NULL, NULL, ${columns} ${where} ORDER BY position`,
  };
});

/** An agent, and where its windows lie: from `low` up to and without `high`. */
interface FoundAgent {
  id: number;
  bytes: number;
  spans: Span[];
}

/** `high` is not in it; `runs`, apart from each other, are what of it is asked for. */
interface Span {
  low: number;
  high: number;
  runs: readonly { low: number; high: number }[];
}

/**
 * Each agent by its row, each page by its range: statements that an index answers cost less than one that joins them all. Three kinds
 * of rows, told apart by the first column: each agent once (1), the span of each of its windows (2), and the messages (3). They have
 * the request, the agent's row, the window, and of a span where it lies; from `FIRST` on the columns of an agent or a message.
 */
export const agentsRead: RowsRead<readonly AgentsRequest[], AgentWithPages[][]> = {
  rows: (statements, requests, most) =>
    // Between measuring and loading nothing may change.
    statements.snapshot(() => {
      let bytes = 0;
      const found = requests.map((request) => {
        const agents = findAgents(statements, request, most);
        bytes += agents === null ? countedBytes(statements, request) : measure(statements, request, agents);
        return agents ?? [];
      });
      if (bytes > most) return { bytes };
      const rows = requests.flatMap((request, index) =>
        rowsOf(statements, request, index, found[index] ?? []),
      );
      bytes = weightOf(rows, bytes, most);
      return bytes > most ? { bytes } : { bytes, value: rows };
    }),
  value: agentsOf,
};

/** Null where there are more of them than may be loaded. */
function findAgents(
  statements: Statements,
  { sessionId, among, windows, parts }: AgentsRequest,
  most: number,
): FoundAgent[] | null {
  const { all, one } = agentsSql(parts);
  const limit = Math.floor(most / ROW_BYTES) + 1;
  const rows =
    among === 'all'
      ? statements.rows(all, sessionId, limit)
      : [...new Set(among)].flatMap((agentId) => statements.rows(one, sessionId, agentId, 1));
  if (among === 'all' && rows.length === limit) return null;
  return rows.map(([id, count, bytes]) => ({
    id,
    bytes,
    spans: windows.map((window) => spanOf(window, count)),
  }));
}

const countedBytes = (statements: Statements, { sessionId }: AgentsRequest): number =>
  statements.row(COUNT_AGENTS, sessionId)?.[0] * ROW_BYTES;

/** What agents and their pages take: for each row some, and its parts, these only where the rows are not too many to be gone through. */
function measure(
  statements: Statements,
  { messageParts: parts }: AgentsRequest,
  agents: readonly FoundAgent[],
): number {
  const sql = messagesSql(parts).bytes;
  let rows = agents.length;
  const runsOf = ({ spans }: FoundAgent) => spans.flatMap(({ runs }) => runs);
  for (const agent of agents) for (const { low, high } of runsOf(agent)) rows += high - low;
  let bytes = rows * ROW_BYTES;
  for (const agent of agents) {
    bytes += agent.bytes;
    if (sql === null || rows > MAX_ROWS) continue;
    for (const { low, high } of runsOf(agent)) bytes += statements.row(sql, agent.id, low, high)?.[0];
  }
  return bytes;
}

function spanOf({ first, last, after, before, runs }: MessageWindow, count: number): Span {
  if (runs) {
    const found = runs.map(({ from, to }) => ({ low: from, high: to + 1 }));
    return { low: found[0]?.low ?? 0, high: found.at(-1)?.high ?? 0, runs: found };
  }
  const from = Math.min(Math.max((after ?? -1) + 1, 0), count);
  const until = Math.min(before ?? count, count);
  const low = first === undefined && last !== undefined ? Math.max(from, until - last) : from;
  const high = Math.max(low, first === undefined ? until : Math.min(until, from + first));
  return { low, high, runs: high > low ? [{ low, high }] : [] };
}

function rowsOf(
  statements: Statements,
  { parts, messageParts: ofMessages }: AgentsRequest,
  request: number,
  agents: readonly FoundAgent[],
): Row[] {
  const rows: Row[] = [];
  const { rows: sql } = messagesSql(ofMessages);
  for (const { id, spans } of agents) {
    rows.push(statements.row(agentsSql(parts).row, request, id));
    for (const [span, { low, high, runs }] of spans.entries()) {
      rows.push([2, request, id, span, low, high]);
      for (const run of runs)
        for (const row of statements.rows(sql, request, span, id, run.low, run.high)) rows.push(row);
    }
  }
  return rows;
}

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
    const says = isSaid(requests[request]?.messageParts);
    (pages[span] as MessagePage).messages.push(toMessage(agent.sessionId, agent.agentId, columns, says));
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
  supersedes: row[FIRST + 12],
});
