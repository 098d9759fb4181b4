import { compare, equal, rank } from '../bson/compare.js';
import { typeOf } from '../bson/encode.js';
import { typeNumber } from '../bson/show.js';
import {
  BSONRegExp,
  type Doc,
  isDoc,
  isNumber,
  isTruthy,
  type Maybe,
  toNumber,
  type Value,
} from '../bson/values.js';
import { ServerError } from '../errors.js';
import { compileExpression } from './expressions.js';
import { anyAtPath } from './paths.js';
import { regexOf } from './regex.js';

/** Says where a document matched: which element of an array, for `$` in an update or a projection. */
export interface MatchDetails {
  index?: number;
}

export type Predicate = (document: Doc, details?: MatchDetails) => boolean;
type ValueTest = (value: Maybe) => boolean;

/** The filter as a function. A filter that the server would refuse throws here. */
export function compileFilter(filter: Doc, depth = 0): Predicate {
  if (depth > MOST_DEPTH)
    throw new ServerError(2, `exceeded maximum query tree depth (${MOST_DEPTH}) at ${[...filter.keys()]}`);
  const tests = [...filter].map(([key, operand]) =>
    key.startsWith('$') ? logical(key, operand, depth) : field(key, operand),
  );
  return (document, details) => tests.every((test) => test(document, details));
}

const MOST_DEPTH = 100;

function logical(key: string, operand: Value, depth: number): Predicate {
  if (key === '$expr') {
    const expression = compileExpression(operand);
    return (document) => isTruthy(expression({ root: document, variables: new Map() }));
  }
  if (key === '$comment') return () => true;
  if (key !== '$and' && key !== '$or' && key !== '$nor')
    throw new ServerError(2, `unknown top level operator: ${key}`);
  if (!Array.isArray(operand) || operand.length === 0)
    throw new ServerError(2, '$and/$or/$nor must be a nonempty array');
  const parts = operand.map((part) => {
    if (!isDoc(part)) throw new ServerError(2, '$or/$and/$nor entries need to be full objects');
    return compileFilter(part, depth + 1);
  });
  if (key === '$and') return (document, details) => parts.every((part) => part(document, details));
  const any: Predicate = (document, details) => parts.some((part) => part(document, details));
  return key === '$or' ? any : (document) => !any(document);
}

const isOperators = (operand: Value): operand is Doc =>
  isDoc(operand) && operand.size > 0 && (operand.keys().next().value as string).startsWith('$');

function field(path: string, operand: Value): Predicate {
  const parts = path.split('.');
  if (!isOperators(operand))
    return atPath(parts, operand instanceof BSONRegExp ? matchesRegex(operand) : equalTo(operand));
  const tests = [...operand].map(([operator, argument]) => operatorTest(parts, operator, argument, operand));
  return (document, details) => tests.every((test) => test(document, details));
}

const atPath =
  (parts: string[], test: ValueTest, leafArrays = true): Predicate =>
  (document, details) =>
    anyAtPath(document, parts, leafArrays, (value, index) => {
      if (!test(value)) return false;
      if (details && index !== undefined) details.index = index;
      return true;
    });

const not =
  (predicate: Predicate): Predicate =>
  (document) =>
    !predicate(document);

function operatorTest(parts: string[], operator: string, argument: Value, siblings: Doc): Predicate {
  switch (operator) {
    case '$eq':
      return atPath(parts, equalTo(argument));
    case '$ne':
      return not(atPath(parts, equalTo(argument)));
    case '$in':
      return atPath(parts, oneOf(argument));
    case '$nin':
      return not(atPath(parts, oneOf(argument)));
    case '$not':
      return not(
        argument instanceof BSONRegExp
          ? atPath(parts, matchesRegex(argument))
          : field(parts.join('.'), argument),
      );
    case '$exists':
      return isTruthy(argument) ? atPath(parts, isThere, false) : not(atPath(parts, isThere, false));
    case '$size':
      return atPath(parts, (value) => Array.isArray(value) && value.length === toNumber(argument), false);
    case '$type':
      return atPath(parts, ofType(argument));
    case '$elemMatch':
      return elementMatches(parts, argument);
    case '$all':
      return all(parts, argument);
    default:
      return atPath(parts, scalarTest(operator, argument, siblings));
  }
}

