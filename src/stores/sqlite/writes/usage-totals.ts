import type { Usage } from '../../../domain/sessions/model.js';
import { addUsage, emptyUsage, subtractUsage, USAGE_FIELDS } from '../../../domain/sessions/usage.js';
import { type Reading, START, step, type Walk } from '../../../domain/sessions/usage-costs.js';
import { parseOrNull } from '../reads/rows.js';
import type { Row, Statements } from '../statements.js';
import { ownOf, SPENT_COLUMNS, spentOf } from './spent-rows.js';
import { Unfinished } from './unfinished.js';
import { USAGE_COLUMNS } from './usage-columns.js';

/** A total stops here. It is read as none from 2^53 on; until here it is exact, and what is taken away again brings it back. */
const FULL = 2n ** 62n;
/** Messages that are read at once where all of an agent's are counted anew. */
const CHUNK = 500;
/** Counters that one step looks at, and characters of what they and their messages hold: some ms of the thread's time. */
const STEP = { counters: 200, characters: 1024 * 1024 };

/** Adds to the agent's totals; `tokens` may be negative. */
export function addTokens(statements: Statements, agent: number, tokens: Usage): void {
  if (USAGE_FIELDS.every((field) => tokens[field] === 0)) return;
  statements.run(
    `UPDATE agents SET ${USAGE_COLUMNS.map((column) => `${column} = min(${column} + ?, ${FULL})`).join(', ')} WHERE id = ?`,
    // As integers: beyond 2^53 SQLite would add them as doubles.
    ...USAGE_FIELDS.map((field) => BigInt(tokens[field] ?? 0)),
    agent,
  );
}

/**
 * The counter of one message changed: what it and the following counters have risen by is counted anew, up to `until` and on until one
 * stands where it stood before. `usage_readings` holds a row for each message with a counter, with the walk's `last` after it. What one
 * step cannot look at is left in `recounts`, and true is given.
 */
export function recountFrom(
  statements: Statements,
  agent: number,
  position: number,
  until = position,
): boolean {
  let change = emptyUsage();
  const looked = { counters: 0, characters: 0 };
  let at: number | undefined = position;
  while (at !== undefined && looked.counters < STEP.counters && looked.characters < STEP.characters) {
    looked.counters++;
    const known = statements.get(
      'SELECT counter, rise FROM usage_readings WHERE agent = ? AND position = ?',
      agent,
      at,
    );
    const { row, before } = around(statements, agent, at);
    looked.characters += row.characters + before.characters;
    const spent = spentOf(row);
    const { walk, cost } = step(before.walk, spent);
    const counter = spent.counter ? JSON.stringify(walk.last) : null;
    const rise = spent.counter && !spent.own ? cost : null;
    change = addUsage(subtractUsage(change, parseOrNull(known?.rise ?? null) as Usage | null), rise);
    keepReading(statements, agent, at, counter, rise);
    at = at > until && counter === known?.counter ? undefined : nextReading(statements, agent, at);
  }
  addTokens(statements, agent, change);
  if (at === undefined) return false;
  statements.run(
    `INSERT INTO recounts (agent, position, until) VALUES (?, ?, ?)
     ON CONFLICT (agent, position) DO UPDATE SET until = max(until, excluded.until)`,
    agent,
    at,
    until,
  );
  return true;
}

/** One step of what is left to be counted anew. */
export function recountOn(statements: Statements): null | Unfinished {
  const next = statements.get('SELECT agent, position, until FROM recounts LIMIT 1');
  if (!next) return null;
  statements.run('DELETE FROM recounts WHERE agent = ? AND position = ?', next.agent, next.position);
  recountFrom(statements, next.agent, next.position, next.until);
  return countedOn(null, anyRecounts(statements));
}

/** The result of a write, and behind it what is to be counted anew yet. */
export const countedOn = <T>(result: T, more: boolean): T | Unfinished =>
  more ? new Unfinished({ method: 'recountOn', input: {} }, result) : result;

export const anyRecounts = (statements: Statements): boolean =>
  statements.get('SELECT 1 FROM recounts LIMIT 1') !== undefined;

/**
 * Another role says the message at this place: it decides what the next counter means, and that of each message before the next answer.
 * As `recountFrom`.
 */
export function recountAround(statements: Statements, agent: number, position: number): boolean {
  const answer = said(statements, agent, 'assistant', { after: position });
  const last = answer === undefined ? LAST : answer - 1;
  return recountFrom(
    statements,
    agent,
    position,
    Math.max(nextReading(statements, agent, position) ?? 0, last),
  );
}

/** All of an agent's messages anew, from what they hold. */
export function recountAgent(statements: Statements, agent: number): void {
  statements.run('DELETE FROM usage_readings WHERE agent = ?', agent);
  statements.run(
    `UPDATE agents SET ${USAGE_COLUMNS.map((column) => `${column} = 0`).join(', ')} WHERE id = ?`,
    agent,
  );
  let walk = START;
  let rows: Row[];
  let after = -1;
  do {
    rows = statements.all(
      `SELECT position, ${SPENT_COLUMNS} FROM messages WHERE agent = ? AND position > ? ORDER BY position LIMIT +?`,
      agent,
      after,
      CHUNK,
    );
    let total = emptyUsage();
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
    addTokens(statements, agent, total);
  } while (rows.length === CHUNK);
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

/** Behind every message. */
const LAST = Number.MAX_SAFE_INTEGER;

/** Where this role has spoken between two places: the first, or the last of them. By an index, however many others lie between. */
function said(
  statements: Statements,
  agent: number,
  role: 'user' | 'assistant',
  { after = -1, before = LAST, order = 'ASC' }: { after?: number; before?: number; order?: 'ASC' | 'DESC' },
): number | undefined {
  return statements.get(
    `SELECT position FROM messages WHERE agent = ? AND role = '${role}' AND position > ? AND position < ?
     ORDER BY position ${order} LIMIT 1`,
    agent,
    after,
    before,
  )?.position;
}

/** What decides about the cost of this message, and where a walk over the agent's messages stands before it. */
function around(statements: Statements, agent: number, position: number) {
  const row = statements.get(
    `SELECT ${SPENT_COLUMNS} FROM messages WHERE agent = ? AND position = ?`,
    agent,
    position,
  );
  return { row, before: walkBefore(statements, agent, position) };
}

/** `characters`: of what was read for it. */
function walkBefore(
  statements: Statements,
  agent: number,
  position: number,
): { walk: Walk; characters: number } {
  const answer = said(statements, agent, 'assistant', { before: position, order: 'DESC' });
  const row = statements.get(
    `SELECT ${SPENT_COLUMNS} FROM messages WHERE agent = ? AND position = ?`,
    agent,
    answer ?? -1,
  );
  const paid = row !== undefined && ownOf(row) !== null;
  const characters: number = row?.characters ?? 0;
  const last = statements.get(
    'SELECT position, counter FROM usage_readings WHERE agent = ? AND position < ? ORDER BY position DESC LIMIT 1',
    agent,
    position,
  );
  if (!last) return { walk: { ...START, paid }, characters };
  const question = said(statements, agent, 'user', { after: last.position, before: position });
  const answered =
    question !== undefined &&
    said(statements, agent, 'assistant', { after: question, before: position }) !== undefined;
  const walk = { last: JSON.parse(last.counter) as Reading, asked: question !== undefined, answered, paid };
  return { walk, characters };
}

function nextReading(statements: Statements, agent: number, position: number): number | undefined {
  return statements.get(
    'SELECT position FROM usage_readings WHERE agent = ? AND position > ? ORDER BY position LIMIT 1',
    agent,
    position,
  )?.position;
}
