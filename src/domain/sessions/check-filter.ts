import { badInput } from '../errors.js';
import { isCertainlyLonger } from '../json/json-size.js';
import type { JsonValue } from '../json/json-value.js';
import { checkMetadataPath } from './names.js';
import type { MetadataCondition, SessionFilter } from './session-store.js';

/** How far a client can enlarge a filter. */
const MAX_FILTER_DEPTH = 8;
const MAX_FILTER_CONDITIONS = 100;
const MAX_FILTER_VALUES = 200;
/** Over all its conditions, and in their lists and objects: a database compares every session with each of them, by some lines of its language. */
const MAX_FILTER_COMPARISONS = 1_000;
/** Each is six levels of MongoDB's language, which takes 200 in all. */
const MAX_VALUE_DEPTH = 8;
/** As JSON: the cursors of sessionActivity carry their filter. */
const MAX_FILTER_LENGTH = 200_000;

/** Refuses a filter that is too large or that compares what cannot be compared. BAD_USER_INPUT, INVALID_METADATA_PATH. */
export function checkFilter(filter: SessionFilter): void {
  const conditions = countConditions(filter, 1);
  if (conditions > MAX_FILTER_CONDITIONS) {
    throw badInput(`The filter has ${conditions} conditions; at most ${MAX_FILTER_CONDITIONS} are allowed.`);
  }
  const comparisons = countComparisons(filter);
  if (comparisons > MAX_FILTER_COMPARISONS) {
    throw badInput(
      `The filter compares metadata with ${comparisons} values; at most ${MAX_FILTER_COMPARISONS} are allowed.`,
    );
  }
  if (isCertainlyLonger(filter, MAX_FILTER_LENGTH)) throw tooLong(`more than ${MAX_FILTER_LENGTH}`);
  const { length } = JSON.stringify(filter);
  if (length > MAX_FILTER_LENGTH) throw tooLong(String(length));
}

const tooLong = (length: string) =>
  badInput(
    `The filter is ${length} characters long as JSON; at most ${MAX_FILTER_LENGTH} are allowed. Ask for less at once.`,
  );

function countConditions(filter: SessionFilter, depth: number): number {
  if (depth > MAX_FILTER_DEPTH)
    throw badInput(`The filter is nested deeper than ${MAX_FILTER_DEPTH} levels.`);
  checkLength(filter.sessionIds, 'sessionIds');
  checkLength(filter.agentIds, 'agentIds');
  // Every id begins with nothing: whoever erases by such a filter would erase all.
  if (filter.sessionIdPrefix === '')
    throw badInput('sessionIdPrefix is empty. Leave it out where any id will do.');
  for (const condition of filter.metadata ?? []) checkCondition(condition);
  const { metadata, and, or, not, ...plain } = filter;
  const own = Object.keys(plain).length + (metadata?.length ?? 0);
  // One that asks for nothing counts too: a list of many would be as long in the database's language.
  return belowOf(filter).reduce((sum, child) => sum + countConditions(child, depth + 1), Math.max(own, 1));
}

const belowOf = ({ and, or, not }: SessionFilter) => [...(and ?? []), ...(or ?? []), ...(not ? [not] : [])];

function countComparisons(filter: SessionFilter): number {
  const own = (filter.metadata ?? []).flatMap(({ path, in: among = [], exists, ...tests }) => [
    exists === undefined ? 0 : 1,
    ...[...among, ...Object.values(tests)].map((value) => countValues(value, path, 0)),
  ]);
  return [...own, ...belowOf(filter).map(countComparisons)].reduce((sum, count) => sum + count, 0);
}

/** Of a value that is compared whole: itself, and all that it holds. */
function countValues(value: JsonValue, path: string, depth: number): number {
  if (typeof value !== 'object' || value === null) return 1;
  if (depth === MAX_VALUE_DEPTH) {
    throw badInput(
      `The metadata condition on ${JSON.stringify(path)} compares a value that is nested deeper than ${MAX_VALUE_DEPTH} levels.`,
    );
  }
  return Object.values(value).reduce((sum: number, one) => sum + countValues(one, path, depth + 1), 1);
}

function checkCondition(condition: MetadataCondition): void {
  const { path, ...tests } = condition;
  checkMetadataPath(path);
  if (Object.keys(tests).length === 0) {
    throw badInput(
      `The metadata condition on ${JSON.stringify(path)} tests nothing; give one of eq, isNull, in, exists, gt, gte, lt, lte.`,
    );
  }
  checkLength(condition.in, `metadata ${JSON.stringify(path)} in`);
  for (const test of ['gt', 'gte', 'lt', 'lte'] as const) {
    const bound: unknown = condition[test];
    if (bound !== undefined && typeof bound !== 'string' && typeof bound !== 'number') {
      throw badInput(`The metadata condition ${test} on ${JSON.stringify(path)} takes a number or a string.`);
    }
  }
}

function checkLength(values: readonly unknown[] | undefined, name: string): void {
  if (values && values.length > MAX_FILTER_VALUES) {
    throw badInput(`${name} lists ${values.length} values; at most ${MAX_FILTER_VALUES} are allowed.`);
  }
}
