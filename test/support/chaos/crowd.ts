import { pause } from '../../../src/domain/async/pause.js';
import { type SeededRandom, seededRandom } from '../seeded-random.js';
import type { Fleet } from './fleet.js';
import type { Happened } from './observation.js';
import type { Scope } from './records.js';
import { type Subscriber, startSubscriber } from './subscriber.js';

export interface CrowdOptions {
  fleet: Fleet;
  seed: number;
  record: (happened: Happened) => void;
  closed: (code: number) => void;
  /** How many are there at a time, and the share of them that come and go. */
  size: number;
  restless: number;
  sessions: readonly string[];
  agents: readonly string[];
  /** The longest that one stays as it is, in ms. */
  stayMs: number;
  /** Aborts when they are to come back and stay. */
  signal: AbortSignal;
}

/** Subscribers that come and go: some stay, some break off or go away and come back, some leave and others come. */
export function startCrowd(options: CrowdOptions) {
  const { fleet, seed, record, closed, size, sessions, agents, stayMs, signal } = options;
  const there = new Set<Subscriber>();
  let subscribers = 0;

  const join = (scope: Scope, random: SeededRandom): Subscriber => {
    const name = `subscriber ${subscribers++}`;
    const subscriber = startSubscriber({ name, scope, fleet, random, record, closed });
    there.add(subscriber);
    return subscriber;
  };
  const anyScope = (random: SeededRandom): Scope => {
    const sessionId = random.pick(sessions);
    if (random.next() < 0.4) return { field: 'sessionEvents', sessionId, agentId: null };
    return { field: 'messageAdded', sessionId, agentId: random.next() < 0.5 ? random.pick(agents) : null };
  };

  async function comeAndGo(random: SeededRandom): Promise<void> {
    const patient = random.next() >= options.restless;
    let subscriber = join(anyScope(random), random);
    while (!signal.aborted) {
      await pause(random.next() * stayMs, signal);
      const choice = random.next();
      if (patient || signal.aborted || !subscriber.ready) continue;
      if (choice < 0.3) subscriber.breakOff();
      else if (choice < 0.7) {
        subscriber.goAway();
        await pause((random.next() * stayMs) / 2, signal);
        subscriber.comeBack();
      } else {
        subscriber.leave();
        there.delete(subscriber);
        subscriber = join(anyScope(random), random);
      }
    }
    subscriber.comeBack();
  }

  const settled = Promise.all(
    Array.from({ length: size }, (_, index) => comeAndGo(seededRandom(seed + index))),
  );
  let announced = 0;
  return {
    /** Somebody follows a session that does not exist yet. */
    follow(sessionId: string): void {
      const random = seededRandom(seed - 1 - announced++);
      join({ field: 'sessionEvents', sessionId, agentId: null }, random);
    },
    /** Once `signal` has aborted: all are back. */
    settled,
    leave() {
      for (const subscriber of there) subscriber.leave();
    },
  };
}
