import { badInput } from '../domain/errors.js';
import type { JsonValue } from '../domain/json/json-value.js';
import { checkJson } from '../domain/sessions/check-json.js';
import { quote } from '../domain/sessions/names.js';
import type { MetadataCondition, SessionFilter } from '../domain/sessions/session-store.js';
import { checkObject } from './check-arguments.js';

/** Which sessions are meant: all given conditions hold. The names are those of the API's `SessionFilter`. */
export interface LibraryFilter extends Omit<SessionFilter, 'metadata' | 'and' | 'or' | 'not'> {
  metadata?: readonly MetadataTest[];
  and?: readonly LibraryFilter[];
  or?: readonly LibraryFilter[];
  not?: LibraryFilter;
}

/** On the value at a dotted path of the metadata; at least one test. `eq: null` is a stored null. */
export interface MetadataTest extends Omit<MetadataCondition, 'equals'> {
  eq?: JsonValue;
}

type Check = [right: (value: unknown) => boolean, expected: string];

const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isBound = (value: unknown) => isText(value) || typeof value === 'number';
const isRange = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every(
    ([name, date]) =>
      ['gt', 'gte', 'lt', 'lte'].includes(name) && date instanceof Date && !Number.isNaN(date.getTime()),
  );
const BOUND: Check = [isBound, 'text or a number'];
const RANGE: Check = [isRange, 'an object of valid Dates with some of gt, gte, lt, lte'];
const LIST: Check = [Array.isArray, 'a list'];

const MEMBERS: Readonly<Record<keyof LibraryFilter, Check>> = {
  sessionIds: [isTexts, 'a list of texts'],
  sessionIdPrefix: [(value) => isText(value) && value !== '', 'text that is not empty'],
  applicationName: [(value) => value === null || isText(value), 'text or null'],
  sessionType: [isText, 'text'],
  createdAt: RANGE,
  updatedAt: RANGE,
  metadata: LIST,
  agentIds: [isTexts, 'a list of texts'],
  feedbackRating: [(value) => value === null || value === 'up' || value === 'down', 'up, down or null'],
  and: LIST,
  or: LIST,
  not: [(value) => typeof value === 'object', 'a filter'],
};

const TESTS: Readonly<Record<keyof MetadataTest, Check>> = {
  path: [isText, 'text'],
  eq: [() => true, 'JSON'],
  in: LIST,
  exists: [(value) => typeof value === 'boolean', 'true or false'],
  gt: BOUND,
  gte: BOUND,
  lt: BOUND,
  lte: BOUND,
};

/**
 * The domain's filter. BAD_USER_INPUT for whatever it does not know, and for undefined: a condition that was meant and is not there
 * would find more than was asked for.
 */
export function filterOf(given: LibraryFilter, where = 'filter'): SessionFilter {
  check(given, MEMBERS, where);
  const { metadata, and, or, not, ...plain } = given;
  const all = (filters: readonly LibraryFilter[], name: string) =>
    filters.map((one, index) => filterOf(one, `${where}.${name}[${index}]`));
  return {
    ...plain,
    ...(metadata
      ? { metadata: metadata.map((one, at) => conditionOf(one, `${where}.metadata[${at}]`)) }
      : {}),
    ...(and ? { and: all(and, 'and') } : {}),
    ...(or ? { or: all(or, 'or') } : {}),
    ...(not === undefined ? {} : { not: filterOf(not, `${where}.not`) }),
  };
}

function conditionOf(given: MetadataTest, where: string): MetadataCondition {
  check(given, TESTS, where);
  const { eq, ...tests } = given;
  if (tests.in) checkJson(tests.in as JsonValue, `${where}.in`);
  if (eq === undefined) return tests;
  checkJson(eq, `${where}.eq`);
  return { ...tests, equals: eq };
}

function check(given: object, members: Readonly<Record<string, Check>>, where: string): void {
  checkObject(given, where);
  for (const [name, value] of Object.entries(given)) {
    const [right, expected] = Object.hasOwn(members, name) ? (members[name] as Check) : [];
    if (!right)
      throw badInput(`${where} has no member ${quote(name)}; there are ${Object.keys(members).join(', ')}.`);
    if (value === undefined)
      throw badInput(`${where}.${name} is undefined. Leave it out where it is not asked for.`);
    if (!right(value)) throw badInput(`${where}.${name} takes ${expected}.`);
  }
}
