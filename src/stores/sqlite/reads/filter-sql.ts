import type { JsonValue } from '../../../domain/json/json-value.js';
import { canonicalJson } from '../../../domain/sessions/idempotency.js';
import { rangeOfPrefix } from '../../../domain/sessions/prefix-range.js';
import type { DateRange, MetadataCondition, SessionFilter } from '../../../domain/sessions/session-store.js';
import { UPDATED_AT } from '../touched.js';

/** A condition with its parameters, in the order in which its text names them. */
export interface Sql {
  text: string;
  parameters: (string | number | bigint | null)[];
}

/**
 * A number as SQL reads it from JSON: an integer beyond 2^53 is printed with zeros at its end, and is that integer there as
 * long as 64 bits hold it, not the double it was printed from.
 */
function storedNumber(value: number): number | bigint {
  if (Number.isSafeInteger(value) || !Number.isInteger(value) || Math.abs(value) >= 2 ** 63) return value;
  return BigInt(JSON.stringify(value));
}

/** Metadata paths that an index holds: every segment a plain word, so that a JSON path can name it. */
export function isPlainPath(path: string): boolean {
  return path.split('.').every((segment) => /^[A-Za-z_][\w-]*$/.test(segment));
}

/** The value at a plain path as SQL holds it. */
const wholeValue = (path: string) => `metadata ->> '${jsonPath(path)}'`;

/** Bytes of a text that an index holds: of what begins with them the rest is compared in the metadata. */
const INDEXED_BYTES = 1_024;

/**
 * The same, of what is long its beginning; an index is on this very expression. As bytes, so that it is in the order of the whole texts, and
 * equal to a shorter text where the whole one is.
 */
export function plainValue(path: string): string {
  const value = wholeValue(path);
  const beginning = `CAST(substr(CAST(${value} AS BLOB), 1, ${INDEXED_BYTES}) AS TEXT)`;
  return `iif(octet_length(${value}) > ${INDEXED_BYTES}, ${beginning}, ${value})`;
}
/** The sign keeps the cast from saying how it is compared, which no index would answer. */
const BEGINNING = `+CAST(substr(CAST(? AS BLOB), 1, ${INDEXED_BYTES}) AS TEXT)`;
const isLong = (value: unknown): value is string =>
  typeof value === 'string' && Buffer.byteLength(value) >= INDEXED_BYTES;

/** Its type, in the same index. */
export const plainType = (path: string) => `json_type(metadata, '${jsonPath(path)}')`;
const jsonPath = (path: string) =>
  `$${path
    .split('.')
    .map((segment) => `."${segment}"`)
    .join('')}`;

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
  for (const condition of metadata ?? []) conditions.push(...metadataSql(condition, options));
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

const TRUE: Sql = { text: '1', parameters: [] };

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

function metadataSql(
  { path, equals, in: among, exists, ...bounds }: MetadataCondition,
  { indexed }: FilterOptions,
): Sql[] {
  const conditions: Sql[] = [];
  if (equals !== undefined) {
    const test = equalsSql(path, equals);
    conditions.push(indexed?.has(path) ? byIndex(test) : test);
  }
  if (among) conditions.push(inSql(path, among));
  if (exists !== undefined) {
    conditions.push(
      test(path, exists ? 'exists' : 'missing', null, `${plainType(path)} IS ${exists ? 'NOT ' : ''}NULL`),
    );
  }
  const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
  for (const name of ['gt', 'gte', 'lt', 'lte'] as const) {
    const bound = bounds[name];
    if (bound === undefined) continue;
    const types = typeof bound === 'number' ? `'integer', 'real'` : `'text'`;
    const typed = `${plainType(path)} IN (${types})`;
    const operator = operators[name];
    conditions.push(
      isLong(bound)
        ? test(
            path,
            name,
            bound,
            `(${plainValue(path)} ${operator[0]}= ${BEGINNING} AND ${wholeValue(path)} ${operator} ? AND ${typed})`,
            bound,
            bound,
          )
        : test(
            path,
            name,
            bound,
            `(${plainValue(path)} ${operator} ? AND ${typed})`,
            typeof bound === 'number' ? storedNumber(bound) : bound,
          ),
    );
  }
  return conditions;
}

