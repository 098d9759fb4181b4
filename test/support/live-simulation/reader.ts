import { createSlowReader } from '../../../src/domain/live/follow.js';
import type { Instance, Shape } from './instance.js';
import { type Event, Fault, type Moment, momentOf } from './told.js';
import { createWitness } from './witness.js';
import type { World } from './world.js';

type Item = { event: Event; moment: Moment } | { error: unknown } | 'complete';

/** A client with one connection, which comes back with its last cursor, an earlier one, or none. */
export interface Reader {
  readonly name: string;
  /** What it may do now. */
  next(): (() => void)[];
  /** Its instance is gone. */
  cut(on: Instance): void;
  readonly isOpen: boolean;
  connect(on: Instance): void;
  /** `freely`: it may come back otherwise than with its last cursor. */
  leave(freely?: boolean): Promise<void>;
  check(): void;
  /** That it has been told nothing since it came back. */
  checkReturn(): void;
}

/** Codes after which a client comes back. */
const AGAIN = ['SUBSCRIBER_TOO_SLOW', 'STORE_UNAVAILABLE', 'LIVE_UNAVAILABLE', 'TIMEOUT'];

export function createReader(
  world: World,
  name: string,
  shapes: readonly Shape[],
  fail: (error: Error) => void,
): Reader {
  const { scheduler } = world;
  const { random } = scheduler;
  let shape = random.pick(shapes);
  const witness = createWitness(world, () => shape);
  const patience = random.pick([3, 20, 1_000]);
  let cursor: string | null = null;
  let earlier: { cursor: string; knowledge: ReturnType<typeof witness.knowledge> } | null = null;
  let open: { on: Instance; inbox: Item[]; close(): Promise<void> } | null = null;
  let told: string[] = [];
  /** Where it was connected last. */
  let before: Instance | null = null;
  /** Whether it came without a cursor. */
  let isNew = true;

  function failed(error: unknown): void {
    const what = error instanceof Fault ? error.message : String((error as Error)?.stack ?? error);
    fail(
      new Fault(
        `${name} (${shape.only}${shape.agentId ? ` of ${shape.agentId}` : ''}${shape.replies ? ', replies' : ''}): ${what}`,
      ),
    );
  }

  function connect(on: Instance): void {
    const inbox: Item[] = [];
    const reader = createSlowReader();
    let closed = false;
    let feed: AsyncGenerator<never> | null = null;
    const push = (results: readonly Buffer[]) => {
      if (closed) return;
      for (const result of results) {
        const { data, errors } = JSON.parse(String(result));
        if (errors) failed(JSON.stringify(errors));
        else inbox.push({ event: data.event, moment: momentOf(world) });
      }
      if (inbox.length > patience) reader.overflow();
    };
    const owner = {};
    const member = {
      reader,
      isFull: () => inbox.length > 2,
      holds: () => {},
      deliver: push,
      send(results: readonly Buffer[]) {
        push(results);
        return closed ? Promise.resolve() : scheduler.gate('sent', owner);
      },
    };
    const mine = {
      on,
      inbox,
      async close() {
        closed = true;
        scheduler.drop(owner, () => true);
        await feed?.return(undefined);
      },
    };
    open = mine;
    told = [];
    isNew = cursor === null;
    witness.begin(cursor);
    if (on !== before) witness.moved();
    before = on;
    world.trace(
      `${name} connects to ${on.name} ${cursor === null ? 'anew' : 'again'} as ${JSON.stringify(shape)}`,
    );
    const run = async () => {
      const started = await on.subscribe(shape, cursor, member);
      if (!(Symbol.asyncIterator in started)) throw started.errors?.[0]?.originalError ?? started.errors;
      feed = started;
      if (closed) await feed.return(undefined);
      else await feed.next();
    };
    run().then(
      () => !closed && inbox.push('complete'),
      (error) => !closed && inbox.push({ error }),
    );
  }

  function ended(error: unknown): void {
    const { code, details } = error as { code?: string; details?: { cursor?: string } };
    world.trace(`${name} ends: ${code}`);
    // Once it is ready, whatever cannot be read is waited for.
    if (!code || !(told.length > 0 ? ['SUBSCRIBER_TOO_SLOW', 'TIMEOUT'] : AGAIN).includes(code))
      failed(error);
    if (details?.cursor) cursor = details.cursor;
    void open?.close();
    open = null;
  }

  function take(): void {
    const item = open?.inbox.shift();
    if (!item) return;
    if (item === 'complete') {
      if (cursor !== null) failed(new Fault('it ends without a reason'));
      void open?.close();
      open = null;
      return;
    }
    if ('error' in item) {
      ended(item.error);
      return;
    }
    const { cursor: behind, ...event } = item.event;
    told.push(JSON.stringify(event));
    world.trace(`${name} is told ${JSON.stringify(event)}`);
    try {
      witness.take(item.event, item.moment);
    } catch (error) {
      failed(error);
    }
    cursor = event.__typename === 'SessionDeleted' ? null : behind;
    if (cursor === null) earlier = null;
    else if (random.next() < 0.05) earlier = { cursor: behind, knowledge: witness.knowledge() };
  }

  async function leave(): Promise<void> {
    const was = open;
    open = null;
    await was?.close();
  }

  return {
    name,
    connect(on) {
      connect(on);
    },
    next: () => (open && open.inbox.length > 0 ? [take] : []),
    cut(on) {
      if (open?.on === on) void leave();
    },
    get isOpen() {
      return open !== null;
    },
    leave(freely = true) {
      world.trace(`${name} leaves`);
      const left = leave();
      const how = freely ? random.next() : 1;
      if (how < 0.1) cursor = earlier = null;
      else if (how < 0.25 && earlier) {
        cursor = earlier.cursor;
        witness.restore(earlier.knowledge);
      } else if (how < 0.3 && shape.replies) {
        // The same cursor, for one who is told no more of replies.
        shape = { ...shape, replies: false };
        earlier = null;
        witness.forgetReplies();
      } else if (how < 0.35) {
        shape = random.pick(shapes);
        cursor = earlier = null;
      }
      return left;
    },
    check() {
      try {
        witness.check();
      } catch (error) {
        failed(error);
      }
    },
    checkReturn() {
      // A feed that has failed may say so until something happens, and history that is gone is gone for the same cursor again.
      const passes = world.lost
        ? /Degraded|Restored|HISTORY_GONE|MetadataChanged|MessageUpdated/
        : /Degraded|Restored/;
      const [ready = '', ...more] = told.filter((event) => !passes.test(event));
      if (!isNew && (more.length > 0 || !ready.includes('"resumed":true')))
        failed(new Fault(`back where it was, it is told ${told}`));
    },
  };
}
