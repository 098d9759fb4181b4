import { useLayoutEffect, useState } from 'preact/hooks';

/** A value that changes, and whoever wants to know. */
export interface Store<T> {
  get(): T;
  set(next: T): void;
  /** Returns how to stop. */
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  const listeners = new Set<() => void>();
  let value = initial;
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The value as it is; the component is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useState({});
  useLayoutEffect(() => {
    const stop = store.subscribe(() => redraw({}));
    return stop;
  }, [store]);
  return store.get();
}
