import { isJsonObject, type JsonObject, type JsonValue } from './json-value.js';

/*
 * JSON that carries more types than JSON has, with the names of MongoDB's Extended JSON. An object whose first key begins with `$` is
 * always such a value: one that was stored so stands in `{"$object": {…}}`, so that nothing is taken for what it is not.
 */

const MOST_LONG = 2n ** 63n;
const isText = (value: JsonValue, form: RegExp): value is string =>
  typeof value === 'string' && form.test(value);
const isBase64 = (value: JsonValue | undefined): boolean =>
  typeof value === 'string' && /^[\w+/]*={0,2}$/.test(value);
const inLong = (digits: string) => BigInt(digits) >= -MOST_LONG && BigInt(digits) < MOST_LONG;
const asItIs = (value: JsonValue) => value;

interface Wrapper {
  /** Whether it holds what its name says; of anything else each database would make something of its own. */
  holds(value: JsonValue): boolean;
  /** What it is shown as, in a database and an API that have JSON alone. */
  show(value: JsonValue): JsonValue;
}

/** By its name. */
const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  $numberLong: {
    holds: (value) => isText(value, /^-?\d{1,19}$/) && inLong(value),
    show: (digits) => (Number.isSafeInteger(Number(digits)) ? Number(digits) : digits),
  },
  $numberDouble: {
    holds: (value) => isText(value, /^-?(\d+(\.\d+)?([eE][+-]?\d+)?|Infinity)$|^NaN$/),
    show: (digits) => (Number.isFinite(Number(digits)) ? Number(digits) : null),
  },
  $numberDecimal: {
    holds: (value) => isText(value, /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(Infinity|NaN)$/i),
    show: asItIs,
  },
  $date: {
    holds: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
    show: asItIs,
  },
  $binary: {
    holds: (value) =>
      isBase64(value) || (isJsonObject(value) && isBase64(value.base64) && Number.isInteger(value.subType)),
    show: (bytes) => (isJsonObject(bytes) ? (bytes.base64 ?? null) : bytes),
  },
  $oid: { holds: (value) => isText(value, /^[0-9a-f]{24}$/i), show: asItIs },
  $timestamp: { holds: (value) => isText(value, /^\d{1,20}$/), show: asItIs },
  $regularExpression: { holds: (value) => isText(value, /^\/.*\/[a-z]*$/s), show: asItIs },
};

/** A stored object that begins with `$`, and what it holds, made safe. Most values are returned as they are. */
export function escaped(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return mapped(value, escaped);
  if (!isJsonObject(value)) return value;
  const inner = withMembers(value, escaped);
  return wrapperOf(inner) === null ? inner : { $object: inner };
}

/** As `escaped`, of JSON text: only a text with this in it needs to be looked at. */
export function escapedText(text: string): JsonValue {
  const value = JSON.parse(text) as JsonValue;
  return mayHoldWrapper(text) ? escaped(value) : value;
}

/** The value as a database with JSON alone holds it. Most values are returned as they are. Throws a RangeError on a wrapper that there is not, or that holds something else. */
export function shown(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return mapped(value, shown);
  if (!isJsonObject(value)) return value;
  const name = wrapperOf(value);
  if (name === null) return withMembers(value, shown);
  const inner = value[name] as JsonValue;
  if (name === '$object' && isJsonObject(inner)) return withMembers(inner, shown);
  const wrapper = WRAPPERS[name];
  if (!wrapper) throw unknownWrapper(name);
  if (!wrapper.holds(inner)) throw new RangeError(`what stands in ${name} is none`);
  return wrapper.show(inner);
}

/** What is moved is mostly without such values: nothing is made anew where nothing changes. */
export function mapped<T>(list: JsonValue[], map: (value: JsonValue) => T): (JsonValue | T)[] {
  let made: (JsonValue | T)[] | null = null;
  for (let index = 0; index < list.length; index++) {
    const one = list[index] as JsonValue;
    const other = map(one);
    if (other !== one) made ??= list.slice(0, index);
    made?.push(other);
  }
  return made ?? list;
}

/** The members that `map` makes other ones of, by their keys; null where it leaves all as they are. */
export function changedMembers<T>(value: JsonObject, map: (value: JsonValue) => T): Map<string, T> | null {
  let changed: Map<string, T> | null = null;
  for (const key in value) {
    const one = value[key] as JsonValue;
    const other = map(one);
    if (other === one) continue;
    changed ??= new Map();
    changed.set(key, other);
  }
  return changed;
}

function withMembers(value: JsonObject, map: (value: JsonValue) => JsonValue): JsonObject {
  const changed = changedMembers(value, map);
  if (!changed) return value;
  // Not by assignment: `__proto__` is a key like any other.
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      changed.has(key) ? (changed.get(key) as JsonValue) : one,
    ]),
  );
}

/** Whether JSON text may hold an object that begins with `$`, and so a value that is not what it seems. */
export const mayHoldWrapper = (json: string): boolean =>
  // For one character a text is searched much faster than for two of which the first is everywhere.
  (json.includes('$') && json.includes('"$')) || json.includes('\\u0024');

export const unknownWrapper = (name: string) =>
  new RangeError(
    `there is no type ${JSON.stringify(name)}; an object that begins so stands in {"$object": …}`,
  );

export function wrapperOf(value: JsonObject): string | null {
  for (const key in value) return key.startsWith('$') ? key : null;
  return null;
}
