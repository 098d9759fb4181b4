import { compare, equal } from '../bson/compare.js';
import { sizeOf, typeOf } from '../bson/encode.js';
import { typeName } from '../bson/show.js';
import {
  Decimal128,
  Double,
  Int32,
  isDoc,
  isNumber,
  isTruthy,
  Long,
  type Maybe,
  numeric,
  ObjectId,
  RawValue,
  toNumber,
  type Value,
} from '../bson/values.js';
import { ServerError } from '../errors.js';
import { checkBuilt } from '../update/update.js';
import { add, multiply, subtract } from './arithmetic.js';
import type { Operator } from './array-operators.js';

const missing = (value: Maybe): value is undefined | null => value === undefined || value === null;
const nameOf = (value: Maybe): string => (value === undefined ? 'missing' : typeName(typeOf(value)));
const comparison =
  (holds: (order: number) => boolean): Operator =>
  ([a, b]) =>
    holds(compare(a, b));

/** The sum of the numbers among the values, in the widest type among them; anything else counts as nothing. */
export function sum(values: readonly Maybe[]): Value {
  let total: Double | Int32 | Long = new Int32(0);
  for (const value of values) if (isNumber(value)) total = add(total, value);
  return total;
}

/** The average as a Double; null without numbers. */
export function average(values: readonly Maybe[]): Value {
  const numbers = values.filter(isNumber);
  if (numbers.length === 0) return null;
  return new Double(numbers.reduce((total, value) => total + Number(numeric(value)), 0) / numbers.length);
}

/** The first value in the order; missing and null do not count. */
export function extreme(values: readonly Maybe[], direction: number): Value {
  const found = values.filter((value): value is Value => !missing(value));
  return found.reduce<Value>(
    (best, value) => (best === null || compare(value, best) * direction > 0 ? value : best),
    null,
  );
}

/** An accumulator used as an expression goes into the one array that it is given. */
const spread = (operands: Maybe[]): readonly Maybe[] =>
  operands.length === 1 && Array.isArray(operands[0]) ? operands[0] : operands;

export const VALUE_OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['$eq', ([a, b]) => equal(a, b)],
  ['$ne', ([a, b]) => !equal(a, b)],
  ['$gt', comparison((order) => order > 0)],
  ['$gte', comparison((order) => order >= 0)],
  ['$lt', comparison((order) => order < 0)],
  ['$lte', comparison((order) => order <= 0)],
  ['$cmp', ([a, b]) => new Int32(Math.sign(compare(a, b)))],
  ['$not', ([value]) => !isTruthy(value)],
  ['$type', ([value]) => nameOf(value)],
  ['$bsonSize', bsonSize],
  ['$sum', (operands) => sum(spread(operands))],
  ['$avg', (operands) => average(spread(operands))],
  ['$max', (operands) => extreme(spread(operands), 1)],
  ['$min', (operands) => extreme(spread(operands), -1)],
  ['$add', (operands) => plus(operands)],
  ['$subtract', ([a, b]) => minus(a, b)],
  ['$multiply', (operands) => product(operands)],
  ['$divide', ([a, b]) => divide(a, b)],
  ['$mod', ([a, b]) => (missing(a) || missing(b) ? null : remainder(a, b))],
  ['$abs', ([a]) => (isNumber(a) ? (toNumber(a) < 0 ? multiply(a, new Int32(-1)) : a) : null)],
  ['$concat', (operands) => concat(operands)],
  ['$toString', ([a]) => (missing(a) ? null : toText(a))],
  ['$toLower', ([a]) => (typeof a === 'string' ? a.toLowerCase() : '')],
  ['$toUpper', ([a]) => (typeof a === 'string' ? a.toUpperCase() : '')],
  ['$toInt', ([a]) => (missing(a) ? null : new Int32(Math.trunc(Number(toText(a)))))],
  [
    '$toLong',
    ([a]) =>
      missing(a) ? null : a instanceof Date ? Long.fromNumber(a.getTime()) : Long.fromString(toText(a)),
  ],
  ['$toDouble', ([a]) => (missing(a) ? null : new Double(Number(toText(a))))],
  [
    '$toDate',
    ([a]) => (missing(a) ? null : a instanceof Date ? a : new Date(typeof a === 'string' ? a : toNumber(a))),
  ],
  [
    '$strLenCP',
    ([a]) => new Int32([...textOf(a, 34471, '$strLenCP requires a string argument, found: ')].length),
  ],
  [
    '$strLenBytes',
    ([a]) =>
      new Int32(Buffer.byteLength(textOf(a, 34473, '$strLenBytes requires a string argument, found: '))),
  ],
  [
    '$substrCP',
    ([a, start, length]) =>
      missing(a) ? '' : [...toText(a)].slice(toNumber(start), toNumber(start) + toNumber(length)).join(''),
  ],
  ['$indexOfCP', ([a, b]) => (missing(a) ? null : new Int32(toText(a).indexOf(String(b))))],
]);

