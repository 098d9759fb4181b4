import { leftAtOnce } from './left-at-once.js';

/** What `map` makes of the values. `next` reaches the source in the same turn, and leaving leaves it at once, also while it waits. */
export const mapped = <T, R>(source: AsyncGenerator<T>, map: (value: T) => Promise<R>): AsyncGenerator<R> =>
  leftAtOnce({
    async next(): Promise<IteratorResult<R>> {
      const { value, done } = await source.next();
      return done ? { value: undefined, done } : { value: await map(value), done: false };
    },
    async leave() {
      await source.return(undefined);
    },
  });
