import { ROW_BYTES } from '../../../domain/read-budget.js';
import type { AgentsRequest, MessageWindow } from '../../../domain/sessions/session-store.js';
import type { Row, Statements } from '../statements.js';
import { agentsSql, BEHIND_AGENT, COUNT_AGENTS, messagesSql } from './agent-sql.js';

/** The row of an agent, and where its windows lie; `last`: its last message, where it came along. */
export interface FoundAgent {
  row: Row;
  spans: Span[];
  last: Row | null;
}

/** `high` is not in it; `runs`, apart from each other, are what of it is asked for. */
interface Span {
  low: number;
  high: number;
  runs: readonly { low: number; high: number }[];
}

/** For each request its agents in the order in which they came to be; `more`: how many there are beside, of sessions with more than may be loaded. */
export function findAgents(
  statements: Statements,
  requests: readonly AgentsRequest[],
  most: number,
): { found: FoundAgent[][]; more: number } {
  const found = requests.map((): FoundAgent[] => []);
  let more = 0;
  const limit = Math.floor(most / ROW_BYTES) + 1;
  const add = (row: Row) => {
    const { windows } = requests[row[0]] as AgentsRequest;
    const last = row.length > BEHIND_AGENT ? lastOf(row) : null;
    found[row[0]]?.push({ row, spans: windows.map((window) => spanOf(window, row[2])), last });
  };
  /** The places of those that ask for all agents of a session, by what they ask for of these. */
  const whole = new Map<ReturnType<typeof agentsSql>, number[]>();
  for (const [place, { sessionId, among, parts }] of requests.entries()) {
    const sql = agentsSql(parts);
    const alike = whole.get(sql);
    if (among !== 'all') {
      for (const agentId of new Set(among))
        for (const row of statements.rows(sql.one, place, sessionId, agentId, 1)) add(row);
    } else if (alike) alike.push(place);
    else whole.set(sql, [place]);
  }
  for (const [sql, places] of whole) {
    const asked = places.map((place) => requests[place] as AgentsRequest);
    const ids = asked.map(({ sessionId }) => sessionId);
    const rows =
      places.length === 1
        ? statements.rows(sql.all, 0, ids[0], limit)
        : statements.rows(eachSql(sql, asked), JSON.stringify(ids), limit);
    if (rows.length === limit) for (const id of ids) more += statements.row(COUNT_AGENTS, id)?.[0];
    else
      for (const row of rows) {
        row[0] = places[row[0]];
        add(row);
      }
  }
  for (const agents of found) if (agents.length > 1) agents.sort((a, b) => a.row[1] - b.row[1]);
  return { found, more };
}

/** Where each is asked for its last message alone, and all for the same of it, these come along. */
function eachSql(sql: ReturnType<typeof agentsSql>, requests: readonly AgentsRequest[]): string {
  const [first] = requests as [AgentsRequest];
  const messages = messagesSql(first);
  const isAlike = (request: AgentsRequest) =>
    request.windows.length === 1 &&
    isLast(request.windows[0] as MessageWindow) &&
    messagesSql(request) === messages;
  return requests.every(isAlike) ? sql.eachWithLast(messages) : sql.each;
}

const isLast = ({ first, last, after, before, runs }: MessageWindow): boolean =>
  last === 1 && first === undefined && after === undefined && before === undefined && runs === undefined;

/** What of an agent's row is its last message's; null where none came along. */
function lastOf(row: Row): Row | null {
  const last = row.splice(BEHIND_AGENT);
  return last[POSITION] === null ? null : last;
}
/** Behind what its parts take. */
const POSITION = 1;

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
