import { rangeOfPrefix } from '../../../domain/sessions/prefix-range.js';
import type { DateRange, SessionFilter } from '../../../domain/sessions/session-store.js';
import { UPDATED_AT } from '../touched.js';
import { metadataSql } from './metadata-sql.js';
import { allOf, anyOf, negated, type Sql, TRUE } from './sql.js';

/**
 * How a condition looks into other tables: `list` makes the list of all rows there that hold, which an index can turn into
 * sessions; `each` asks for one session after the other, so that rows of others are not looked at.
 */
export type Lookup = 'list' | 'each';

/**
 * `updatedAt`: when a session was last written to, which is asked of the row alone where it says so. `indexed`: the paths whose values are
 * asked of an index, session by session.
 */
export interface FilterOptions {
  lookup?: Lookup;
  updatedAt?: string;
  indexed?: ReadonlySet<string>;
}

/** The filter as a condition on `sessions`; null where every session matches. */
export function filterSql(filter: SessionFilter, options: FilterOptions = {}): Sql | null {
  return allOf(conditionsOf(filter, options));
}

function conditionsOf(filter: SessionFilter, options: FilterOptions): Sql[] {
  const { lookup = 'list', updatedAt = UPDATED_AT } = options;
  const { applicationName, feedbackRating, sessionIds, sessionType, agentIds, metadata, and, or, not } =
    filter;
  const conditions: Sql[] = [];
  const add = (text: string, ...parameters: Sql['parameters']) => conditions.push({ text, parameters });
  if (sessionIds) add('sessions.session_id IN (SELECT value FROM json_each(?))', JSON.stringify(sessionIds));
  if (filter.sessionIdPrefix !== undefined) conditions.push(prefixSql(filter.sessionIdPrefix));
  if (applicationName !== undefined) add('application_name IS ?', applicationName);
  if (sessionType !== undefined) add('session_type = ?', sessionType);
  if (filter.createdAt) conditions.push(...rangeSql('sessions.created_at', filter.createdAt));
  if (filter.updatedAt) conditions.push(...rangeSql(updatedAt, filter.updatedAt));
  for (const condition of metadata ?? []) conditions.push(...metadataSql(condition, options.indexed));
  if (agentIds) {
    add(
      'EXISTS (SELECT 1 FROM agents WHERE agents.session = sessions.id AND agent_id IN (SELECT value FROM json_each(?)))',
      JSON.stringify(agentIds),
    );
  }
  if (feedbackRating !== undefined) {
    const rated = {
      list: 'sessions.id IN (SELECT session FROM feedback WHERE in_time() AND rating IS ?)',
      each: 'EXISTS (SELECT 1 FROM feedback WHERE session = sessions.id AND rating IS ?)',
    };
    add(rated[lookup], feedbackRating);
  }
  for (const inner of and ?? []) conditions.push(...conditionsOf(inner, options));
  if (or) conditions.push(anyOf(or.map((inner) => filterSql(inner, options) ?? TRUE)));
  if (not) conditions.push(negated(filterSql(not, options) ?? TRUE));
  return conditions;
}

function prefixSql(prefix: string): Sql {
  const { from, before } = rangeOfPrefix(prefix);
  return before === null
    ? { text: 'sessions.session_id >= ?', parameters: [from] }
    : { text: 'sessions.session_id >= ? AND sessions.session_id < ?', parameters: [from, before] };
}

function rangeSql(column: string, range: DateRange): Sql[] {
  const operators = { gte: '>=', gt: '>', lte: '<=', lt: '<' } as const;
  return (Object.keys(operators) as (keyof DateRange)[]).flatMap((name) => {
    const bound = range[name];
    return bound ? [{ text: `${column} ${operators[name]} ?`, parameters: [bound.getTime()] }] : [];
  });
}
