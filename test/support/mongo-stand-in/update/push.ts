import { compare } from '../bson/compare.js';
import { typeOf } from '../bson/encode.js';
import { show, typeName } from '../bson/show.js';
import { type Doc, isDoc, type Maybe, toNumber, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { UpdateContext } from './apply-update.js';
import type { LeafResult } from './leaf-operators.js';

/**
 * `$push`. Only elements at the end of an array that was not empty, and of which nothing was trimmed or sorted, are logged
 * one by one; anything else is logged as the whole array.
 */
export function push(current: Maybe, operand: Value, path: string, { id }: UpdateContext): LeafResult {
  if (current !== undefined && !Array.isArray(current))
    throw new ServerError(
      2,
      `The field '${path}' must be an array but is of type ${typeName(typeOf(current))} in document {_id: ${show(id, false)}}`,
    );
  const modifiers: Doc = isDoc(operand) && operand.has('$each') ? operand : new Map([['$each', [operand]]]);
  const added = eachOf(modifiers);
  for (const clause of modifiers.keys())
    if (!CLAUSES.has(clause)) throw new ServerError(2, `Unrecognized clause in $push: ${clause}`);
  const before = current ?? [];
  const position = positionOf(modifiers, before.length);
  const after = [...before.slice(0, position), ...added, ...before.slice(position)];
  const sort = modifiers.get('$sort');
  if (sort !== undefined) after.sort(orderBy(sort));
  const limit = modifiers.get('$slice');
  const kept = limit === undefined ? after : slice(after, toNumber(limit));

  if (current && added.length === 0 && sort === undefined && kept.length === current.length)
    return { value: current, entries: [] };
  const appended =
    before.length > 0 && position === before.length && sort === undefined && kept.length === after.length;
  if (!appended) return { value: kept, entries: [[path, kept]] };
  return { value: kept, entries: added.map((item, index) => [`${path}.${before.length + index}`, item]) };
}

const CLAUSES = new Set(['$each', '$position', '$slice', '$sort']);

function eachOf(modifiers: Doc): Value[] {
  const each = modifiers.get('$each');
  if (!Array.isArray(each))
    throw new ServerError(
      2,
      `The argument to $each in $push must be an array but it was of type: ${typeName(typeOf(each ?? null))}`,
    );
  return each;
}

function positionOf(modifiers: Doc, length: number): number {
  const wanted = modifiers.get('$position');
  if (wanted === undefined) return length;
  const position = toNumber(wanted);
  return position < 0 ? Math.max(0, length + position) : Math.min(position, length);
}

const slice = (items: Value[], limit: number): Value[] =>
  limit < 0 ? items.slice(limit) : items.slice(0, limit);

function orderBy(sort: Value): (a: Value, b: Value) => number {
  if (!isDoc(sort)) return (a, b) => compare(a, b) * toNumber(sort);
  return (a, b) => {
    for (const [key, direction] of sort) {
      const found = compare(isDoc(a) ? a.get(key) : undefined, isDoc(b) ? b.get(key) : undefined);
      if (found !== 0) return found * toNumber(direction);
    }
    return 0;
  };
}
