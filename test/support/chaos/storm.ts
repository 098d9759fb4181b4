import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../seeded-random.js';
import type { Counts } from './checker.js';
import { startCrowd } from './crowd.js';
import type { Fleet } from './fleet.js';
import { type Happened, observe } from './observation.js';
import { readSession } from './requests.js';
import { type Fault, runTimeline } from './timeline.js';
import { runWriter } from './writer.js';

export interface StormOptions {
  seed: number;
  fleet: Fleet;
  writers: number;
  sessions: number;
  agents: number;
  subscribers: number;
  faults: readonly { fault: Fault; times: number }[];
  writesBetween: readonly [number, number];
  /** The longest rest of a writer, and the longest that a subscriber stays as it is, in ms. */
  restMs?: number;
  stayMs?: number;
  /** The share of subscribers that come and go. */
  restless?: number;
  /** How long an open feed may keep a write to itself, in ms. */
  boundMs?: number;
  mayResync?: boolean;
  /** How long it may take altogether, in ms. */
  limitMs?: number;
}

export interface StormSummary extends Counts {
  seed: number;
  seconds: number;
  faults: Record<string, number>;
  /** How connections of subscribers ended, by the code of the close: 1006 is a cut, 1012 a server that stopped. */
  closes: Record<number, number>;
}

const names = (what: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${what}-${index}`);
/**
 * Writers and subscribers go on while one fault after the other happens; then all is quiet, everybody catches up, and
 * the checker judges. Throws with the seed, what broke and what had happened.
 */
export async function runStorm(options: StormOptions): Promise<StormSummary> {
  const { seed, fleet, restMs = 30, stayMs = 2_000, boundMs = 30_000, mayResync = false } = options;
  const { limitMs = 270_000, restless = 0.7 } = options;
  const [sessions, agents] = [names('session', options.sessions), names('agent', options.agents)];
  const observation = observe({ boundMs, mayResync });
  const { checker, elapsed } = observation;
  const happenings: string[] = [];
  const faults: Record<string, number> = {};
  const closes: Record<number, number> = {};
  const touched = new Set<string>();
  const record = (happened: Happened) => {
    if (happened.kind === 'append-sent') touched.add(happened.sessionId);
    observation.record(happened);
  };
  const closed = (code: number) => {
    closes[code] = (closes[code] ?? 0) + 1;
  };

  const writing = new AbortController();
  const roaming = new AbortController();
  for (const { signal } of [writing, roaming]) setMaxListeners(0, signal);
  const common = { fleet, record, sessions, agents };
  const crowd = startCrowd({
    ...common,
    closed,
    restless,
    seed: seed + 1_000,
    size: options.subscribers,
    stayMs,
    signal: roaming.signal,
  });
  const meter = createMeter();
  const writers = Promise.all(
    names('writer', options.writers).map((name, index) => {
      const random = seededRandom(seed + 1 + index);
      const { acknowledged } = meter;
      const { signal } = writing;
      return runWriter({ ...common, name, random, restMs, announce: crowd.follow, acknowledged, signal });
    }),
  );
  const random = seededRandom(seed);
  const note = (what: string) => {
    faults[what] = (faults[what] ?? 0) + 1;
    happenings.push(`${(elapsed() / 1000).toFixed(1)} s ${what}`);
  };

  async function everything(): Promise<void> {
    const { acknowledgedMore } = meter;
    const { writesBetween } = options;
    await runTimeline({ faults: options.faults, random, acknowledgedMore, writesBetween, note });
    await Promise.all(fleet.instances.map((instance) => instance.up()));
    await acknowledgedMore(options.writers);
    writing.abort();
    await writers;
    roaming.abort();
    await crowd.settled;
    for (const sessionId of touched) {
      const session = await readSession({ fleet, random }, sessionId);
      record({ kind: 'stored', sessionId, session });
    }
    await observation.caughtUp();
  }

  const over = new AbortController();
  const tooLong = wait(limitMs, null, { signal: over.signal }).then(() => {
    throw new Error(`it was not over after ${limitMs} ms; ${checker.waiting().slice(0, 10).join(', ')}`);
  });
  try {
    await Promise.race([everything(), fleet.failed, failing(writers), failing(tooLong)]);
    observation.conclude();
  } catch (error) {
    const { message } = error as Error;
    // What the servers write comes through pipes, and may be on its way.
    await wait(200);
    const logs = fleet.instances.map((instance) => instance.process.output().slice(-3_000));
    const said = ['what had happened:', ...happenings.slice(-40), 'what the servers logged:', ...logs];
    throw new Error(`CHAOS_SEED=${seed}: ${message}\n${said.join('\n')}`, { cause: error });
  } finally {
    over.abort();
    writing.abort();
    roaming.abort();
    crowd.leave();
  }
  return { seed, seconds: Math.round(elapsed() / 1000), faults, closes, ...checker.counts() };
}

/** Only where it fails. */
const failing = (work: Promise<unknown>) =>
  new Promise<never>((_resolve, reject) => {
    work.catch(reject);
  });

/** Counts acknowledged writes, for those who wait for more of them. */
function createMeter() {
  let count = 0;
  let waiting: { at: number; resolve: () => void } | null = null;
  return {
    acknowledged() {
      count++;
      if (waiting && count >= waiting.at) waiting.resolve();
    },
    acknowledgedMore: (more: number) =>
      new Promise<void>((resolve) => {
        waiting = { at: count + more, resolve };
      }),
  };
}
