import { setTimeout as wait } from 'node:timers/promises';
import type { SeededRandom } from '../seeded-random.js';

/** Something that goes wrong; resolves when it is over, or the system is to cope with it. */
export interface Fault {
  name: string;
  act: (random: SeededRandom) => Promise<void> | void;
}

export interface TimelineOptions {
  /** What is to happen, and how often. */
  faults: readonly { fault: Fault; times: number }[];
  random: SeededRandom;
  /** Resolves after so many more acknowledged writes. */
  acknowledgedMore: (count: number) => Promise<void>;
  /** Writes between two faults, at least and at most. */
  writesBetween: readonly [number, number];
  note: (what: string) => void;
}

/** All faults, shuffled by the seed, each in the middle of writes. */
export async function runTimeline(options: TimelineOptions): Promise<void> {
  const { faults, random, acknowledgedMore, writesBetween, note } = options;
  const [fewest, most] = writesBetween;
  for (const fault of shuffled(
    faults.flatMap(({ fault, times }) => Array.from({ length: times }, () => fault)),
    random,
  )) {
    await acknowledgedMore(random.between(fewest, most));
    // Not at the moment of an answer, but at any moment between two.
    await wait(random.next() * 10);
    note(fault.name);
    await fault.act(random);
  }
}

function shuffled<T>(items: T[], random: SeededRandom): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.between(0, last);
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
