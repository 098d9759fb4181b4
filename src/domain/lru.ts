/** The most recently used entries, as many as there is room for. */
export interface Lru<K, V> {
  get(key: K): V | undefined;
  /** Once more, it may weigh something else. */
  set(key: K, value: V, weight?: number): void;
  delete(key: K): void;
  /** Of all entries together. */
  readonly weight: number;
}

/** At most `limit` entries, which weigh no more than `maxWeight` together; each weighs nothing unless it is said. */
export function createLru<K, V>(limit: number, maxWeight = Number.POSITIVE_INFINITY): Lru<K, V> {
  // A map keeps the order of insertion: the first key is the one unused for longest.
  const entries = new Map<K, Entry<V>>();
  let sum = 0;

  function remove(key: K): void {
    sum -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  }

  return {
    get weight() {
      return sum;
    },
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, weight = 0) {
      remove(key);
      entries.set(key, { value, weight });
      sum += weight;
      for (const oldest of entries.keys()) {
        if (entries.size <= limit && sum <= maxWeight) break;
        remove(oldest);
      }
    },
    delete: remove,
  };
}

interface Entry<V> {
  value: V;
  weight: number;
}
