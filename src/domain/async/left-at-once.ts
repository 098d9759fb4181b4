/** A generator that is made by hand: its values, and how it is left. */
export interface LeftAtOnce<T> {
  next(): Promise<IteratorResult<T>>;
  /** Ends it, also while `next` is waited for. */
  leave(): Promise<void>;
}

/**
 * A generator of the language that is left while it waits goes on waiting, and one that hands on what another gives lets each value go through a
 * function of its own. This one calls `next` in the same turn, and leaves in the turn in which it is left.
 */
export const leftAtOnce = <T>({ next, leave }: LeftAtOnce<T>): AsyncGenerator<T> => new HandMade(next, leave);

/** A class: thousands of followers keep some, and they share the code of its methods. */
class HandMade<T> implements AsyncGenerator<T> {
  constructor(
    readonly next: () => Promise<IteratorResult<T>>,
    private readonly leave: () => Promise<void>,
  ) {}

  async return(value?: unknown): Promise<IteratorResult<T>> {
    await this.leave();
    return { value: await value, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<T>> {
    await this.leave();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

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
