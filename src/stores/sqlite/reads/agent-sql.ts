import { AGENT_PARTS } from '../../../domain/sessions/session-store.js';
import { bytesSql, valueSql } from '../writes/agent-values.js';
import { forParts } from './for-parts.js';
import { type AskedOfMessages, SMALL_COLUMNS, WITH_IDENTITIES } from './page-columns.js';
import { bytesOf, forMessageParts, MESSAGE_BYTES, MESSAGE_PART_COLUMNS } from './part-columns.js';

/** Most messages take less. */
export const USUAL_BYTES = 1_024;

/** Of an agent, whatever is asked for, behind `COUNTS`; its parts follow in their order. */
const SMALL_AGENT_COLUMNS = ['agent_id', 'model', 'created_at', 'updated_at'];
/** Before them: the place of its request, its row id, its messages, and what its parts take. */
export const COUNTS = 4;
/** What comes behind all of them: its parts, or its last message. */
export const BEHIND_AGENT = COUNTS + SMALL_AGENT_COLUMNS.length;

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
  const each = (more = '', behind = '') => `
SELECT asked.key, ${columns}${more} FROM json_each(?) AS asked
CROSS JOIN sessions ON sessions.session_id = asked.value ${joined}${behind} WHERE in_time(agents.id) LIMIT +?`;
  const withLast = new Map<unknown, string>();
  const found = (which: string) => `
SELECT ?, ${columns} FROM sessions ${joined} WHERE sessions.session_id = ? AND in_time(agents.id)${which} LIMIT +?`;
  return {
    all: found(''),
    one: found(' AND agents.agent_id = ?'),
    each: each(),
    /**
     * The same, and behind the columns of each agent those of its last message, where that takes no more than the usual: a statement for each
     * takes longer. Null where it does, and where there is none.
     */
    eachWithLast(messages: ReturnType<typeof messagesSql>): string {
      const known = withLast.get(messages);
      if (known !== undefined) return known;
      const made = each(`, ${messages.columns}`, LAST);
      withLast.set(messages, made);
      return made;
    },
    parts: parts.length === 0 ? null : `SELECT ${parts.map(valueSql).join(', ')} FROM agents WHERE id = ?`,
  };
});
export const COUNT_AGENTS = `
SELECT count(*) FROM sessions CROSS JOIN agents ON agents.session = sessions.id WHERE sessions.session_id = ? AND in_time(agents.id)`;

const LAST = `
LEFT JOIN messages ON messages.agent = agents.id AND messages.position = agents.message_count - 1 AND ${MESSAGE_BYTES} <= ${USUAL_BYTES}`;

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
    const columns = [bytes, ...[...small, ...asked].map((column) => `messages.${column}`)].join(', ');
    return {
      columns,
      // Found in the rows' headers alone.
      bytes: `SELECT coalesce(sum(${bytes}), 0), coalesce(sum(${MESSAGE_BYTES}), 0) ${where} AND in_time()`,
      rows: `SELECT ${columns} ${where} AND ${MESSAGE_BYTES} <= ? ORDER BY position`,
    };
  });
const wholeSql = sqlOf(WITH_IDENTITIES);
const shortSql = sqlOf(SMALL_COLUMNS);
export const messagesSql = ({ messageParts, identities }: AskedOfMessages = {}) =>
  (identities === false ? shortSql : wholeSql)(messageParts);
