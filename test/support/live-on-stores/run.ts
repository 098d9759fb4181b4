import { setTimeout as wait } from 'node:timers/promises';
import type { OpenedStore } from '../../../src/stores/open-store.js';
import type { Shape } from '../live-simulation/instance.js';
import { seededRandom } from '../seeded-random.js';
import { createActs } from './acts.js';
import { createRealInstance, type RealInstance } from './cut-store.js';
import { asJson, textsIn, truthIn } from './read.js';
import { createRealReader } from './reader.js';

const SHAPES: readonly Shape[] = [
  { only: 'everything', agentId: null, replies: true },
  { only: 'messages', agentId: null, replies: true },
  { only: 'messages', agentId: 'a', replies: true },
  { only: 'everything', agentId: null, replies: false },
];
/** How long readers may take until they show what the store has. */
const SETTLED_MS = 20_000;

/**
 * Writers, readers and two instances on opened stores of one database; which of them does what follows from the seed, when does not. Rejects where
 * a reader was told something wrong, or does not show in the end what the store has.
 */
export async function runOnStores(seed: number, stores: readonly [OpenedStore, OpenedStore], steps: number) {
  const random = seededRandom(seed);
  const trace: string[] = [];
  const faults: Error[] = [];
  const fail = (error: unknown) => {
    trace.push(`FAULT ${error}`);
    faults.push(error as Error);
  };
  const [store] = stores;
  const trouble = { random, calls: random.pick([0, 0.01, 0.05]), feeds: random.pick([0, 0.01, 0.05]) };
  const removing = random.pick([0, 0, 0.02]);
  const mayVanish = removing > 0;
  const pace = random.pick([0, 1, 4]);
  let born = 0;
  const make = (at: number) => createRealInstance(stores[at] as OpenedStore, trouble, `i${++born}`, fail);
  const instances: RealInstance[] = [make(0), make(1)];
  const acts = createActs({ seed, random, store, instances, removing, pace, fail, trace });
  const shapes = random.next() < 0.5 ? [random.pick(SHAPES)] : SHAPES;
  const readers = Array.from({ length: random.between(2, 6) }, (_, index) => {
    const shape = random.pick(shapes);
    const line = (text: string) => void trace.push(text);
    const load = () => textsIn(store, shape.agentId);
    const name = `reader ${index}`;
    return { shape, reader: createRealReader({ name, random, shape, mayVanish, load, fail, trace: line }) };
  });

  function kill(at: number): void {
    const gone = instances[at] as RealInstance;
    trace.push(`${gone.instance.name} is killed`);
    gone.kill();
    instances[at] = make(at);
    for (const { reader } of readers) if (reader.on === gone) void reader.leave();
  }

  const kills = random.pick([0, 0, 0.02]);
  for (let step = 0; step < steps && faults.length === 0; step++) {
    const { reader } = random.pick(readers);
    const how = random.next();
    if (random.next() < kills) kill(random.between(0, 1));
    if (how < 0.3) acts.act();
    else if (how < 0.33 && reader.on) void reader.leave();
    else if (!reader.on && how < 0.6) reader.connect(random.pick(instances));
    else await reader.take();
    await wait(pace);
  }
  await acts.settled();
  Object.assign(trouble, { calls: 0, feeds: 0 });

  async function wrongOf({ shape, reader }: (typeof readers)[number]): Promise<string | null> {
    if (!reader.on) reader.connect(random.pick(instances));
    while (await reader.take()) await wait(0);
    const [is, shown] = [await truthIn(store, shape), asJson(reader.view.shown())];
    return is === shown
      ? null
      : `${reader.name} (${JSON.stringify(shape)}) shows\n${shown}\nin place of\n${is}`;
  }

  const until = Date.now() + SETTLED_MS;
  let wrong: string | null = 'never looked';
  while (wrong && faults.length === 0 && Date.now() < until) {
    wrong = null;
    for (const one of readers) wrong = (await wrongOf(one)) ?? wrong;
    if (wrong) await wait(5);
  }
  if (wrong && faults.length === 0) fail(new Error(wrong));
  if (!mayVanish && faults.length === 0) {
    const all = [...(await textsIn(store, null)).values()].flat();
    for (const text of acts.kept()) {
      const count = all.filter((one) => one === text).length;
      // What no number is in may be said by two.
      if (count === 0 || (count > 1 && /\d/.test(text))) fail(new Error(`${text} is there ${count} times`));
    }
  }
  for (const { reader } of readers) await reader.leave();
  for (const { instance, kill: end } of instances) {
    await wait(0);
    if (faults.length === 0 && instance.left() > 0) trace.push(`${instance.left()} are left`);
    end();
  }
  const [first] = faults;
  if (first) throw new Error(`seed ${seed}: ${first.stack}\n${trace.slice(-80).join('\n')}`);
  return { kept: acts.kept().length, events: trace.filter((line) => line.includes(' is told ')).length };
}