function textOf(value: Maybe, code: number, message: string): string {
  if (typeof value !== 'string') throw new ServerError(code, message + nameOf(value));
  return value;
}

const toText = (value: Value): string =>
  value instanceof Date
    ? value.toISOString()
    : value instanceof ObjectId
      ? value.toHexString()
      : value instanceof RawValue && value.type === DECIMAL
        ? new Decimal128(value.bytes).toString()
        : String(isNumber(value) ? numeric(value) : value);

const DECIMAL = 19;

function bsonSize([value]: Maybe[]): Maybe {
  if (missing(value)) return null;
  if (!isDoc(value))
    throw new ServerError(31393, `$bsonSize requires a document input, found: ${nameOf(value)}`);
  checkBuilt(value);
  return new Int32(sizeOf(value));
}

/** A date and numbers make a date. */
function plus(operands: Maybe[]): Maybe {
  if (operands.some(missing)) return null;
  const date = operands.find((value) => value instanceof Date);
  const numbers = operands.filter((value) => !(value instanceof Date));
  for (const value of numbers)
    if (!isNumber(value))
      throw new ServerError(16554, `$add only supports numeric or date types, not ${nameOf(value)}`);
  const total = sum(numbers);
  return date ? new Date(date.getTime() + toNumber(total)) : total;
}

function minus(a: Maybe, b: Maybe): Maybe {
  if (missing(a) || missing(b)) return null;
  if (a instanceof Date)
    return b instanceof Date
      ? Long.fromNumber(a.getTime() - b.getTime())
      : new Date(a.getTime() - toNumber(b));
  if (!isNumber(a) || !isNumber(b))
    throw new ServerError(16556, `cant $subtract a ${nameOf(b)} from a ${nameOf(a)}`);
  return subtract(a, b);
}

function product(operands: Maybe[]): Maybe {
  if (operands.some(missing)) return null;
  return operands.reduce<Double | Int32 | Long>((result, value) => {
    if (!isNumber(value))
      throw new ServerError(16555, `$multiply only supports numeric types, not ${nameOf(value)}`);
    return multiply(result, value);
  }, new Int32(1));
}

function divide(a: Maybe, b: Maybe): Maybe {
  if (missing(a) || missing(b)) return null;
  if (toNumber(b) === 0) throw new ServerError(16608, "can't $divide by zero");
  return new Double(toNumber(a) / toNumber(b));
}

const remainder = (a: Value, b: Value): Value =>
  a instanceof Double || b instanceof Double
    ? new Double(toNumber(a) % toNumber(b))
    : new Int32(toNumber(a) % toNumber(b));

function concat(operands: Maybe[]): Maybe {
  if (operands.some(missing)) return null;
  return operands.map((value) => textOf(value, 16702, '$concat only supports strings, not ')).join('');
}
