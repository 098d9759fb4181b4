import { isJsonObject, type JsonObject, type JsonValue } from '../json.js';

/*
 * JSON that carries more types than JSON has, with the names of MongoDB's Extended JSON. An object whose first key begins with `$` is
 * always such a value: one that was stored so stands in `{"$object": {…}}`, so that nothing is taken for what it is not.
 */

/** What each wrapper is shown as, in a database and an API that have JSON alone; null: there is no such wrapper. */
const SHOWN: Readonly<Record<string, (value: JsonValue) => JsonValue>> = {
  $numberLong: (digits) => (Number.isSafeInteger(Number(digits)) ? Number(digits) : digits),
  $numberDouble: (digits) => (Number.isFinite(Number(digits)) ? Number(digits) : null),
  $numberDecimal: (digits) => digits,
  $date: (text) => text,
  $binary: (bytes) => (isJsonObject(bytes) ? (bytes.base64 ?? null) : bytes),
  $oid: (hex) => hex,
  $timestamp: (digits) => digits,
  $regularExpression: (text) => text,
};

/** A stored object that begins with `$`, and what it holds, made safe. Most values are returned as they are. */
export function escaped(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(escaped);
  if (!isJsonObject(value)) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, escaped(child)]));
  return wrapperOf(inner) === null ? inner : { $object: inner };
}

/** As `escaped`, of JSON text: only a text with this in it needs to be looked at. */
export function escapedText(text: string): JsonValue {
  const value = JSON.parse(text) as JsonValue;
  return text.includes('"$') ? escaped(value) : value;
}

/** The value as a database with JSON alone holds it. Throws a RangeError on a wrapper that there is not. */
export function shown(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(shown);
  if (!isJsonObject(value)) return value;
  const name = wrapperOf(value);
  if (name === null) return shownMembers(value);
  const inner = value[name] as JsonValue;
  if (name === '$object' && isJsonObject(inner)) return shownMembers(inner);
  const show = SHOWN[name];
  if (!show) throw unknownWrapper(name);
  return show(inner);
}

const shownMembers = (value: JsonObject): JsonObject =>
  // Not by assignment: `__proto__` is a key like any other.
  Object.fromEntries(Object.entries(value).map(([key, child]) => [key, shown(child)]));

export const unknownWrapper = (name: string) =>
  new RangeError(
    `there is no type ${JSON.stringify(name)}; an object that begins so stands in {"$object": …}`,
  );

export function wrapperOf(value: JsonObject): string | null {
  for (const key in value) return key.startsWith('$') ? key : null;
  return null;
}
