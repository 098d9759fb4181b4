import { compare, equal } from '../bson/compare.js';
import { typeOf } from '../bson/encode.js';
import { typeName } from '../bson/show.js';
import { type Doc, Int32, isDoc, isTruthy, type Maybe, toNumber, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';

/** An operator over operands that have been evaluated. */
export type Operator = (operands: Maybe[], count: number) => Maybe;

const missing = (value: Maybe): value is undefined | null => value === undefined || value === null;
const nameOf = (value: Maybe): string => (value === undefined ? 'missing' : typeName(typeOf(value)));

function arrayOf(value: Maybe, code: number, message: string): Value[] {
  if (!Array.isArray(value)) throw new ServerError(code, message);
  return value;
}

export const ARRAY_OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  [
    '$size',
    ([value]) =>
      new Int32(
        arrayOf(value, 17124, `The argument to $size must be an array, but was of type: ${nameOf(value)}`)
          .length,
      ),
  ],
  ['$slice', slice],
  ['$arrayElemAt', ([items, index]) => elementAt(items, index)],
  ['$first', ([items]) => elementAt(items, new Int32(0), '$first')],
  ['$last', ([items]) => elementAt(items, new Int32(-1), '$last')],
  ['$isArray', ([value]) => Array.isArray(value)],
  [
    '$in',
    ([value, items]) =>
      arrayOf(items, 40081, `$in requires an array as a second argument, found: ${nameOf(items)}`).some(
        (item) => equal(item, value),
      ),
  ],
  ['$indexOfArray', indexOfArray],
  [
    '$anyElementTrue',
    ([value]) =>
      arrayOf(value, 17041, `$anyElementTrue's argument must be an array, but is ${nameOf(value)}`).some(
        isTruthy,
      ),
  ],
  [
    '$allElementsTrue',
    ([value]) =>
      arrayOf(value, 17040, `$allElementsTrue's argument must be an array, but is ${nameOf(value)}`).every(
        isTruthy,
      ),
  ],
  [
    '$reverseArray',
    ([value]) =>
      missing(value)
        ? null
        : arrayOf(
            value,
            34435,
            `The argument to $reverseArray must be an array, but was of type: ${nameOf(value)}`,
          ).toReversed(),
  ],
  ['$objectToArray', objectToArray],
  ['$arrayToObject', arrayToObject],
  ['$mergeObjects', mergeObjects],
  ['$range', range],
  ['$setUnion', (operands) => setUnion(operands)],
]);

function int32(value: Maybe, code: number, message: string): number {
  const number = toNumber(value);
  if ((number | 0) !== number) throw new ServerError(code, message + number);
  return number;
}

function slice([items, ...rest]: Maybe[]): Maybe {
  if (missing(items) || rest.some(missing)) return null;
  const array = arrayOf(
    items,
    28724,
    `First argument to $slice must be an array, but is of type: ${nameOf(items)}`,
  );
  const [a, b] = rest.map((value, index) =>
    int32(
      value,
      28726 + 2 * index,
      `${index === 0 ? 'Second' : 'Third'} argument to $slice can't be represented as a 32-bit integer: `,
    ),
  ) as [number, number | undefined];
  if (b === undefined) return a < 0 ? array.slice(a) : array.slice(0, a);
  if (b <= 0) throw new ServerError(28729, `Third argument to $slice must be positive: ${b}`);
  const start = a < 0 ? Math.max(0, array.length + a) : a;
  return array.slice(start, start + b);
}

function elementAt(items: Maybe, index: Maybe, name = '$arrayElemAt'): Maybe {
  if (missing(items) || missing(index)) return null;
  const array = arrayOf(
    items,
    28689,
    `${name}'s ${name === '$arrayElemAt' ? 'first argument' : 'argument'} must be an array, but is ${nameOf(items)}`,
  );
  return array.at(
    int32(index, 28691, `${name}'s second argument must be representable as a 32-bit integer: `),
  );
}

function indexOfArray([items, wanted, start, end]: Maybe[]): Maybe {
  if (missing(items)) return null;
  const array = arrayOf(
    items,
    40090,
    `$indexOfArray requires an array as a first argument, found: ${nameOf(items)}`,
  );
  const last = missing(end) ? array.length : toNumber(end);
  return new Int32(
    array.findIndex((item, index) => index >= toNumber(start) && index < last && equal(item, wanted)),
  );
}

function objectToArray([value]: Maybe[]): Maybe {
  if (missing(value)) return null;
  if (!isDoc(value))
    throw new ServerError(40390, `$objectToArray requires a document input, found: ${nameOf(value)}`);
  return [...value].map(
    ([k, v]): Doc =>
      new Map<string, Value>([
        ['k', k],
        ['v', v],
      ]),
  );
}

function arrayToObject([value]: Maybe[]): Maybe {
  if (missing(value)) return null;
  const items = arrayOf(value, 40386, `$arrayToObject requires an array input, found: ${nameOf(value)}`);
  return new Map(
    items.map((item): [string, Value] => {
      if (Array.isArray(item)) return [String(item[0]), item[1] ?? null];
      if (isDoc(item)) return [String(item.get('k')), item.get('v') ?? null];
      throw new ServerError(40398, `Unrecognised input type format for $arrayToObject: ${nameOf(item)}`);
    }),
  );
}

function mergeObjects(operands: Maybe[]): Maybe {
  const result: Doc = new Map();
  const all = operands.length === 1 && Array.isArray(operands[0]) ? operands[0] : operands;
  for (const operand of all) {
    if (missing(operand)) continue;
    if (!isDoc(operand))
      throw new ServerError(
        40400,
        `$mergeObjects requires object inputs, but input is of type ${nameOf(operand)}`,
      );
    for (const [key, value] of operand) result.set(key, value);
  }
  return result;
}

function range([start, end, step]: Maybe[]): Maybe {
  const by = missing(step) ? 1 : toNumber(step);
  if (by === 0) throw new ServerError(34449, '$range requires a non-zero step value');
  const result: Value[] = [];
  for (let n = toNumber(start); by > 0 ? n < toNumber(end) : n > toNumber(end); n += by)
    result.push(new Int32(n));
  return result;
}

function setUnion(operands: Maybe[]): Maybe {
  if (operands.some(missing)) return null;
  const all = (operands as Value[]).flatMap((operand) =>
    arrayOf(
      operand,
      17043,
      `All operands of $setUnion must be arrays. One argument is of type: ${nameOf(operand)}`,
    ),
  );
  return all
    .toSorted(compare)
    .filter((item, index, sorted) => index === 0 || !equal(item, sorted[index - 1]));
}