const isThere: ValueTest = (value) => value !== undefined;

/** Comparisons hold only within a type; null equals null and missing. */
function scalarTest(operator: string, argument: Value, siblings: Doc): ValueTest {
  const sameType = (value: Maybe): boolean =>
    argument === null
      ? value === undefined || value === null
      : value !== undefined && rank(value) === rank(argument);
  switch (operator) {
    case '$gt':
      return (value) => argument !== null && sameType(value) && compare(value, argument) > 0;
    case '$gte':
      return (value) => sameType(value) && (argument === null || compare(value, argument) >= 0);
    case '$lt':
      return (value) => argument !== null && sameType(value) && compare(value, argument) < 0;
    case '$lte':
      return (value) => sameType(value) && (argument === null || compare(value, argument) <= 0);
    case '$regex': {
      const pattern = regexOf(argument, siblings.get('$options'));
      return (value) => typeof value === 'string' && pattern.test(value);
    }
    case '$options':
      return () => true;
    case '$mod': {
      const [divisor, rest] = (argument as Value[]).map((part) => toNumber(part));
      return (value) => isNumber(value) && Math.trunc(toNumber(value)) % (divisor as number) === rest;
    }
    default:
      throw new ServerError(2, `unknown operator: ${operator}`);
  }
}

const equalTo = (operand: Value): ValueTest =>
  operand === null
    ? (value) => value === null || value === undefined
    : (value) => value !== undefined && equal(value, operand);

function matchesRegex(operand: BSONRegExp): ValueTest {
  const pattern = regexOf(operand, undefined);
  return (value) => typeof value === 'string' && pattern.test(value);
}

function oneOf(argument: Value): ValueTest {
  if (!Array.isArray(argument)) throw new ServerError(2, '$in needs an array');
  const texts = new Set(argument.filter((item) => typeof item === 'string'));
  const others = argument
    .filter((item) => typeof item !== 'string')
    .map((item) => (item instanceof BSONRegExp ? matchesRegex(item) : equalTo(item)));
  return (value) => (typeof value === 'string' && texts.has(value)) || others.some((test) => test(value));
}

function ofType(argument: Value): ValueTest {
  const types = (Array.isArray(argument) ? argument : [argument]).map((type) => {
    if (type === 'number') return type;
    const found = typeof type === 'string' ? typeNumber(type) : toNumber(type);
    if (found === undefined) throw new ServerError(2, `Unknown type name alias: ${String(type)}`);
    return found;
  });
  return (value) =>
    value !== undefined &&
    types.some((type) => (type === 'number' ? isNumber(value) : typeOf(value) === type));
}

function elementMatches(parts: string[], argument: Value): Predicate {
  if (!isDoc(argument)) throw new ServerError(2, '$elemMatch needs an Object');
  const filter =
    isOperators(argument) && !['$and', '$or', '$nor'].includes([...argument.keys()][0] as string)
      ? null
      : compileFilter(argument);
  const matches = (item: Value): boolean =>
    filter ? isDoc(item) && filter(item) : matchesValue(argument, item);
  return (document, details) =>
    anyAtPath(document, parts, false, (value, outer) => {
      if (!Array.isArray(value)) return false;
      const index = value.findIndex(matches);
      if (index >= 0 && details) details.index = outer ?? index;
      return index >= 0;
    });
}

function all(parts: string[], argument: Value): Predicate {
  if (!Array.isArray(argument)) throw new ServerError(2, '$all needs an array');
  const tests = argument.map((item) => {
    const element = isDoc(item) ? item.get('$elemMatch') : undefined;
    return element === undefined ? atPath(parts, equalTo(item)) : elementMatches(parts, element);
  });
  return (document) => tests.length > 0 && tests.every((test) => test(document));
}

/** Whether one value passes a document of operators, as an element of an array does in `$pull` and `$elemMatch`. */
export const matchesValue = (operators: Doc, value: Value): boolean =>
  field('v', operators)(new Map([['v', value]]));
