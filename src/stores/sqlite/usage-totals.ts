import type { Usage } from '../../domain/sessions/model.js';
import { ownUsage } from '../../domain/sessions/own-usage.js';
import { addUsage, emptyUsage, subtractUsage, USAGE_FIELDS } from '../../domain/sessions/usage.js';
import {
  type Reading,
  type Spent,
  START,
  spentBy,
  step,
  type Walk,
} from '../../domain/sessions/usage-costs.js';
import { parseOrNull } from './rows.js';
import type { Row, Statements } from './statements.js';

/** The tokens of an agent's row, in the order of `USAGE_FIELDS`. */
export const USAGE_COLUMNS = [
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
] as const;

/** A total stops here: it is read as none, and no sum of such totals overflows. */
const FULL = 2 ** 53;
/** Messages that are read at once where all of an agent's are counted anew. */
const CHUNK = 500;

/** Adds to the agent's totals; `tokens` may be negative. */
export function addTokens(statements: Statements, agent: number, tokens: Usage): void {
  if (USAGE_FIELDS.every((field) => tokens[field] === 0)) return;
  statements.run(
    `UPDATE agents SET ${USAGE_COLUMNS.map((column) => `${column} = min(${column} + ?, ${FULL})`).join(', ')} WHERE id = ?`,
    ...USAGE_FIELDS.map((field) => tokens[field]),
    agent,
  );
}

/**
 * The counter of one message changed: what it and the following counters have risen by is counted anew, until one stands where it
 * stood before. `usage_readings` holds a row for each message with a counter, with the walk's `last` after it.
 */
export function recountFrom(statements: Statements, agent: number, position: number): void {
  const totals = statements.get(`SELECT ${USAGE_COLUMNS.join(', ')} FROM agents WHERE id = ?`, agent);
  if (USAGE_COLUMNS.some((column) => totals[column] >= FULL)) {
    recountAgent(statements, agent);
    return;
  }
  let change = emptyUsage();
  for (let at: number | undefined = position; at !== undefined; at = nextReading(statements, agent, at)) {
    const known = statements.get(
      'SELECT counter, rise FROM usage_readings WHERE agent = ? AND position = ?',
      agent,
      at,
    );
    const spent = spentAt(statements, agent, at);
    const { walk, cost } = step(walkBefore(statements, agent, at), spent);
    const counter = spent.counter ? JSON.stringify(walk.last) : null;
    const rise = spent.counter && !spent.own ? cost : null;
    change = addUsage(subtractUsage(change, parseOrNull(known?.rise ?? null) as Usage | null), rise);
    keepReading(statements, agent, at, counter, rise);
    if (at !== position && counter === known?.counter) break;
  }
  addTokens(statements, agent, change);
}

/** All of an agent's messages anew, from what they hold. */
export function recountAgent(statements: Statements, agent: number): void {
  statements.run('DELETE FROM usage_readings WHERE agent = ?', agent);
  let walk = START;
  let total = emptyUsage();
  let rows: Row[];
  let after = -1;
  do {
    rows = statements.all(
      'SELECT position, role, metadata, event_loop_metrics FROM messages WHERE agent = ? AND position > ? ORDER BY position LIMIT +?',
      agent,
      after,
      CHUNK,
    );
    for (const row of rows) {
      const spent = spentOf(row);
      const stepped = step(walk, spent);
      walk = stepped.walk;
      total = addUsage(total, stepped.cost);
      if (spent.counter) {
        const rise = spent.own ? null : stepped.cost;
        keepReading(statements, agent, row.position, JSON.stringify(walk.last), rise);
      }
      after = row.position;
    }
  } while (rows.length === CHUNK);
  statements.run(
    `UPDATE agents SET ${USAGE_COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`,
    ...USAGE_FIELDS.map((field) => Math.min(total[field] ?? 0, FULL)),
    agent,
  );
}

/** `counter`: null where the message has none. `rise`: null where it reports its own usage, which counts in its place. */
function keepReading(
  statements: Statements,
  agent: number,
  position: number,
  counter: string | null,
  rise: Usage | null,
): void {
  if (counter === null) {
    statements.run('DELETE FROM usage_readings WHERE agent = ? AND position = ?', agent, position);
    return;
  }
  statements.run(
    'INSERT OR REPLACE INTO usage_readings (agent, position, counter, rise) VALUES (?, ?, ?, ?)',
    agent,
    position,
    counter,
    rise ? JSON.stringify(rise) : null,
  );
}

/** Where a walk over the agent's messages stands before this one. */
function walkBefore(statements: Statements, agent: number, position: number): Walk {
  const said = (columns: string, role: string, after: number, order: 'ASC' | 'DESC') =>
    statements.get(
      `SELECT ${columns} FROM messages WHERE agent = ? AND position > ? AND position < ? AND role = '${role}'
       ORDER BY position ${order} LIMIT 1`,
      agent,
      after,
      position,
    );
  const answer = said('metadata', 'assistant', -1, 'DESC');
  const paid = answer !== undefined && ownUsage(parseOrNull(answer.metadata)) !== null;
  const last = statements.get(
    'SELECT position, counter FROM usage_readings WHERE agent = ? AND position < ? ORDER BY position DESC LIMIT 1',
    agent,
    position,
  );
  if (!last) return { ...START, paid };
  const question = said('position', 'user', last.position, 'ASC');
  return {
    last: JSON.parse(last.counter) as Reading,
    asked: question !== undefined,
    answered: question !== undefined && said('position', 'assistant', question.position, 'ASC') !== undefined,
    paid,
  };
}

function nextReading(statements: Statements, agent: number, position: number): number | undefined {
  return statements.get(
    'SELECT position FROM usage_readings WHERE agent = ? AND position > ? ORDER BY position LIMIT 1',
    agent,
    position,
  )?.position;
}

const spentAt = (statements: Statements, agent: number, position: number): Spent =>
  spentOf(
    statements.get(
      'SELECT role, metadata, event_loop_metrics FROM messages WHERE agent = ? AND position = ?',
      agent,
      position,
    ),
  );

const spentOf = ({ role, metadata, event_loop_metrics }: Row): Spent =>
  spentBy({
    role,
    metadata: parseOrNull(metadata),
    eventLoopMetrics: parseOrNull(event_loop_metrics),
  });
