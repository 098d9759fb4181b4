import { setImmediate as realTurn } from 'node:timers';
import type { Pause } from '../../../src/domain/async/pause.js';
import type { SeededRandom } from '../seeded-random.js';

/** What can go on next, by what it is; how often one kind is chosen differs from seed to seed. */
export type Kind =
  | 'store'
  | 'answer'
  | 'changes'
  | 'notices'
  | 'timer'
  | 'sent'
  | 'turn'
  | 'write'
  | 'read'
  | 'fault';
const KINDS: readonly Kind[] = [
  'store',
  'answer',
  'changes',
  'notices',
  'timer',
  'sent',
  'turn',
  'write',
  'read',
  'fault',
];

/** Kinds of which nothing is left when all that goes on is done. */
const ENDING: readonly Kind[] = KINDS.filter((kind) => !['timer', 'write', 'fault'].includes(kind));
/** Timers begin again by themselves: what is behind them comes in a few rounds. */
const ROUNDS = 5;
const MOST_STEPS = 20_000;

interface Task {
  owner: object | null;
  run: () => void;
}

/** What goes on only where somebody says so: one thing after the other, whatever waits for it. No thread, socket or clock has a part. */
export interface Scheduler {
  readonly random: SeededRandom;
  /** Resolves when it is chosen; never where its owner is dropped before. */
  gate(kind: Kind, owner: object | null): Promise<void>;
  pause(owner: object): Pause;
  /** What is offered at each step beside what waits. */
  offer(kind: Kind, tasks: () => (() => void)[]): void;
  drop(owner: object, which: (kind: Kind) => boolean): void;
  /** One thing, and all that can go on behind it without a wait. */
  step(): Promise<void>;
  /** All that waits, and what comes of it, but for writers and faults. */
  drain(): Promise<void>;
  readonly steps: number;
  /** Gives back the turns of the event loop and its clock. */
  end(): void;
}

/** Longer pauses are no pauses between attempts: they end by faults alone. */
const LONGEST_PAUSE_MS = 50_000;

export function createScheduler(random: SeededRandom): Scheduler {
  const waiting = new Map<Kind, Task[]>(KINDS.map((kind) => [kind, []]));
  const offers: [Kind, () => (() => void)[]][] = [];
  const weights = new Map<Kind, number>(KINDS.map((kind) => [kind, random.pick([0.3, 1, 1, 3])]));
  weights.set('fault', random.pick([0, 0.01, 0.03]));
  let steps = 0;
  const real = { setImmediate, setTimeout, clearTimeout, now: performance.now };
  const tasksOf = (kind: Kind) => waiting.get(kind) as Task[];

  function add(kind: Kind, task: Task): () => void {
    tasksOf(kind).push(task);
    return () => {
      const tasks = tasksOf(kind);
      const at = tasks.indexOf(task);
      if (at !== -1) tasks.splice(at, 1);
    };
  }

  // A slice of the loop's time is over sooner in some seeds than in others.
  const lookMs = random.pick([0, 0, 0.1, 4]);
  let clock = 0;
  performance.now = () => {
    clock += lookMs;
    return clock;
  };
  globalThis.setImmediate = ((run: (...given: unknown[]) => void, ...given: unknown[]) =>
    add('turn', { owner: null, run: () => run(...given) })) as never;
  globalThis.setTimeout = ((run: () => void, ms: number) =>
    add('timer', {
      owner: null,
      run() {
        clock += ms;
        run();
      },
    })) as never;
  globalThis.clearTimeout = ((cancel?: () => void) => cancel?.()) as never;

  const settled = () => new Promise<void>((resolve) => realTurn(() => resolve()));

  async function run(task: () => void): Promise<void> {
    steps++;
    task();
    await settled();
  }

  const offeredOf = (kind: Kind) => offers.filter(([of]) => of === kind).flatMap(([, tasks]) => tasks());

  /** Turns come in their order, all else as it is chosen. */
  const takeFrom = (kind: Kind, tasks: Task[]): Task =>
    tasks.splice(kind === 'turn' ? 0 : random.between(0, tasks.length - 1), 1)[0] as Task;

  /** Of all that comes to an end by itself. */
  function nextOfAll(): (() => void) | null {
    const waits = ENDING.find((kind) => tasksOf(kind).length > 0);
    if (waits) return takeFrom(waits, tasksOf(waits)).run;
    const offered = ENDING.flatMap(offeredOf);
    return offered.length > 0 ? random.pick(offered) : null;
  }

  return {
    random,
    gate: (kind, owner) => new Promise((resolve) => void add(kind, { owner, run: resolve })),
    pause: (owner) => (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const cancel = ms > LONGEST_PAUSE_MS ? () => {} : add('timer', { owner, run: done });
        function done() {
          signal.removeEventListener('abort', done);
          cancel();
          resolve();
        }
        signal.addEventListener('abort', done);
      }),
    offer: (kind, tasks) => void offers.push([kind, tasks]),
    drop(owner, which) {
      for (const [kind, tasks] of waiting) {
        if (which(kind))
          waiting.set(
            kind,
            tasks.filter((task) => task.owner !== owner),
          );
      }
    },
    async step() {
      const choices = KINDS.map((kind) => {
        const offered = offeredOf(kind);
        const count = tasksOf(kind).length + offered.length;
        return { kind, offered, count, weight: count === 0 ? 0 : (weights.get(kind) as number) };
      });
      let at = random.next() * choices.reduce((sum, { weight }) => sum + weight, 0);
      const chosen = choices.find(({ weight }) => {
        at -= weight;
        return at < 0;
      });
      if (!chosen) return;
      const { kind, offered, count } = chosen;
      const which = random.between(0, count - 1);
      await run(offered[which] ?? takeFrom(kind, tasksOf(kind)).run);
    },
    async drain() {
      // Timers begin again by themselves: what is behind them comes in a few rounds.
      for (let round = 0; round < ROUNDS; round++) {
        for (const task of tasksOf('timer').splice(0)) await run(task.run);
        const before = steps;
        for (let next = nextOfAll(); next; next = nextOfAll()) {
          await run(next);
          if (steps - before > MOST_STEPS) throw new Error('what there is to do has no end');
        }
      }
    },
    get steps() {
      return steps;
    },
    end() {
      const { now, ...timers } = real;
      Object.assign(globalThis, timers);
      performance.now = now;
    },
  };
}
