import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../seeded-random.js';
import { type Counts, createChecker } from './checker.js';
import { startCrowd } from './crowd.js';
import type { Fleet } from './fleet.js';
import { readSession } from './requests.js';
import { type Fault, runTimeline } from './timeline.js';
import { type Happened, runWriter } from './writer.js';

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
}

const names = (what: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${what}-${index}`);
/**
 * Writers and subscribers go on while one fault after the other happens; then all is quiet, everybody catches up, and
 * the checker judges. Throws with the seed, what broke and what had happened.
 */
export async function runStorm(options: StormOptions): Promise<StormSummary> {
  const { seed, fleet, restMs = 30, stayMs = 2_000, boundMs = 10_000, mayResync = false } = options;
  const { limitMs = 90_000 } = options;
  const [sessions, agents] = [names('session', options.sessions), names('agent', options.agents)];
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const checker = createChecker({ boundMs, mayResync });
  const happenings: string[] = [];
  const faults: Record<string, number> = {};
  const touched = new Set<string>();
  const trace = createTrace();
  const record = (happened: Happened) => {
    if (happened.kind === 'append-sent') touched.add(happened.sessionId);
    const before = checker.breaks.length;
    checker.take({ ...happened, at: now() });
    trace.keep(happened, now(), checker.breaks.length > before);
  };

  const writing = new AbortController();
  const roaming = new AbortController();
  for (const { signal } of [writing, roaming]) setMaxListeners(0, signal);
  const common = { fleet, record, sessions, agents };
  const crowd = startCrowd({
    ...common,
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
    happenings.push(`${(now() / 1000).toFixed(1)} s ${what}`);
  };

  async function everything(): Promise<void> {
    const { acknowledgedMore } = meter;
    const { writesBetween } = options;
    await runTimeline({ faults: options.faults, random, acknowledgedMore, writesBetween, note });
    await acknowledgedMore(options.writers);
    writing.abort();
    await writers;
    roaming.abort();
    await crowd.settled;
    for (const sessionId of touched) {
      const session = await readSession({ fleet, random }, sessionId);
      record({ kind: 'stored', sessionId, session });
    }
    for (const until = now() + boundMs; checker.waiting().length > 0 && now() < until; ) {
      await wait(20);
    }
  }

  const over = new AbortController();
  const tooLong = wait(limitMs, null, { signal: over.signal }).then(() => {
    throw new Error(`it was not over after ${limitMs} ms; ${checker.waiting().slice(0, 10).join(', ')}`);
  });
  try {
    await Promise.race([everything(), fleet.failed, failing(writers), failing(tooLong)]);
    const breaks = checker.verdict(now());
    if (breaks.length > 0) {
      const lines = breaks.map(({ kind, at, detail }) => `${(at / 1000).toFixed(1)} s ${kind}: ${detail}`);
      throw new Error(
        `${breaks.length} promises were broken\n${lines.slice(0, 30).join('\n')}\n${trace.evidence()}`,
      );
    }
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
  return { seed, seconds: Math.round(now() / 1000), faults, ...checker.counts() };
}

/** Only where it fails. */
const failing = (work: Promise<unknown>) =>
  new Promise<never>((_resolve, reject) => {
    work.catch(reject);
  });

/** The last things that each subscriber saw, kept as they were when it first saw something break. */
function createTrace() {
  const lately = new Map<string, string[]>();
  const broken = new Map<string, string>();
  return {
    keep(happened: Happened, at: number, breaks: boolean) {
      if (!('subscriber' in happened)) return;
      const { subscriber, kind } = happened;
      const { __typename: type, agentId, message, reason } = 'event' in happened ? happened.event : {};
      const what = [kind, type, agentId, message && `#${message.position}`, reason].filter(Boolean).join(' ');
      const lines = lately.get(subscriber) ?? [];
      lately.set(subscriber, lines);
      lines.push(`${(at / 1000).toFixed(3)} s ${what}`);
      if (lines.length > 12) lines.shift();
      if (breaks && !broken.has(subscriber)) broken.set(subscriber, `${subscriber}:\n${lines.join('\n')}`);
    },
    evidence: () => [...broken.values()].slice(0, 3).join('\n'),
  };
}

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
