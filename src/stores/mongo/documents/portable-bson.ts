import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'mongodb';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json/json-value.js';
import { changedMembers, mapped, unknownWrapper, wrapperOf } from '../../../domain/json/portable-json.js';
import { isDoc, toBson, toDoc, toJson } from './bson-json.js';

const MAX_INT32 = 2 ** 31;

/** A value that was read with its types, as domain/json/portable-json.ts writes it: what `fromPortable` makes the same again. */
export function toPortable(value: unknown): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(toPortable);
  if (value instanceof Int32) return value.value;
  if (value instanceof Double || typeof value === 'number') return double(Number(value));
  if (value instanceof Long && !(value instanceof Timestamp)) return long(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : { $date: value.toISOString() };
  if (value instanceof Binary) return binary(value);
  if (value instanceof Decimal128) return { $numberDecimal: value.toString() };
  if (value instanceof ObjectId) return { $oid: value.toHexString() };
  if (value instanceof Timestamp) return { $timestamp: value.toString() };
  if (value instanceof BSONRegExp) return { $regularExpression: `/${value.pattern}/${value.options}` };
  if (!isDoc(value)) return toJson(value);
  const members = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, toPortable(child)]));
  return wrapperOf(members) === null ? members : { $object: members };
}

/** What a JSON number would not come back as: a double that is an integer, or none that JSON has. */
function double(value: number): JsonValue {
  if (!Number.isFinite(value)) return { $numberDouble: String(value) };
  if (!Number.isSafeInteger(value)) return value;
  return { $numberDouble: Object.is(value, -0) ? '-0.0' : `${value}.0` };
}

function long(value: Long): JsonValue {
  const number = value.toNumber();
  const isPlain = Number.isSafeInteger(number) && (number >= MAX_INT32 || number < -MAX_INT32);
  return isPlain ? number : { $numberLong: value.toString() };
}

function binary(value: Binary): JsonValue {
  const base64 = Buffer.from(value.value()).toString('base64');
  return { $binary: value.sub_type === 0 ? base64 : { base64, subType: value.sub_type } };
}

const MAKE: Readonly<Record<string, (inner: JsonValue) => unknown>> = {
  $numberLong: (digits) => Long.fromString(String(digits)),
  $numberDouble: (digits) => new Double(Number(digits)),
  $numberDecimal: (digits) => Decimal128.fromString(String(digits)),
  $date: (text) => new Date(String(text)),
  $binary: (bytes) =>
    isJsonObject(bytes)
      ? new Binary(Buffer.from(String(bytes.base64), 'base64'), Number(bytes.subType))
      : new Binary(Buffer.from(String(bytes), 'base64')),
  $oid: (hex) => ObjectId.createFromHexString(String(hex)),
  $timestamp: (digits) => new Timestamp(Long.fromString(String(digits), true)),
  $regularExpression: (text) => {
    const [, pattern = '', options = ''] = /^\/(.*)\/([^/]*)$/s.exec(String(text)) ?? [];
    return new BSONRegExp(pattern, options);
  },
};

/** What holds nothing to be changed is returned as it is. Throws a RangeError on a wrapper that there is not. */
export function fromPortable(value: JsonValue): unknown {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return mapped(value, fromPortable);
  if (!isJsonObject(value)) return toBson(value);
  const name = wrapperOf(value);
  if (name === null) return docFrom(value);
  const inner = value[name] as JsonValue;
  if (name === '$object' && isJsonObject(inner)) return docFrom(inner);
  const make = MAKE[name];
  if (!make) throw unknownWrapper(name);
  return make(inner);
}

function docFrom(value: JsonObject): unknown {
  const changed = changedMembers(value, fromPortable);
  // `toDoc` knows which keys the driver must not see.
  if (!changed && !Object.hasOwn(value, '_bsontype')) return value;
  return toDoc(value, (child, key) => (changed?.has(key) ? changed.get(key) : child));
}
