import { ROW_BYTES } from '../../domain/read-budget.js';
import {
  AGENT_PARTS,
  type AgentsRequest,
  MESSAGE_PARTS,
  type MessageWindow,
} from '../../domain/sessions/session-store.js';
import { bytesSql, valueSql } from './agent-values.js';
import { type Found, weightOf } from './budgeted-read.js';
import { forParts } from './for-parts.js';
import { type AskedOfMessages, SMALL_COLUMNS, WITH_IDENTITIES } from './page-columns.js';
import { bytesOf, forMessageParts, MESSAGE_PART_COLUMNS } from './part-columns.js';
import type { Row, Statements } from './statements.js';

/** More rows than any budget lets through are not looked at one by one. */
const MAX_ROWS = 200_000;
/** Most messages take less. */
const USUAL_BYTES = 1_024;

/** Of an agent, whatever is asked for, behind `COUNTS`; its parts follow in their order. */
export const SMALL_AGENT_COLUMNS = ['agent_id', 'model', 'created_at', 'updated_at'];
/** Before them: the place of its request, its row id, its messages, and what its parts take. */
export const COUNTS = 4;

/**
 * Agents with their small columns: those of a session, of each of a list of sessions, or the one of an id. What their parts hold is
 * found by their row id.
 */
export const agentsSql = forParts(AGENT_PARTS, (parts) => {
  const columns = [
    'agents.id',
    'agents.message_count',
    bytesSql(parts),
    ...SMALL_AGENT_COLUMNS.map((column) => `agents.${column}`),
  ].join(', ');
  const joined = 'CROSS JOIN agents ON agents.session = sessions.id';
  const found = (which: string) => `
SELECT ?, ${columns} FROM sessions ${joined} WHERE sessions.session_id = ? AND in_time(agents.id)${which} LIMIT +?`;
  return {
    all: found(''),
    one: found(' AND agents.agent_id = ?'),
    each: `
SELECT asked.key, ${columns} FROM json_each(?) AS asked
CROSS JOIN sessions ON sessions.session_id = asked.value ${joined} WHERE in_time(agents.id) LIMIT +?`,
    parts: parts.length === 0 ? null : `SELECT ${parts.map(valueSql).join(', ')} FROM agents WHERE id = ?`,
  };
});
const COUNT_AGENTS = `
SELECT count(*) FROM sessions CROSS JOIN agents ON agents.session = sessions.id WHERE sessions.session_id = ? AND in_time(agents.id)`;

/** What all parts of a message take: most of its small columns stand behind them, and are found by going through these. */
const STORED = `0${bytesOf('messages', MESSAGE_PART_COLUMNS, MESSAGE_PARTS)}`;

/**
 * Of an agent's messages from one position up to and without another: what the parts that are asked for take together, and all parts;
 * and the rows of those of which all parts take no more than the last parameter says. A row begins with what those asked for take.
 */
const sqlOf = (small: readonly string[]) =>
  forMessageParts((parts) => {
    const where = 'FROM messages WHERE agent = ? AND position >= ? AND position < ?';
    const bytes = `0${bytesOf('messages', MESSAGE_PART_COLUMNS, parts)}`;
    // Of rows that come by the thousand each column counts, also one that is null.
    const asked = parts.map((part) => MESSAGE_PART_COLUMNS[part]);
    return {
      // Found in the rows' headers alone.
      bytes: `SELECT coalesce(sum(${bytes}), 0), coalesce(sum(${STORED}), 0) ${where} AND in_time()`,
      rows: `SELECT ${[bytes, ...small, ...asked].join(', ')} ${where} AND ${STORED} <= ? ORDER BY position`,
    };
  });
const wholeSql = sqlOf(WITH_IDENTITIES);
const shortSql = sqlOf(SMALL_COLUMNS);
export const messagesSql = ({ messageParts, identities }: AskedOfMessages = {}) =>
  (identities === false ? shortSql : wholeSql)(messageParts);

/** The row of an agent, and where its windows lie. */
interface FoundAgent {
  row: Row;
  spans: Span[];
}

/** `high` is not in it; `runs`, apart from each other, are what of it is asked for. */
interface Span {
  low: number;
  high: number;
  runs: readonly { low: number; high: number }[];
}

/** What has been read: `bytes` of the messages' parts, `whole` where no message was left out. */
interface Loaded {
  rows: Row[];
  bytes: number;
  whole: boolean;
}

