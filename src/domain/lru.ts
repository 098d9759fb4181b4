/** The most recently used entries, as many as there is room for. */
export interface Lru<K, V> {
  get(key: K): V | undefined;
  /** Once more, it may weigh something else. */
  set(key: K, value: V, weight?: number): void;
  delete(key: K): void;
  /** Of all entries together. */
  readonly weight: number;
}

/**
 * At most `limit` entries, which weigh no more than `maxWeight` together; each weighs nothing unless it is said. Where one has to go it
 * is the oldest that nobody has asked for since it was last passed over.
 */
export function createLru<K, V>(limit: number, maxWeight = Number.POSITIVE_INFINITY): Lru<K, V> {
  // A map keeps the order of insertion. What is asked for moves behind the others only where room is made: most caches are asked far
  // more often than one of their entries has to go.
  const entries = new Map<K, Entry<V>>();
  let sum = 0;

  function remove(key: K): void {
    const entry = entries.get(key);
    if (!entry) return;
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
      entry.used = true;
      return entry.value;
    },
    set(key, value, weight = 0) {
      remove(key);
      const newest = { value, weight, used: false };
      entries.set(key, newest);
      sum += weight;
      for (const [oldest, entry] of entries) {
        if (entries.size <= limit && sum <= maxWeight) break;
        if (entry.used || (entry === newest && entries.size > 1)) {
          entry.used = false;
          entries.delete(oldest);
          entries.set(oldest, entry);
        } else remove(oldest);
      }
    },
    delete: remove,
  };
}

interface Entry<V> {
  value: V;
  weight: number;
  /** Asked for since it came, or was passed over. */
  used: boolean;
}
