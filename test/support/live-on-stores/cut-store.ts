import { ParleyError } from '../../../src/domain/errors.js';
import type { Replies } from '../../../src/domain/replies/replies.js';
import type { OpenedStore } from '../../../src/stores/open-store.js';
import { createInstance, type Instance } from '../live-simulation/instance.js';
import type { World } from '../live-simulation/world.js';
import type { SeededRandom } from '../seeded-random.js';

/** What of a real store fails, and how often. */
export interface Trouble {
  random: SeededRandom;
  /** How often a call fails, before or after it is carried out. */
  calls: number;
  /** How often a batch of a feed is the last before the feed fails. */
  feeds: number;
}

export interface RealInstance {
  readonly instance: Instance;
  readonly service: Replies['service'];
  /** Rejects once it is killed: what was asked of it is not answered. */
  readonly died: Promise<never>;
  kill(): void;
}

const unavailable = () => new ParleyError('STORE_UNAVAILABLE', 'It cannot be reached just now.');
/** Nothing between two attempts takes longer; what is longer by far is no pause between attempts. */
const LONGEST_MS = 30;
const ENDLESS_MS = 50_000;

/** The live feed and the replies of one process on an opened store, whose calls and feeds fail. */
export function createRealInstance(
  store: OpenedStore,
  trouble: Trouble,
  name: string,
  fail: (error: unknown) => void,
): RealInstance {
  const { random } = trouble;
  const dead = new AbortController();
  const { signal } = dead;
  const died = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(unavailable()));
  });
  died.catch(() => {});
  const never = new Promise<never>(() => {});

  function mayFail(): void {
    if (random.next() < trouble.calls) throw unavailable();
  }

  const call =
    (method: (...given: unknown[]) => unknown) =>
    async (...given: unknown[]) => {
      if (signal.aborted) return never;
      mayFail();
      const answer = await method(...given);
      if (signal.aborted) return never;
      mayFail();
      return answer;
    };

  const cut = <T>(feed: (signal: AbortSignal) => AsyncIterable<T>) =>
    async function* (given: AbortSignal) {
      mayFail();
      for await (const batch of feed(AbortSignal.any([given, signal]))) {
        if (random.next() < trouble.feeds) throw unavailable();
        yield batch;
      }
      if (signal.aborted) await never;
    };

  const wrapped = <T extends object>(port: T, special: Partial<T>): T => {
    const calls = Object.entries(port).flatMap(([key, method]) =>
      typeof method === 'function' ? [[key, call(method.bind(port))]] : [],
    );
    return { ...Object.fromEntries(calls), ...special };
  };

  const { sessions, replies } = store;
  const world = {
    scheduler: {
      random,
      pause: () => (ms: number, until: AbortSignal) =>
        new Promise<void>((resolve) => {
          if (until.aborted) return resolve();
          if (signal.aborted) return;
          const timer = ms > ENDLESS_MS ? undefined : setTimeout(end, Math.min(ms, LONGEST_MS));
          function end() {
            clearTimeout(timer);
            until.removeEventListener('abort', end);
            resolve();
          }
          until.addEventListener('abort', end);
        }),
      drop: () => {},
    },
    ports: () => ({
      sessions: wrapped(sessions, {
        changes: (query) => cut((end) => sessions.changes({ ...query, signal: end }))(query.signal),
      }),
      replies: wrapped(replies, { feed: cut((end) => replies.feed(end)) }),
    }),
    now: () => new Date(),
    trace: () => {},
    leave: () => {},
  } as unknown as World;
  const instance = createInstance(world, name, fail);
  return { instance, service: instance.replies.service, died, kill: () => dead.abort() };
}
