import type { Statements } from '../statements.js';
import { Unfinished } from './unfinished.js';

export interface Room {
  rows: number;
  bytes: number;
}

/** What one step removes at most, where its first row is not more: some ms of the thread's time. */
export const STEP: Readonly<Room> = { rows: 500, bytes: 1024 * 1024 };

/** Rows that belong to a row of another table, which an index of theirs begins with, and behind it the key. `only`: which of them. */
export interface Belongings {
  table: string;
  owner: string;
  key: string;
  bytes: string;
  only?: string;
}

const lengthOf = (...columns: string[]) =>
  columns.map((column) => `coalesce(octet_length(${column}), 0)`).join(' + ');
const OF_SESSIONS: readonly Belongings[] = [
  { table: 'feedback', owner: 'session', key: 'position', bytes: lengthOf('comment', 'fields') },
  { table: 'guardrail_events', owner: 'session', key: 'position', bytes: lengthOf('event') },
  { table: 'receipts', owner: 'session', key: 'key_hash', bytes: '0' },
];
const OF_AGENTS: readonly Belongings[] = [
  {
    table: 'messages',
    owner: 'agent',
    key: 'position',
    bytes: lengthOf('content', 'metadata', 'event_loop_metrics', 'guardrail_event', 'supersedes'),
  },
  { table: 'agent_values', owner: 'agent', key: 'part', bytes: lengthOf('value') },
  { table: 'usage_readings', owner: 'agent', key: 'position', bytes: '0' },
  { table: 'recounts', owner: 'agent', key: 'position', bytes: '0' },
];
export const OF_REPLIES: Belongings = {
  table: 'reply_log',
  owner: 'reply',
  key: 'id',
  bytes: lengthOf('parts'),
};

/** Removes what belonged to a session whose row is gone, in steps of which this is the first. */
export function bury(statements: Statements, session: number): true | Unfinished {
  if (eraseSome(statements, session)) return true;
  statements.run('INSERT INTO graves (session) VALUES (?)', session);
  return unfinished({ session });
}

/** The next step; true when nothing is left. */
export function eraseGrave(statements: Statements, input: { session: number }): true | Unfinished {
  if (!eraseSome(statements, input.session)) return unfinished(input);
  statements.run('DELETE FROM graves WHERE session = ?', input.session);
  return true;
}

const unfinished = (input: { session: number }) =>
  new Unfinished({ method: 'eraseGrave', input }, true, 'when done or closing');

/** Those that an earlier process has left. */
export const gravesIn = (statements: Statements): number[] =>
  statements.all('SELECT session FROM graves').map(({ session }) => session);

function eraseSome(statements: Statements, session: number): boolean {
  const room = { ...STEP };
  for (const table of OF_SESSIONS) if (!clear(statements, table, session, room)) return false;
  for (;;) {
    const agent = statements.get('SELECT id FROM agents WHERE session = ? LIMIT 1', session)?.id;
    if (agent === undefined) return true;
    if (!eraseReplies(statements, agent, room)) return false;
    for (const table of OF_AGENTS) if (!clear(statements, table, agent, room)) return false;
    if (room.rows <= 0 || room.bytes <= 0) return false;
    const { bytes } = statements.get(
      `SELECT ${lengthOf('state', 'conversation_manager_state', 'system_prompt', 'prompt_metadata')} AS bytes FROM agents WHERE id = ?`,
      agent,
    ) as { bytes: number };
    statements.run('DELETE FROM agents WHERE id = ?', agent);
    room.rows--;
    room.bytes -= bytes;
  }
}

function eraseReplies(statements: Statements, agent: number, room: Room): boolean {
  for (;;) {
    const reply = statements.get('SELECT id FROM replies WHERE agent = ? LIMIT 1', agent)?.id;
    if (reply === undefined) return true;
    if (!clear(statements, OF_REPLIES, reply, room) || room.rows <= 0) return false;
    statements.run('DELETE FROM replies WHERE id = ?', reply);
    room.rows--;
  }
}

/** Removes rows of this owner, in their order, while there is room; true when none is left. */
export function clear(
  statements: Statements,
  { table, owner, key, bytes, only = '1' }: Belongings,
  of: number,
  room: Room,
): boolean {
  const rows = statements.all(
    `SELECT ${key} AS key, ${bytes} AS bytes FROM ${table} WHERE ${owner} = ? AND ${only} ORDER BY ${key} LIMIT +?`,
    of,
    room.rows + 1,
  );
  let taken = 0;
  for (; taken < rows.length && room.rows > 0 && room.bytes > 0; taken++) {
    room.rows--;
    room.bytes -= rows[taken].bytes;
  }
  if (taken > 0)
    statements.run(
      `DELETE FROM ${table} WHERE ${owner} = ? AND ${key} <= ? AND ${only}`,
      of,
      rows[taken - 1].key,
    );
  return taken === rows.length;
}
