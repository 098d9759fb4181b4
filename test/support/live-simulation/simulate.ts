import { seededRandom } from '../seeded-random.js';
import { createInstance, type Instance, type Shape } from './instance.js';
import { createReader } from './reader.js';
import { createScheduler } from './scheduler.js';
import { createWorld } from './world.js';
import { createOthers, createWriter } from './writers.js';

export interface Simulated {
  /** What a reader was told that is wrong, or what had no end; null: nothing. */
  fault: Error | null;
  steps: number;
  /** What has happened, in order. */
  trace: readonly string[];
}

const SHAPES: readonly Shape[] = [
  { only: 'everything', agentId: null, replies: true },
  { only: 'messages', agentId: null, replies: true },
  { only: 'messages', agentId: 'a', replies: true },
  { only: 'everything', agentId: null, replies: false },
];

/** Readers, writers and two instances on one database, all that happens in an order that follows from the seed. */
export async function simulate(seed: number, most?: number): Promise<Simulated> {
  const random = seededRandom(seed);
  const trace: string[] = [];
  const faults: Error[] = [];
  const scheduler = createScheduler(random);
  const fail = (error: unknown) => {
    trace.push(`FAULT ${error}`);
    faults.push(error as Error);
  };
  process.on('unhandledRejection', fail);
  try {
    await run();
  } catch (error) {
    fail(error);
  } finally {
    scheduler.end();
    process.off('unhandledRejection', fail);
  }
  return { fault: faults[0] ?? null, steps: scheduler.steps, trace };

  async function run(): Promise<void> {
    const world = createWorld(scheduler, (line) => trace.push(`${scheduler.steps}: ${line}`));
    let born = 0;
    const makeInstance = () => createInstance(world, `i${++born}`, fail);
    const instances: Instance[] = [makeInstance(), makeInstance()];
    const writers = Array.from({ length: random.between(1, 3) }, (_, index) =>
      createWriter(world, `w${index}`, () => instances),
    );
    const shapes = random.next() < 0.5 ? [random.pick(SHAPES)] : SHAPES;
    const readers = Array.from({ length: random.between(1, 5) }, (_, index) =>
      createReader(world, `reader ${index}`, shapes, fail),
    );
    const others = createOthers(world);
    const rate = random.pick([0.05, 0.2, 0.5]);
    const moves = random.pick([0.02, 0.1]);
    const steps = most ?? random.pick([100, 300, 900]);
    const kills = random.pick([0, 0, 0.01, 0.05]);

    function kill(): void {
      const at = random.between(0, instances.length - 1);
      const gone = instances[at] as Instance;
      gone.kill();
      for (const { replyId } of [...world.database.replies.values()].map(({ reply }) => reply))
        world.shaken.add(replyId);
      for (const reader of readers) reader.cut(gone);
      for (const writer of writers) writer.interrupted();
      instances[at] = makeInstance();
    }

    /** To a database in which nothing happens: there is nothing to tell but that it is ready. */
    async function comeBack(): Promise<void> {
      for (const reader of readers) {
        await reader.leave(false);
        reader.connect(random.pick(instances));
      }
      await scheduler.drain();
      for (const reader of readers) reader.checkReturn();
    }

    scheduler.offer('write', () => {
      const acts = writers.flatMap((writer) => writer.next(fail));
      return random.next() < rate ? [() => void others().catch(fail)] : acts;
    });
    scheduler.offer('read', () => readers.flatMap((reader) => reader.next()));
    scheduler.offer('fault', () => [kill]);

    for (let step = 0; step < steps && faults.length === 0; step++) {
      if (random.next() < kills) kill();
      const reader = random.pick(readers);
      if (random.next() < moves) {
        if (reader.isOpen) void reader.leave().catch(fail);
        else reader.connect(random.pick(instances));
      }
      await scheduler.step();
    }
    world.heal();
    for (let round = 0; round < 4; round++) {
      await scheduler.drain();
      for (const reader of readers) if (!reader.isOpen) reader.connect(random.pick(instances));
    }
    await scheduler.drain();
    if (faults.length > 0) return;
    for (const reader of readers) reader.check();
    await comeBack();
    for (const reader of readers) await reader.leave();
    await scheduler.drain();
    const left = instances.reduce((sum, instance) => sum + instance.left(), 0);
    if (left > 0) fail(new Error(`${left} groups or followers are left`));
  }
}
