import { compare, equal, identical } from '../bson/compare.js';
import { typeOf } from '../bson/encode.js';
import { show, typeName } from '../bson/show.js';
import {
  type Double,
  Int32,
  isDoc,
  isNumber,
  type Long,
  type Maybe,
  Timestamp,
  toNumber,
  type Value,
} from '../bson/values.js';
import { ServerError } from '../errors.js';
import { add, multiply } from '../query/arithmetic.js';
import { compileFilter, matchesValue } from '../query/match.js';
import type { LogEntry, UpdateContext } from './apply-update.js';
import { push } from './push.js';

export interface LeafResult {
  /** The new value; undefined where there is none. The same as before where nothing changed. */
  value: Maybe;
  entries: LogEntry[];
}

type LeafOperator = (current: Maybe, operand: Value, path: string, context: UpdateContext) => LeafResult;

const unchanged = (value: Maybe): LeafResult => ({ value, entries: [] });
const written = (path: string, value: Maybe): LeafResult => ({ value, entries: [[path, value]] });
const writtenUnlessSame = (current: Maybe, path: string, value: Value): LeafResult =>
  identical(current, value) ? unchanged(current) : written(path, value);

/** The operators that change one path. Everything else is refused as an unknown modifier. */
export const LEAF_OPERATORS: ReadonlyMap<string, LeafOperator> = new Map<string, LeafOperator>([
  ['$set', (current, operand, path) => writtenUnlessSame(current, path, operand)],
  [
    '$setOnInsert',
    (current, operand, path, { inserting }) =>
      inserting ? writtenUnlessSame(current, path, operand) : unchanged(current),
  ],
  ['$unset', (current, _, path) => (current === undefined ? unchanged(current) : written(path, undefined))],
  ['$inc', (current, operand, path, context) => arithmetic('$inc', add, current, operand, path, context)],
  [
    '$mul',
    (current, operand, path, context) => arithmetic('$mul', multiply, current, operand, path, context),
  ],
  [
    '$min',
    (current, operand, path) =>
      keepUnless(current === undefined || compare(operand, current) < 0, current, operand, path),
  ],
  [
    '$max',
    (current, operand, path) =>
      keepUnless(current === undefined || compare(operand, current) > 0, current, operand, path),
  ],
  [
    '$currentDate',
    (_, operand, path) =>
      written(
        path,
        isDoc(operand) && operand.get('$type') === 'timestamp'
          ? Timestamp.fromNumber(Date.now())
          : new Date(),
      ),
  ],
  ['$push', push],
  ['$addToSet', addToSet],
  ['$pull', pull],
  ['$pop', pop],
]);

const keepUnless = (change: boolean, current: Maybe, operand: Value, path: string): LeafResult =>
  change ? written(path, operand) : unchanged(current);

function arithmetic(
  name: string,
  compute: (a: Double | Int32 | Long, b: Double | Int32 | Long) => Value,
  current: Maybe,
  operand: Value,
  path: string,
  { id }: UpdateContext,
): LeafResult {
  if (!isNumber(operand))
    throw new ServerError(
      14,
      `Cannot ${name === '$inc' ? 'increment' : 'multiply'} with non-numeric argument: {${path}: ${show(operand, false)}}`,
    );
  if (current === undefined) return written(path, name === '$inc' ? operand : compute(operand, new Int32(0)));
  if (!isNumber(current))
    throw new ServerError(
      14,
      `Cannot apply ${name} to a value of non-numeric type. {_id: ${show(id, false)}} has the field '${path.split('.').at(-1)}' of non-numeric type ${typeName(typeOf(current))}`,
    );
  return writtenUnlessSame(current, path, compute(current, operand));
}

function addToSet(current: Maybe, operand: Value, path: string): LeafResult {
  const each = isDoc(operand) ? operand.get('$each') : undefined;
  const wanted = Array.isArray(each) ? each : [operand];
  if (current !== undefined && !Array.isArray(current))
    throw new ServerError(
      2,
      `Cannot apply $addToSet to non-array field. Field named '${path.split('.').at(-1)}' has non-array type ${typeName(typeOf(current))}`,
    );
  const result = (current ?? []).slice();
  for (const item of wanted) if (!result.some((known) => equal(known, item))) result.push(item);
  return current && result.length === current.length ? unchanged(current) : written(path, result);
}

function pull(current: Maybe, operand: Value, path: string): LeafResult {
  if (current === undefined) return unchanged(current);
  if (!Array.isArray(current)) throw new ServerError(2, 'Cannot apply $pull to a non-array value');
  const isCondition = isDoc(operand) && [...operand.keys()].some((key) => key.startsWith('$'));
  const matches = isCondition
    ? (item: Value) => matchesValue(operand, item)
    : isDoc(operand)
      ? (
          (filter) => (item: Value) =>
            isDoc(item) && filter(item)
        )(compileFilter(operand))
      : (item: Value) => equal(item, operand);
  const kept = current.filter((item) => !matches(item));
  return kept.length === current.length ? unchanged(current) : written(path, kept);
}

function pop(current: Maybe, operand: Value, path: string): LeafResult {
  if (current === undefined) return unchanged(current);
  if (!Array.isArray(current))
    throw new ServerError(
      14,
      `Path '${path}' contains an element of non-array type '${typeName(typeOf(current))}'`,
    );
  if (current.length === 0) return unchanged(current);
  return written(path, toNumber(operand) < 0 ? current.slice(1) : current.slice(0, -1));
}
