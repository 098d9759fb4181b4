import { createSlowReader } from '../../../src/domain/live/follow.js';
import type { Shape } from '../live-simulation/instance.js';
import type { SeededRandom } from '../seeded-random.js';
import type { RealInstance } from './cut-store.js';
import { createView, type View } from './view.js';

export interface RealReader {
  readonly name: string;
  readonly view: View;
  readonly on: RealInstance | null;
  connect(on: RealInstance): void;
  leave(): Promise<void>;
  /** Takes some of what waits. False: there was nothing. */
  take(): Promise<boolean>;
}

export interface ReaderOptions {
  name: string;
  random: SeededRandom;
  shape: Shape;
  mayVanish: boolean;
  /** What the store has now. */
  load: () => Promise<ReadonlyMap<string, readonly string[]>>;
  fail: (error: Error) => void;
  trace: (line: string) => void;
}

const AGAIN = ['SUBSCRIBER_TOO_SLOW', 'STORE_UNAVAILABLE', 'LIVE_UNAVAILABLE', 'TIMEOUT'];

/** A client that comes back with its last cursor, and loads what it shows where nothing goes on. */
export function createRealReader(options: ReaderOptions): RealReader {
  const { name, random, shape, mayVanish, load, fail, trace } = options;
  const view = createView(mayVanish);
  const patience = random.pick([5, 50, 10_000]);
  let cursor: string | null = null;
  let open: {
    on: RealInstance;
    inbox: (object | 'over')[];
    wake: () => void;
    close(): Promise<void>;
  } | null = null;
  view.begin(null);

  function connect(on: RealInstance): void {
    const inbox: (object | 'over')[] = [];
    const reader = createSlowReader();
    let closed = false;
    let feed: AsyncGenerator<never> | null = null;
    const waiting = new Set<() => void>();
    const push = (results: readonly Buffer[]) => {
      if (closed) return;
      for (const result of results) {
        const { data, errors } = JSON.parse(String(result));
        if (errors) fail(new Error(`${name}: ${JSON.stringify(errors)}`));
        else inbox.push(data.event);
      }
      if (inbox.length > patience) reader.overflow();
    };
    const mine = {
      on,
      inbox,
      wake() {
        for (const go of waiting) go();
        waiting.clear();
      },
      async close() {
        closed = true;
        this.wake();
        await feed?.return(undefined);
      },
    };
    open = mine;
    view.begin(cursor);
    trace(`${name} connects to ${on.instance.name} ${cursor === null ? 'anew' : 'again'}`);
    const member = {
      reader,
      isFull: () => inbox.length > 2,
      holds: () => {},
      deliver: push,
      send(results: readonly Buffer[]) {
        push(results);
        return closed ? Promise.resolve() : new Promise<void>((go) => void waiting.add(go));
      },
    };
    const run = async () => {
      const started = await on.instance.subscribe(shape, cursor, member);
      if (!(Symbol.asyncIterator in started)) throw started.errors?.[0]?.originalError ?? started.errors;
      feed = started;
      if (closed) await feed.return(undefined);
      else await feed.next();
    };
    run().then(
      () => !closed && inbox.push('over'),
      (error) => {
        if (closed) return;
        const { code, details } = error as { code?: string; details?: { cursor?: string } };
        trace(`${name} ends: ${code}`);
        if (!code || !AGAIN.includes(code)) fail(new Error(`${name}: ${error?.stack ?? error}`));
        if (details?.cursor && inbox.length === 0) cursor = details.cursor;
        inbox.push('over');
      },
    );
  }

  async function leave(): Promise<void> {
    const was = open;
    open = null;
    await was?.close();
  }

  return {
    name,
    view,
    get on() {
      return open?.on ?? null;
    },
    connect,
    leave,
    async take() {
      const mine = open;
      if (!mine) return false;
      let taken = false;
      mine.wake();
      for (let left = random.between(1, 4); left > 0 && open === mine; left--) {
        const event = mine.inbox.shift() as { __typename: string; cursor: string } | 'over' | undefined;
        if (!event) return taken;
        taken = true;
        if (event === 'over') {
          await leave();
          return true;
        }
        const { cursor: behind, ...shown } = event;
        trace(`${name} is told ${JSON.stringify(shown)}`);
        try {
          view.take(event);
        } catch (error) {
          fail(new Error(`${name} (${JSON.stringify(shape)}): ${(error as Error).message}`));
        }
        cursor = event.__typename === 'SessionDeleted' ? null : behind;
        if (view.lacks) view.load(await load());
      }
      return taken;
    },
  };
}
