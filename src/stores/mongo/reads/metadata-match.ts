import type { Document } from 'mongodb';
import type { JsonValue } from '../../../domain/json/json-value.js';
import type { MetadataCondition } from '../../../domain/sessions/session-store.js';
import { toBson } from '../documents/bson-json.js';
import { comparesAsNumber, isShown, type Scalar, storedForms } from '../documents/shown-values.js';
import type { Expression } from './read-expressions.js';

/**
 * One condition on metadata. MongoDB's own match reaches into array elements and takes a missing value for null, so
 * the strict test is an expression; the plain match beside it holds wherever the strict one does and uses an index.
 */
export function matchMetadata({ path, ...tests }: MetadataCondition): Document {
  const field = `metadata.${path}`;
  const plain: Document[] = [];
  const strict: Expression[] = [];
  if (tests.equals !== undefined) {
    if (isScalar(tests.equals)) plain.push({ [field]: matchForms(storedForms(tests.equals)) });
    strict.push(equals(tests.equals));
  }
  if (tests.in !== undefined) {
    if (tests.in.every(isScalar)) plain.push({ [field]: { $in: tests.in.flatMap(storedForms) } });
    strict.push({ $or: tests.in.map(equals) });
  }
  if (tests.exists !== undefined) {
    strict.push({ [tests.exists ? '$ne' : '$eq']: [{ $type: '$$value' }, 'missing'] });
  }
  for (const test of ['gt', 'gte', 'lt', 'lte'] as const) {
    const bound = tests[test];
    if (bound === undefined) continue;
    plain.push({ [field]: { [`$${test}`]: toBson(bound) } });
    strict.push(compares(`$${test}`, bound));
  }
  return { $and: [...plain, { $expr: valueAt(path.split('.'), { $and: strict }) }] };
}

/** `test` with `$$value` bound to what lies at the path: digits index an array, no name reaches into elements. */
function valueAt(segments: readonly string[], test: Expression): Expression {
  const bound = segments.reduceRight((inside, segment) => within(child('$$value', segment), inside), test);
  return within('$metadata', bound);
}

/** `test` about what `value` gives, which it calls `$$value` in its turn. */
const within = (value: Expression, test: Expression): Expression => ({ $let: { vars: { value }, in: test } });

function child(parent: string, segment: string): Expression {
  const field = { $cond: [hasType('object'), `${parent}.${segment}`, '$$REMOVE'] };
  if (!/^(0|[1-9]\d{0,8})$/.test(segment)) return field;
  return { $cond: [hasType('array'), { $arrayElemAt: [parent, Number(segment)] }, field] };
}

/** Whole and with its types; the order of an object's keys does not count. */
function equals(value: JsonValue): Expression {
  if (isScalar(value)) return isShown(value);
  const [type, size, parts]: [string, Expression, [Expression, JsonValue][]] = Array.isArray(value)
    ? [
        'array',
        { $size: '$$value' },
        value.map((inner, index) => [{ $arrayElemAt: ['$$value', index] }, inner]),
      ]
    : [
        'object',
        { $size: { $objectToArray: '$$value' } },
        Object.entries(value).map(([key, inner]) => [ownField(key), inner]),
      ];
  const inside = parts.map(([part, inner]) => within(part, equals(inner)));
  return { $cond: [hasType(type), { $and: [{ $eq: [size, parts.length] }, ...inside] }, false] };
}

/** By name as text: no key is read as a path. */
const ownField = (key: string): Expression => ({
  $let: {
    vars: {
      found: {
        $arrayElemAt: [
          {
            $filter: {
              input: { $objectToArray: '$$value' },
              as: 'kv',
              cond: { $eq: ['$$kv.k', literal(key)] },
            },
          },
          0,
        ],
      },
    },
    in: '$$found.v',
  },
});

const matchForms = (forms: unknown[]): Document => (forms.length === 1 ? { $eq: forms[0] } : { $in: forms });

/** Text among text alone: what is only shown as text is in no range. */
const compares = (test: string, bound: string | number): Expression =>
  typeof bound === 'number'
    ? comparesAsNumber(test, bound)
    : { $and: [hasType('string'), { [test]: ['$$value', literal(bound)] }] };

const hasType = (type: string): Expression => ({ $eq: [{ $type: '$$value' }, type] });

const literal = (value: JsonValue): Expression => ({ $literal: toBson(value) });

const isScalar = (value: JsonValue): value is Scalar => typeof value !== 'object' || value === null;
