import { ROW_BYTES } from '../../domain/read-budget.js';
import {
  AGENT_PARTS,
  type AgentsRequest,
  MESSAGE_PARTS,
  type MessageWindow,
} from '../../domain/sessions/session-store.js';
import { type Found, weightOf } from './budgeted-read.js';
import { forParts } from './for-parts.js';
import { type AskedOfMessages, SMALL_COLUMNS, WITH_IDENTITIES } from './page-columns.js';
import {
  AGENT_COLUMNS,
  AGENT_PART_COLUMNS,
  bytesOf,
  forMessageParts,
  MESSAGE_PART_COLUMNS,
  selected,
} from './part-columns.js';
import type { Row, Statements } from './statements.js';

/** More rows than any budget lets through are not looked at one by one. */
const MAX_ROWS = 200_000;
/** Most messages take less. */
const USUAL_BYTES = 1_024;

/**
 * The agents of a session, or the one of an id: each row id, with how many messages it has, what its parts take, and its columns where
 * none of these is large; else they are found by its row.
 */
export const agentsSql = forParts(AGENT_PARTS, (parts) => {
  const columns = selected('agents', AGENT_COLUMNS, AGENT_PART_COLUMNS, parts).join(', ');
  const small = parts.length === 0;
  const found = (which: string) => `
SELECT agents.id, agents.message_count, 0${bytesOf('agents', AGENT_PART_COLUMNS, parts)}${small ? `, ${columns}` : ''}
FROM sessions CROSS JOIN agents ON agents.session = sessions.id
WHERE sessions.session_id = ? AND in_time(agents.id)${which} LIMIT +?`;
  return {
    all: found(''),
    one: found(' AND agents.agent_id = ?'),
    row: small ? null : `SELECT ${columns} FROM agents WHERE id = ?`,
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

/** An agent, and where its windows lie. */
interface FoundAgent {
  id: number;
  /** What its parts take. */
  bytes: number;
  columns: Row | null;
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

/** Kinds of rows, told apart by their first column. Behind a span come the rows of its messages, which have no kind. */
export const [AGENT_ROW, SPAN_ROW] = [1, 2];

/**
 * Each agent by its row, each page by its range: statements that an index answers cost less than one that joins them all. An agent's
 * row has its request and columns, and behind it comes a row for each of its windows: where it lies, and how many messages follow.
 * `mostPassed`: what may be passed by in the rows on the way to what is asked for.
 */
export function agentRows(
  statements: Statements,
  requests: readonly AgentsRequest[],
  most: number,
  mostPassed = Number.POSITIVE_INFINITY,
): Found<Row[]> {
  // Between finding, measuring and loading nothing may change.
  return statements.snapshot(() => {
    let bytes = 0;
    let messages = 0;
    const found = requests.map((request) => {
      const agents = findAgents(statements, request, most);
      if (agents === null) bytes += statements.row(COUNT_AGENTS, request.sessionId)?.[0] * ROW_BYTES;
      for (const { bytes: own, spans } of agents ?? []) {
        bytes += ROW_BYTES + own;
        for (const { low, high } of runsOf(spans)) messages += high - low;
      }
      return agents ?? [];
    });
    bytes += messages * ROW_BYTES;
    const weighed = ({ rows: value, bytes: own }: Loaded): Found<Row[]> => {
      const weight = weightOf(value, bytes + own, most);
      return weight > most ? { bytes: weight } : { bytes: weight, value };
    };
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

/** In the order in which they came to be; null where there are more of them than may be loaded. */
function findAgents(
  statements: Statements,
  { sessionId, among, windows, parts }: AgentsRequest,
  most: number,
): FoundAgent[] | null {
  const { all, one, row } = agentsSql(parts);
  const limit = Math.floor(most / ROW_BYTES) + 1;
  const rows =
    among === 'all'
      ? statements.rows(all, sessionId, limit)
      : [...new Set(among)].flatMap((agentId) => statements.rows(one, sessionId, agentId, 1));
  if (among === 'all' && rows.length === limit) return null;
  return rows
    .map(([id, count, bytes, ...columns]) => ({
      id,
      bytes,
      columns: row === null ? columns : null,
      spans: windows.map((window) => spanOf(window, count)),
    }))
    .sort((a, b) => a.id - b.id);
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

const runsOf = (spans: readonly Span[]) => spans.flatMap(({ runs }) => runs);

/** What of all messages the parts take that are asked for, and all parts. */
function measure(
  statements: Statements,
  requests: readonly AgentsRequest[],
  found: readonly (readonly FoundAgent[])[],
): { asked: number; all: number } {
  const sum = { asked: 0, all: 0 };
  for (const [index, request] of requests.entries()) {
    const { bytes: sql } = messagesSql(request);
    for (const { id, spans } of found[index] as readonly FoundAgent[])
      for (const { low, high } of runsOf(spans)) {
        const [asked, all] = statements.row(sql, id, low, high);
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
    const { row } = agentsSql(request.parts);
    const { rows: sql } = messagesSql(request);
    for (const { id, columns, spans } of found[index] as readonly FoundAgent[]) {
      loaded.rows.push([AGENT_ROW, index, ...(columns ?? statements.row(row as string, id))]);
      for (const { low, high, runs } of spans) {
        const rows = runs.flatMap((run) => statements.rows(sql, id, run.low, run.high, each));
        loaded.rows.push([SPAN_ROW, low, high, rows.length]);
        if (rows.length < runs.reduce((sum, run) => sum + run.high - run.low, 0)) loaded.whole = false;
        for (const one of rows) {
          loaded.rows.push(one);
          loaded.bytes += one[0];
        }
      }
    }
  }
  return loaded;
}
