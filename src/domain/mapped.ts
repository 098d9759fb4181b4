/**
 * What `map` makes of the values. Ends after `rest`, which is asked for at the end of the source. `next` reaches the source in the
 * same turn, and leaving leaves it at once, also while it waits.
 */
export function mapped<T, R>(
  source: AsyncGenerator<T>,
  map: (value: T) => Promise<R>,
  rest: () => Promise<void> | null = () => null,
): AsyncGenerator<R> {
  const results: AsyncGenerator<R> = {
    async next() {
      const { value, done } = await source.next();
      if (!done) return { value: await map(value), done: false };
      await rest();
      return { value: undefined, done: true };
    },
    async return(value) {
      await source.return(undefined);
      return { value, done: true };
    },
    async throw(error) {
      await source.throw(error);
      return { value: undefined, done: true };
    },
    async [Symbol.asyncDispose]() {
      await source.return(undefined);
    },
    [Symbol.asyncIterator]: () => results,
  };
  return results;
}
