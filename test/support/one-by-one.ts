import type { LiveEvent, LiveEvents } from '../../src/domain/live/live-events.js';

/** The events, each by itself. Leaving leaves them at once, also while they are waited for. */
export function oneByOne(events: LiveEvents): AsyncGenerator<LiveEvent> {
  const ready: LiveEvent[] = [];
  const single: AsyncGenerator<LiveEvent> = {
    async next() {
      if (ready.length === 0) {
        const { value, done } = await events.next();
        if (done) return { value: undefined, done };
        ready.push(...value);
      }
      return { value: ready.shift() as LiveEvent, done: false };
    },
    async return() {
      await events.return(undefined);
      return { value: undefined, done: true };
    },
    async throw(error) {
      await events.throw(error);
      return { value: undefined, done: true };
    },
    async [Symbol.asyncDispose]() {
      await events.return(undefined);
    },
    [Symbol.asyncIterator]: () => single,
  };
  return single;
}
