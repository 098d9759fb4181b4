import { after, type Later } from '../../../domain/async/later.js';
import { jsonWeight } from '../../../domain/json/json-weight.js';
import { type ReadBudget, unbounded } from '../../../domain/read-budget.js';
import type { Row, Statements } from '../statements.js';

/** Up to here a value comes along with its size: most reads stay one statement. */
export const AT_ONCE_BYTES = 512 * 1024;
/** From here on what is made of the rows is made in slices of the event loop's time. */
export const SLICED_BYTES = 256 * 1024;
/** Up to here what is large is read on the event loop, some ms of it, once its size has been let through. */
export const HERE_BYTES = 1024 * 1024;
/** And so much of a row may lie before what is asked for where it is looked for: a page of the file after the other is gone through. */
export const PASSED_AT_ONCE = 1024 * 1024;

/**
 * Bytes that a value takes, and the value where its rows are no more than whoever reads lets come along: also where they take more as
 * they are parsed.
 */
export interface Found<T> {
  bytes: number;
  value?: T;
  /** It is not there because too much lies before it, or too many rows are looked at: a thread is to find it. */
  far?: true;
}

/**
 * Gives what the budget lets through. `attempt` reads the database as it is at one moment, and the value only where its rows have at
 * most `most` bytes; it is made again where there are more, and after each wait. `apart`: a thread is to find it, for a budget bounds it
 * and it is very large, or lies far.
 */
export function readWithin<T>(
  budget: ReadBudget = unbounded,
  attempt: (most: number, apart: boolean) => Later<Found<T>>,
  taken = 0,
  far = false,
): Later<T> {
  const bounded = budget !== unbounded;
  const most = bounded ? Math.max(taken, AT_ONCE_BYTES) : Number.MAX_SAFE_INTEGER;
  return after(attempt(most, far || (bounded && most > HERE_BYTES)), (found) => {
    if (found.far) return readWithin(budget, attempt, taken, true);
    const more = found.bytes - taken;
    const again = () => readWithin(budget, attempt, Math.max(taken, found.bytes), far);
    // Asked in the turn in which it was read: of reads that begin together one alone is there unasked.
    if (more <= 0 || budget.takeNow(more)) return 'value' in found ? (found.value as T) : again();
    // Nothing is held while it waits.
    delete found.value;
    return budget.take(more).then(again);
  });
}

/** What reads less than this in all is not weighed. */
const UNWEIGHED_BYTES = 64 * 1024;

/**
 * What rows of so many bytes take when their JSON is parsed: as many, or more where it is full of brackets. `inTexts`: the column whose
 * strings hold JSON.
 */
export function weightOf(
  rows: readonly Row[],
  bytes: number,
  most: number,
  inTexts?: string | number,
): number {
  if (bytes < UNWEIGHED_BYTES || most === Number.MAX_SAFE_INTEGER) return bytes;
  let weight = 0;
  const add = (value: unknown, isInTexts: boolean) => {
    if (typeof value === 'string')
      weight += value.length + jsonWeight(value, isInTexts ? IN_TEXTS : undefined);
  };
  for (const row of rows) {
    if (Array.isArray(row)) for (let at = 0; at < row.length; at++) add(row[at], at === inTexts);
    else for (const name in row) add(row[name], name === inTexts);
  }
  return Math.max(bytes, weight);
}
const IN_TEXTS = { inTexts: true };

/**
 * What `foundRows` runs. `asked` finds from the first parameter, a list as JSON, the rows that there are: the `request` that asks for
 * each, its `bytes`, and what names it in `rows`, a table and how it joins `found`. Of these are the columns.
 */
export const foundSql = ({ asked, rows, columns }: { asked: string; rows: string; columns: string }) => `
WITH found AS MATERIALIZED (${asked}),
  size AS MATERIALIZED (SELECT coalesce(sum(bytes), 0) AS bytes, ? AS most FROM found)
SELECT size.bytes, request, ${columns}
FROM size LEFT JOIN found ON size.bytes <= size.most LEFT JOIN ${rows}`;

/** The rows for what is in the list, where they have at most `most` bytes. */
export function foundRows(
  statements: Statements,
  sql: string,
  list: readonly unknown[],
  most: number,
): Found<Row[]> {
  const rows = statements.all(sql, JSON.stringify(list), most);
  if (rows[0].bytes > most) return { bytes: rows[0].bytes };
  // Where there is none, the size has a row of its own.
  const found = rows.filter(({ request }) => request !== null);
  const bytes = weightOf(found, rows[0].bytes, most);
  return { bytes, value: found };
}