/** Each row is asked once for all texts and once for all numbers; where SQL cannot ask, once for all values. */
function inSql(path: string, among: readonly JsonValue[]): Sql {
  const scalars = among.every((value) => typeof value !== 'object' || value === null);
  if (!isPlainPath(path) || !scalars) return byFunction(path, 'in', [...among]);
  const texts = among.filter((value) => typeof value === 'string' && !isLong(value)) as string[];
  const numbers = among.filter((value) => typeof value === 'number').map(storedNumber);
  const others = among.filter((value) => typeof value === 'boolean' || value === null);
  const oneOf = (values: (string | number | bigint)[], types: string): Sql[] => {
    if (values.length === 0) return [];
    const places = values.map(() => '?').join(', ');
    const text = `(${plainValue(path)} IN (${places}) AND ${plainType(path)} IN (${types}))`;
    return [{ text, parameters: values }];
  };
  return anyOf([
    ...oneOf(texts, `'text'`),
    ...oneOf(numbers, `'integer', 'real'`),
    ...[...new Set([...others, ...among.filter(isLong)])].map((value) => equalsSql(path, value)),
  ]);
}

/** The same, of one session: the index of the path has the time of its row beside the value, and nothing of its metadata is read. */
const byIndex = ({ text, parameters }: Sql): Sql => ({
  text: `EXISTS (SELECT 1 FROM sessions AS indexed WHERE ${text} AND indexed.updated_at = sessions.updated_at AND +indexed.id = sessions.id)`,
  parameters,
});

function equalsSql(path: string, value: JsonValue): Sql {
  if (isLong(value)) {
    const text = `(${plainValue(path)} = ${BEGINNING} AND ${wholeValue(path)} = ? AND ${plainType(path)} = 'text')`;
    return test(path, 'equals', value, text, value, value);
  }
  if (typeof value === 'string')
    return test(path, 'equals', value, `(${plainValue(path)} = ? AND ${plainType(path)} = 'text')`, value);
  if (typeof value === 'number') {
    return test(
      path,
      'equals',
      value,
      `(${plainValue(path)} = ? AND ${plainType(path)} IN ('integer', 'real'))`,
      storedNumber(value),
    );
  }
  if (typeof value === 'boolean')
    return test(
      path,
      'equals',
      value,
      `(${plainValue(path)} = ? AND ${plainType(path)} = '${value}')`,
      value ? 1 : 0,
    );
  if (value === null)
    return test(path, 'equals', value, `(${plainValue(path)} IS NULL AND ${plainType(path)} = 'null')`);
  return byFunction(path, 'equals', value);
}

/** In SQL for a plain path, else by the function that walks the metadata as JSON. */
function test(
  path: string,
  name: MetadataTest,
  value: JsonValue,
  text: string,
  ...parameters: Sql['parameters']
): Sql {
  return isPlainPath(path) ? { text, parameters } : byFunction(path, name, value);
}

export type MetadataTest = 'equals' | 'in' | 'exists' | 'missing' | 'gt' | 'gte' | 'lt' | 'lte';

function byFunction(path: string, name: MetadataTest, value: JsonValue): Sql {
  return { text: 'metadata_test(metadata, ?, ?, ?)', parameters: [path, name, canonicalJson(value)] };
}

function allOf(conditions: readonly Sql[]): Sql | null {
  return conditions.length === 0 ? null : join(conditions, ' AND ');
}

function anyOf(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? { text: '0', parameters: [] } : join(conditions, ' OR ');
}

/** A test on a missing value is null in SQL, and does not hold. */
function negated({ text, parameters }: Sql): Sql {
  return { text: `NOT coalesce((${text}), 0)`, parameters };
}

/** So many conditions may be tested of one row before the time is looked at: of large metadata each takes long. */
const TIMED_CONDITIONS = 8;

function join(conditions: readonly Sql[], operator: string): Sql {
  const texts = conditions.map(({ text }, index) =>
    index > 0 && index % TIMED_CONDITIONS === 0 ? `(in_time() AND ${text})` : text,
  );
  return {
    text: `(${texts.join(operator)})`,
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}
