import { equal } from '../bson/compare.js';
import { encode } from '../bson/encode.js';
import {
  type Doc,
  Double,
  Int32,
  isDoc,
  isNumber,
  Long,
  type Maybe,
  numeric,
  toNumber,
  type Value,
} from '../bson/values.js';
import { ServerError } from '../errors.js';
import { compileExpression, type Expression } from './expressions.js';
import { average, extreme, sum } from './value-operators.js';

type Accumulator = (values: Maybe[]) => Value;

const ACCUMULATORS = new Map<string, Accumulator>([
  ['$sum', sum],
  ['$avg', average],
  ['$max', (values) => extreme(values, 1)],
  ['$min', (values) => extreme(values, -1)],
  ['$first', (values) => values[0] ?? null],
  ['$last', (values) => values.at(-1) ?? null],
  ['$push', (values) => values.filter((value): value is Value => value !== undefined)],
  [
    '$addToSet',
    (values) => {
      const set: Value[] = [];
      for (const value of values)
        if (value !== undefined && !set.some((known) => equal(known, value))) set.push(value);
      return set;
    },
  ],
  ['$mergeObjects', (values) => new Map(values.flatMap((value) => (isDoc(value) ? [...value] : [])))],
]);

/** `$group`. Groups come in the order in which they were first seen; the server keeps no order. */
export function compileGroup(specification: Doc): (documents: Doc[]) => Doc[] {
  const id = specification.get('_id');
  if (id === undefined) throw new ServerError(15955, 'a group specification must include an _id');
  const key = compileExpression(id);
  const fields = [...specification]
    .filter(([name]) => name !== '_id')
    .map(([name, value]): [string, Expression, Accumulator] => {
      const [operator] = isDoc(value) ? [...value.keys()] : [];
      const accumulator = ACCUMULATORS.get(operator ?? '');
      if (!accumulator || !isDoc(value)) {
        if (!isDoc(value)) throw new ServerError(40234, `The field '${name}' must be an accumulator object`);
        throw new ServerError(15952, `unknown group operator '${operator}'`);
      }
      return [name, compileExpression(value.get(operator as string) as Value), accumulator];
    });
  return (documents) => {
    const groups = new Map<string, { id: Value; members: Doc[] }>();
    for (const root of documents) {
      const value = key({ root, variables: new Map() }) ?? null;
      const text = encode(new Map([['', comparable(value)]])).toString('latin1');
      const group = groups.get(text) ?? { id: value, members: [] };
      group.members.push(root);
      groups.set(text, group);
    }
    return [...groups.values()].map(({ id: value, members }) => {
      const result: Doc = new Map([['_id', value]]);
      for (const [name, expression, accumulate] of fields)
        result.set(name, accumulate(members.map((root) => expression({ root, variables: new Map() }))));
      return result;
    });
  };
}

/** Numbers that are equal fall into one group, whatever their type. */
function comparable(value: Value): Value {
  if (value instanceof Int32 || value instanceof Double || (isNumber(value) && value instanceof Long)) {
    const number = numeric(value);
    return typeof number === 'bigint' ? Long.fromBigInt(number) : new Double(toNumber(value));
  }
  if (Array.isArray(value)) return value.map(comparable);
  if (isDoc(value)) return new Map([...value].map(([key, item]) => [key, comparable(item)]));
  return value;
}
