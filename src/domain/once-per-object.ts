import { charactersLeft } from './json/json-size.js';

/**
 * Memoised: a function whose value is made once for each object. A field that can be asked for under a thousand names makes what it
 * gives no more often than that.
 */
export function oncePerObject<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { value: V }>();
  return (key) => {
    const made = known.get(key);
    if (made) return made.value;
    const value = make(key);
    known.set(key, { value });
    return value;
  };
}

/** Characters of JSON from which on it is remembered what is made of an object. */
const LONG = 1_024;

/** The same where the object is long as JSON: to look how long it is takes a while, under each of a thousand names. Of what is short it is made anew. */
export function onceWhereLong<V>(
  ofShort: (value: unknown) => V,
  ofLong: (value: unknown) => V,
): (value: unknown) => V {
  const once = oncePerObject<object, V>(ofLong);
  return (value) => {
    if (charactersLeft(value, LONG) >= 0) return ofShort(value);
    return typeof value === 'object' && value !== null ? once(value) : ofLong(value);
  };
}

/** A function that keeps what it has made for the last key, and nothing of those before. */
export function keptForLast<K, V>(make: (key: K) => V): (key: K) => V {
  let last: { key: K; value: V } | null = null;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}
