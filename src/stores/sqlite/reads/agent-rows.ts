import { ROW_BYTES } from '../../../domain/read-budget.js';
import type { AgentsRequest } from '../../../domain/sessions/session-store.js';
import type { Row, Statements } from '../statements.js';
import { agentsSql, COUNTS, messagesSql, USUAL_BYTES } from './agent-sql.js';
import { type Found, weightOf } from './budgeted-read.js';
import { type FoundAgent, findAgents } from './find-agents.js';

/** More rows than any budget lets through are not looked at one by one. */
const MAX_ROWS = 200_000;
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
    for (const { row, spans, last } of found[index] as readonly FoundAgent[]) {
      loaded.rows.push(partsSql === null ? row : [...row, ...statements.row(partsSql, row[1])]);
      for (const { low, high, runs } of spans) {
        const span = [low, high, 0];
        loaded.rows.push(span);
        for (const run of runs) {
          const rows = last ? [last] : statements.rows(sql, row[1], run.low, run.high, each);
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
