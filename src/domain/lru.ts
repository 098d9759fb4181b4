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
  /** What is asked for again and again need not move. */
  let newest: Entry<V> | null = null;

  function remove(key: K): void {
    const entry = entries.get(key);
    if (!entry) return;
    if (entry === newest) newest = null;
    sum -= entry.weight;
    entries.delete(key);
  }

  return {
    get weight() {
      return sum;
    },
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      if (entry !== newest) {
        entries.delete(key);
        entries.set(key, entry);
        newest = entry;
      }
      return entry.value;
    },
    set(key, value, weight = 0) {
      remove(key);
      newest = { value, weight };
      entries.set(key, newest);
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