/**
 * Each agent by its row, each page by its range: statements that an index answers cost less than one that joins them all. An agent's
 * row begins with the place of its request, and behind it comes a row for each of its windows: where it lies, how many messages it
 * has, and then these. `mostPassed`: what may be passed by in the rows on the way to what is asked for.
 */
export function agentRows(
  statements: Statements,
  requests: readonly AgentsRequest[],
  most: number,
  mostPassed = Number.POSITIVE_INFINITY,
): Found<Row[]> {
  // Between finding, measuring and loading nothing may change.
  return statements.snapshot(() => {
    const { found, more } = findAgents(statements, requests, most);
    let bytes = more * ROW_BYTES;
    let messages = 0;
    for (const agents of found) {
      for (const { row, spans } of agents) {
        bytes += ROW_BYTES + row[COUNTS - 1];
        for (const { runs } of spans) for (const { low, high } of runs) messages += high - low;
      }
    }
    bytes += messages * ROW_BYTES;
    const weighed = ({ rows: value, bytes: own }: Loaded): Found<Row[]> => ({
      bytes: weightOf(value, bytes + own, most),
      value,
    });
    const each = Math.floor((most - bytes) / Math.max(1, messages));
    if (each >= USUAL_BYTES) {
      // Most pages have no message that takes more than its share of what may come along.
      const loaded = load(statements, requests, found, each);
      if (loaded.whole) return weighed(loaded);
    }
    const measured = messages > MAX_ROWS ? { asked: 0, all: 0 } : measure(statements, requests, found);
    if (bytes + measured.asked > most) return { bytes: bytes + measured.asked };
    if (measured.all > mostPassed) return { bytes: bytes + measured.asked, far: true };
    return weighed(load(statements, requests, found, Number.MAX_SAFE_INTEGER));
  });
}

/** For each request its agents in the order in which they came to be; `more`: how many there are beside, of sessions with more than may be loaded. */
function findAgents(
  statements: Statements,
  requests: readonly AgentsRequest[],
  most: number,
): { found: FoundAgent[][]; more: number } {
  const found = requests.map((): FoundAgent[] => []);
  let more = 0;
  const limit = Math.floor(most / ROW_BYTES) + 1;
  const add = (row: Row) => {
    const { windows } = requests[row[0]] as AgentsRequest;
    found[row[0]]?.push({ row, spans: windows.map((window) => spanOf(window, row[2])) });
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
    const ids = places.map((place) => requests[place]?.sessionId);
    const rows =
      places.length === 1
        ? statements.rows(sql.all, 0, ids[0], limit)
        : statements.rows(sql.each, JSON.stringify(ids), limit);
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

/** What of all messages the parts take that are asked for, and all parts. */
function measure(
  statements: Statements,
  requests: readonly AgentsRequest[],
  found: readonly (readonly FoundAgent[])[],
): { asked: number; all: number } {
  const sum = { asked: 0, all: 0 };
  for (const [index, request] of requests.entries()) {
    const { bytes: sql } = messagesSql(request);
    for (const { row, spans } of found[index] as readonly FoundAgent[])
      for (const { runs } of spans)
        for (const { low, high } of runs) {
          const [asked, all] = statements.row(sql, row[1], low, high);
          sum.asked += asked;
          sum.all += all;
        }
  }
  return sum;
}

/** `each`: what all parts of one message may take; one of more is left out. */
function load(
  statements: Statements,
  requests: readonly AgentsRequest[],
  found: readonly (readonly FoundAgent[])[],
  each: number,
): Loaded {
  const loaded: Loaded = { rows: [], bytes: 0, whole: true };
  for (const [index, request] of requests.entries()) {
    const { parts: partsSql } = agentsSql(request.parts);
    const { rows: sql } = messagesSql(request);
    for (const { row, spans } of found[index] as readonly FoundAgent[]) {
      loaded.rows.push(partsSql === null ? row : [...row, ...statements.row(partsSql, row[1])]);
      for (const { low, high, runs } of spans) {
        const span = [low, high, 0];
        loaded.rows.push(span);
        for (const run of runs) {
          const rows = statements.rows(sql, row[1], run.low, run.high, each);
          if (rows.length < run.high - run.low) loaded.whole = false;
          span[2] = (span[2] as number) + rows.length;
          for (const one of rows) {
            loaded.rows.push(one);
            loaded.bytes += one[0];
          }
        }
      }
    }
  }
  return loaded;
}
