import { Binary, BSONRegExp, DBRef, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'mongodb';
import type { Steps } from '../../../domain/async/in-slices.js';
import type { JsonObject, JsonValue } from '../../../domain/json/json-value.js';

/** A document as the driver gives it: any BSON type at any place, keys in stored order but for integer-like ones. */
export type Doc = { [key: string]: unknown };

const MAX_INT32 = 2 ** 31;

/** It may hold others. */
export const isComposed = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** True for a plain embedded document, false for arrays, null, dates and the driver's own BSON types. */
export function isDoc(value: unknown): value is Doc {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * A stored value as JSON. Dates become ISO 8601 text, bytes base64, ids hex digits; an integer beyond 2^53 and a
 * decimal become their digits, a number that is not finite null, as JSON cannot carry them.
 */
export function toJson(value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return numberOrDigits(value);
  if (value instanceof Double || value instanceof Int32) return toJson(value.value);
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Binary) return Buffer.from(value.value()).toString('base64');
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Timestamp) return value.toString();
  if (value instanceof Long) return numberOrDigits(value.toBigInt());
  if (value instanceof Decimal128) return value.toString();
  if (value instanceof BSONRegExp) return `/${value.pattern}/${value.options}`;
  // Of the kind that has a BSON type of its own, long out of use.
  if (value instanceof DBRef) return toJsonObject(value.toJSON());
  if (!isDoc(value)) return String(value);
  return toJsonObject(value);
}

export function toJsonObject(doc: Doc): JsonObject {
  // Not by assignment: `__proto__` is a key like any other.
  return Object.fromEntries(Object.entries(doc).map(([key, value]) => [key, toJson(value)]));
}

/** Values that one step makes JSON of. */
const STEP = 64;

/** As `toJsonObject`, in steps where it has more values than one step makes. */
export function* objectSteps(doc: Doc): Steps<JsonObject> {
  return leftOf(doc, STEP) < 0 ? yield* jsonObjectSteps(doc) : toJsonObject(doc);
}

/** What is left of so many values, once each is counted; below 0 no more are looked at. */
function leftOf(value: unknown, left: number): number {
  const parts = Array.isArray(value) ? value : isDoc(value) ? Object.values(value) : [];
  let after = left - 1;
  for (let index = 0; index < parts.length && after >= 0; index++) after = leftOf(parts[index], after);
  return after;
}

/** As `toJsonObject`, in steps: metadata may have hundreds of thousands of members, in one object or in many. */
export function* jsonObjectSteps(doc: Doc, made = { values: 0 }): Steps<JsonObject> {
  const object: Doc = {};
  for (const key of Object.keys(doc)) setOwn(object, key, yield* jsonSteps(doc[key], made));
  return object as JsonObject;
}

function* jsonSteps(value: unknown, made: { values: number }): Steps<JsonValue> {
  if (++made.values % STEP === 0) yield;
  if (Array.isArray(value)) {
    const list: JsonValue[] = [];
    for (const one of value) list.push(yield* jsonSteps(one, made));
    return list;
  }
  return isDoc(value) ? yield* jsonObjectSteps(value, made) : toJson(value);
}

/**
 * JSON as it is stored. An integer that an Int32 cannot hold becomes an Int64, as Python writes it; the driver alone
 * would make a Double of it.
 */
export function toBson(value: JsonValue): unknown {
  if (typeof value === 'number') {
    const isLong = Number.isSafeInteger(value) && (value >= MAX_INT32 || value < -MAX_INT32);
    return isLong ? Long.fromNumber(value) : value;
  }
  if (Array.isArray(value)) return value.map(toBson);
  if (typeof value !== 'object' || value === null) return value;
  return toBsonObject(value);
}

export const toBsonObject = (value: JsonObject): Doc => toDoc(value, toBson);

/** The object with each member as it is to be stored. */
export function toDoc(value: JsonObject, member: (child: JsonValue, key: string) => unknown): Doc {
  const entries = Object.entries(value).map(([key, child]): [string, unknown] => [key, member(child, key)]);
  return hiddenFromDriver(Object.fromEntries(entries));
}

/** The driver takes any object with this key for a type of its own; of a Map it takes every key for data. */
export function hiddenFromDriver(doc: Doc): Doc {
  if (!Object.hasOwn(doc, '_bsontype')) return doc;
  // Before it has the function, whose name may be a key, too.
  const entries = Object.entries(doc);
  return Object.defineProperty(doc, 'toBSON', { value: () => new Map(entries) });
}

/** `__proto__` is a key like any other. */
export function setOwn(doc: Doc, key: string, value: unknown): void {
  if (key !== '__proto__') doc[key] = value;
  else Object.defineProperty(doc, key, { value, writable: true, enumerable: true, configurable: true });
}

function numberOrDigits(value: bigint): JsonValue {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
