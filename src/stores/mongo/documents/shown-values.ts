import { Decimal128, Long, ObjectId } from 'mongodb';
import type { Expression } from '../reads/read-expressions.js';
import { toBson } from './bson-json.js';

/*
 * A filter sees a value as it is shown. Types that JSON does not have are shown as text, so that they are found by that text
 * and by no number; the server itself would compare them with numbers.
 */

export type Scalar = string | number | boolean | null;

/** What may stand in the document where this is shown: a match on these holds wherever `isShown` does. */
export function storedForms(value: Scalar): unknown[] {
  if (value === null) return [null, ...NOT_FINITE];
  if (typeof value !== 'string') return [toBson(value)];
  return [value, ...textForms(value).map(({ form }) => form)];
}

/** Whether `$$value` is shown so. */
export function isShown(value: Scalar): Expression {
  if (value === null) return { $or: [equals(null), { $in: ['$$value', { $literal: NOT_FINITE }] }] };
  if (typeof value === 'number') {
    // An Int64 that equals a safe integer is one.
    const types = Number.isSafeInteger(value) ? ['int', 'long', 'double'] : ['int', 'double'];
    return { $and: [equals(value), { $in: [typeOfValue, types] }] };
  }
  if (typeof value !== 'string') return equals(value);
  const others = textForms(value).map(({ type, form }) => ({
    // Decimals are equal whatever zeros they end with.
    $cond: [
      { $eq: [typeOfValue, type] },
      type === 'decimal' ? { $eq: [{ $toString: '$$value' }, value] } : equalsForm(form),
      false,
    ],
  }));
  return others.length === 0 ? equals(value) : { $or: [equals(value), ...others] };
}

/** Whether `$$value` is shown as a number, and compares so with the bound. */
export const comparesAsNumber = (test: string, bound: number): Expression => ({
  $and: [
    { $in: [typeOfValue, ['int', 'long', 'double']] },
    { $gt: ['$$value', Number.NEGATIVE_INFINITY] },
    { $lt: ['$$value', Number.POSITIVE_INFINITY] },
    {
      $or: [
        { $ne: [typeOfValue, 'long'] },
        {
          $and: [
            { $gte: ['$$value', Long.fromNumber(Number.MIN_SAFE_INTEGER)] },
            { $lte: ['$$value', Long.fromNumber(Number.MAX_SAFE_INTEGER)] },
          ],
        },
      ],
    },
    { [test]: ['$$value', { $literal: toBson(bound) }] },
  ],
});

const typeOfValue: Expression = { $type: '$$value' };
const equalsForm = (form: unknown): Expression => ({ $eq: ['$$value', { $literal: form }] });
const equals = (value: Scalar): Expression => equalsForm(toBson(value));
const NOT_FINITE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** The values of other types that are shown as this text. Bytes are not among them: a filter finds them by no text. */
function textForms(text: string): { type: string; form: unknown }[] {
  return [
    ...(isLargeInt64(text) ? [{ type: 'long', form: Long.fromString(text) }] : []),
    ...(isDecimal(text) ? [{ type: 'decimal', form: Decimal128.fromString(text) }] : []),
    ...(isDate(text) ? [{ type: 'date', form: new Date(text) }] : []),
    ...(/^[0-9a-f]{24}$/.test(text) ? [{ type: 'objectId', form: new ObjectId(text) }] : []),
  ];
}

function isLargeInt64(text: string): boolean {
  if (!/^-?[1-9]\d{15,18}$/.test(text)) return false;
  const value = BigInt(text);
  return !Number.isSafeInteger(Number(text)) && BigInt.asIntN(64, value) === value;
}

function isDecimal(text: string): boolean {
  if (!/^-?(\d[\d.]*(E[+-]\d+)?|Infinity)$|^NaN$/.test(text) || text.length > 45) return false;
  try {
    return Decimal128.fromString(text).toString() === text;
  } catch {
    return false;
  }
}

function isDate(text: string): boolean {
  if (!/^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return false;
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString() === text;
}
