/** The most recently used entries, at most `limit`. */
export interface Lru<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): void;
}

export function createLru<K, V>(limit: number): Lru<K, V> {
  // A map keeps the order of insertion: the first key is the one unused for longest.
  const entries = new Map<K, V>();
  const put = (key: K, value: V) => {
    entries.delete(key);
    entries.set(key, value);
    if (entries.size > limit) entries.delete(entries.keys().next().value as K);
  };
  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) put(key, value);
      return value;
    },
    set: put,
    delete: (key) => {
      entries.delete(key);
    },
  };
}
