import type { JsonValue } from '../../../domain/json/json-value.js';
import { canonicalJson } from '../../../domain/sessions/idempotency.js';
import type { MetadataCondition } from '../../../domain/sessions/session-store.js';
import { BEGINNING, isLong, isPlainPath, plainType, plainValue, wholeValue } from './plain-values.js';
import { anyOf, type Sql } from './sql.js';

/**
 * A number as SQL reads it from JSON: an integer beyond 2^53 is printed with zeros at its end, and is that integer there as
 * long as 64 bits hold it, not the double it was printed from.
 */
function storedNumber(value: number): number | bigint {
  if (Number.isSafeInteger(value) || !Number.isInteger(value) || Math.abs(value) >= 2 ** 63) return value;
  return BigInt(JSON.stringify(value));
}

/** Each has to hold. `indexed`: the paths whose values are asked of an index, session by session. */
export function metadataSql(
  { path, equals, in: among, exists, ...bounds }: MetadataCondition,
  indexed: ReadonlySet<string> | undefined,
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
