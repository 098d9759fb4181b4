export interface FreshRuns<T> {
  /** Whoever asks while a run is under way shares the next one, which begins after it has asked. */
  run(key: string): Promise<T>;
  isUnderWay(key: string): boolean;
  underWay(): Iterable<string>;
}

/** One run for each key at a time. */
export function createFreshRuns<T>(once: (key: string) => Promise<T>): FreshRuns<T> {
  const lines = new Map<string, { running: Promise<T>; next: Promise<T> | null }>();

  function begin(key: string): Promise<T> {
    const line = { running: once(key), next: null };
    lines.set(key, line);
    return line.running.finally(() => {
      if (lines.get(key) === line && line.next === null) lines.delete(key);
    });
  }

  return {
    isUnderWay: (key) => lines.has(key),
    underWay: () => lines.keys(),
    run(key) {
      const line = lines.get(key);
      if (!line) return begin(key);
      line.next ??= line.running.then(
        () => begin(key),
        () => begin(key),
      );
      return line.next;
    },
  };
}
