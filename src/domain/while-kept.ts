/** Finds what others keep, by its key, for as long as they do. */
export interface WhileKept<V extends object> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

export function createWhileKept<V extends object>(): WhileKept<V> {
  const kept = new Map<string, WeakRef<V>>();
  const forgetting = new FinalizationRegistry<string>((key) => {
    if (!kept.get(key)?.deref()) kept.delete(key);
  });

  return {
    get: (key) => kept.get(key)?.deref(),
    set(key, value) {
      if (kept.get(key)?.deref() === value) return;
      kept.set(key, new WeakRef(value));
      forgetting.register(value, key);
    },
  };
}
