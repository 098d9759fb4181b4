import {
  Binary,
  BSONRegExp,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'mongodb';

/** A value of a type that is stored and given back, but never looked into. */
export class RawValue {
  constructor(
    readonly type: number,
    readonly bytes: Buffer,
  ) {}
}

/**
 * One BSON value. A document is a Map, because an object would move keys such as "10" to the front; a number keeps its
 * BSON type. Values are never changed once they are stored: an update copies what lies on its path.
 */
export type Value =
  | Doc
  | Value[]
  | string
  | boolean
  | null
  | Date
  | Double
  | Int32
  | Long
  | Binary
  | ObjectId
  | Timestamp
  | BSONRegExp
  | RawValue;

export type Doc = Map<string, Value>;
/** Undefined stands for a field that is not there. */
export type Maybe = Value | undefined;

export { Binary, BSONRegExp, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp };

export const isDoc = (value: unknown): value is Doc => value instanceof Map;
export const isNumber = (value: unknown): value is Double | Int32 | Long =>
  value instanceof Int32 ||
  value instanceof Double ||
  (value instanceof Long && !(value instanceof Timestamp));

/** The number for comparisons: a bigint only where a double would lose digits. JavaScript compares the two exactly. */
export function numeric(value: Double | Int32 | Long): number | bigint {
  if (!(value instanceof Long)) return value.value;
  const near = value.toNumber();
  return Number.isSafeInteger(near) ? near : value.toBigInt();
}

/** The number as JavaScript's, for counts and positions. */
export const toNumber = (value: Maybe, otherwise = 0): number =>
  isNumber(value) ? Number(numeric(value)) : value instanceof Date ? value.getTime() : otherwise;

export const isTruthy = (value: Maybe): boolean => {
  if (value === undefined || value === null || value === false) return false;
  return !isNumber(value) || numeric(value) !== 0;
};

const pairs = (fields: Record<string, unknown>): [string, Value][] =>
  Object.entries(fields).flatMap(([key, value]): [string, Value][] =>
    value === undefined ? [] : [[key, wrap(value)]],
  );

/** A document for a reply, from an object whose keys do not look like integers. Undefined fields are left out. */
export const doc = (fields: Record<string, unknown>): Doc => new Map(pairs(fields));

const isPlain = (value: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(value));

/** A JavaScript value as BSON: whole numbers become Int32 where they fit. */
export function wrap(value: unknown): Value {
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 2 ** 31 && !Object.is(value, -0)
      ? new Int32(value)
      : new Double(value);
  if (typeof value === 'bigint') return Long.fromBigInt(value);
  if (Array.isArray(value)) return value.map(wrap);
  if (value !== null && typeof value === 'object' && isPlain(value))
    return doc(value as Record<string, unknown>);
  return value as Value;
}

/** The field at a dotted path of documents only: arrays are not entered. */
export function at(document: Maybe, path: string): Maybe {
  let value = document;
  for (const part of path.split('.')) {
    if (!isDoc(value)) return undefined;
    value = value.get(part);
  }
  return value;
}
