import { ParleyError } from '../../../src/domain/errors.js';
import type { ReplyBatch, ReplyStore } from '../../../src/domain/replies/reply-store.js';
import {
  HistoryLost,
  type LiveBatch,
  type Position,
  type SessionStore,
} from '../../../src/domain/sessions/session-store.js';
import { type Database, emptyDatabase, positionAt } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';
import type { Scheduler } from './scheduler.js';

/** The database, and what has happened to it that readers may be told of. */
export interface World {
  readonly scheduler: Scheduler;
  readonly database: Database;
  /** In one step, as other programs write. */
  readonly direct: ReturnType<typeof openMemoryStore>;
  /** The ports of one instance: each call is carried out when it is chosen, and answered when that is. */
  ports(owner: object): { sessions: SessionStore; replies: ReplyStore };
  now(): Date;
  /** Some of the history was not told, or is gone. */
  lost: boolean;
  /** A feed has failed. */
  failed: boolean;
  /** Sessions that were removed. */
  removed: Set<string>;
  /** Replies of which text may have been given up. */
  shaken: Set<string>;
  /** No call fails from now on. */
  heal(): void;
  /** Nothing of that instance goes on. */
  leave(owner: object): void;
  trace(line: string): void;
}

const unavailable = () => new ParleyError('STORE_UNAVAILABLE', 'It cannot be reached just now.');

export function createWorld(scheduler: Scheduler, trace: (line: string) => void): World {
  const { random } = scheduler;
  const database = emptyDatabase();
  const direct = openMemoryStore(database);
  const gone = new WeakSet<object>();
  let pruned = 0;
  let minute = 0;
  /** How often a call fails, before or after it was carried out. */
  let failures = random.pick([0, 0, 0.01, 0.05]);

  const world: World = {
    scheduler,
    database,
    direct,
    ports,
    now: () => new Date(Date.UTC(2026, 0, 1) + ++minute * 1_000),
    lost: false,
    failed: false,
    removed: new Set(),
    shaken: new Set(),
    heal() {
      failures = 0;
    },
    leave: (owner) => void gone.add(owner),
    trace,
  };

  function mayFail(name: string): void {
    if (random.next() >= failures) return;
    world.failed = true;
    trace(`${name} fails`);
    throw unavailable();
  }

  function inSteps<T extends object>(port: T, owner: object, special: Partial<T>): T {
    const call =
      (name: string, method: (...given: unknown[]) => Promise<unknown>) =>
      async (...given: unknown[]) => {
        await scheduler.gate('store', owner);
        mayFail(name);
        const result = await method(...given).then(
          (value) => () => value,
          (error) => () => {
            throw error;
          },
        );
        await scheduler.gate('answer', owner);
        mayFail(`${name}, done,`);
        return result();
      };
    const wrapped = Object.entries(port).map(([name, method]) => [name, call(name, method as never)]);
    return { ...Object.fromEntries(wrapped), ...special } as T;
  }

  /** Gives a log in batches of any size; what goes wrong with it is offered as a fault. */
  function follow<T>(
    kind: 'changes' | 'notices',
    log: readonly T[],
    from: number,
    owner: object,
    signal: AbortSignal,
  ) {
    let at = from;
    let wake: ((take: () => T[]) => void) | null = null;
    let fail: () => T[] = () => [];
    scheduler.offer(kind, () => {
      if (!wake || at >= log.length || signal.aborted || gone.has(owner)) return [];
      const go = wake;
      return [
        () => {
          wake = null;
          go(() => {
            const some = log.slice(at, at + random.between(1, 4));
            at += some.length;
            return structuredClone(some) as T[];
          });
        },
      ];
    });
    scheduler.offer('fault', () => {
      if (!wake || signal.aborted || gone.has(owner)) return [];
      const go = wake;
      return [
        () => {
          wake = null;
          trace(`a feed of ${kind} fails`);
          world.failed = true;
          go(fail);
        },
      ];
    });
    return {
      onFault: (how: () => T[]) => {
        fail = how;
      },
      get position() {
        return at;
      },
      skip() {
        at = log.length;
      },
      next: () =>
        new Promise<T[]>((resolve, reject) => {
          const end = () => resolve([]);
          signal.addEventListener('abort', end, { once: true });
          wake = (take) => {
            signal.removeEventListener('abort', end);
            try {
              resolve(take());
            } catch (error) {
              reject(error);
            }
          };
        }),
    };
  }

  async function* changes(
    owner: object,
    after: Position | null,
    signal: AbortSignal,
  ): AsyncGenerator<LiveBatch> {
    await scheduler.gate('store', owner);
    mayFail('opening the feed');
    if (after !== null && Number(after) < pruned) throw new HistoryLost('pruned');
    // What was told may be told again.
    const back = after === null ? 0 : Math.min(random.pick([0, 0, 1, 5]), Number(after) - pruned);
    const feed = follow(
      'changes',
      database.log,
      after === null ? database.log.length : Number(after) - back,
      owner,
      signal,
    );
    feed.onFault(() => {
      if (random.next() < 0.7) throw unavailable();
      world.lost = true;
      throw new HistoryLost('lost');
    });
    yield { changes: [], position: positionAt(feed.position), committedAt: null };
    while (!signal.aborted)
      yield { changes: await feed.next(), position: positionAt(feed.position), committedAt: null };
  }

  async function* notices(owner: object, signal: AbortSignal): AsyncGenerator<ReplyBatch> {
    await scheduler.gate('store', owner);
    mayFail('opening the feed of replies');
    const feed = follow('notices', database.replyLog, database.replyLog.length, owner, signal);
    let lost = false;
    feed.onFault(() => {
      if (random.next() < 0.5) throw unavailable();
      lost = true;
      feed.skip();
      return [];
    });
    yield { notices: [], lost: false };
    while (!signal.aborted) {
      const some = await feed.next();
      yield { notices: some, lost };
      lost = false;
    }
  }

  function ports(owner: object) {
    const { sessions, replies } = openMemoryStore(database);
    return {
      sessions: inSteps<SessionStore>(sessions, owner, {
        changes: ({ after, signal }) => changes(owner, after, signal),
        async history(query) {
          await scheduler.gate('store', owner);
          mayFail('history');
          if (Number(query.after) < pruned || Number(query.after) > database.log.length)
            throw new HistoryLost('pruned');
          const page = await sessions.history({
            ...query,
            limit: Math.min(query.limit, random.between(1, 6)),
          });
          await scheduler.gate('answer', owner);
          return page;
        },
      }),
      replies: inSteps<ReplyStore>(replies, owner, { feed: (signal) => notices(owner, signal) }),
    };
  }

  scheduler.offer('fault', () => [
    () => {
      trace('the history is pruned');
      pruned = Math.max(pruned, database.log.length - Math.min(database.log.length, random.between(0, 3)));
      world.lost = true;
    },
  ]);
  return world;
}
