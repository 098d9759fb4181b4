import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ANYONE, type Credential } from '../../src/auth/authenticate.js';
import { createRateLimit } from '../../src/auth/rate-limit.js';
import { callerKey } from '../../src/domain/access/caller-key.js';
import type { Caller } from '../../src/domain/access/policy.js';
import { afterThis } from '../../src/domain/async/next-turn.js';
import { createCallerTurns } from '../../src/domain/fairness/caller-turns.js';
import { createReadBudgets } from '../../src/domain/fairness/read-budgets.js';
import { createCallerSlots } from '../../src/domain/fairness/slots.js';
import { createEventTurns } from '../../src/graphql/subscriptions/event-turns.js';
import { startScanners } from '../../src/stores/sqlite/reads/scanners.js';
import type { Thread } from '../../src/stores/sqlite/threads/thread.js';
import { createWriteLine } from '../../src/stores/sqlite/writes/write-line.js';
import { createHeldMemory } from '../../src/transport/bounds/held-memory.js';
import { createLiveCallers } from '../../src/transport/bounds/live-callers.js';
import { createWaitingBytes } from '../../src/transport/bounds/waiting-bytes.js';

/* A key may have any number of session tokens made: all of them have its share, and each what the others leave of it. */

const byToken = (id: string): Caller => ({ ...ANYONE, kind: 'session-token', id, maker: 'key k' });
const token = (id: string) => callerKey(byToken(id), '');
const KEY = 'key k';
const OTHER = 'key l';
const settled = () => new Promise((resolve) => setImmediate(resolve));
const many = (count: number) => Array.from({ length: count }, (_, n) => token(`t${n}`));

describe('with any number of session tokens a key', () => {
  it('begins no more in a turn of the event loop', async () => {
    let next: (() => void) | null = null;
    const { turn: begin } = createCallerTurns({
      now: () => 0,
      sliceMs: 0,
      aloneMs: 0,
      nextTurn: (run) => {
        next = run;
      },
      afterThis,
    });
    const order: string[] = [];
    const ask = (caller: string) => {
      const turn = begin(caller);
      if (turn === null) order.push(caller);
      else void turn.then(() => order.push(caller));
    };
    ask(OTHER);
    for (const one of many(100)) ask(one);
    ask(OTHER);
    ask(OTHER);
    expect(order).toEqual([OTHER, token('t0'), OTHER]);
    for (let turn = 0; turn < 3; turn++) {
      (next as (() => void) | null)?.();
      await settled();
    }
    expect(order).toEqual([OTHER, token('t0'), OTHER, token('t1'), OTHER, token('t2')]);
  });

  it('reads no more at once, and each token has something of its turns', async () => {
    const limits = { small: 10, smallTogether: 40, largeAtOnce: 5, waitingOfCaller: 8, waitMs: 60_000 };
    const line = createReadBudgets({ ...limits, perOperation: 1_000, restFactor: 0, now: () => 0 });
    const running = line.open(KEY);
    expect(running.takeNow(100)).toBe(true);
    const order: string[] = [];
    const wait = (caller: string, name: string) =>
      line
        .open(caller)
        .take(100)
        .then(
          () => order.push(name),
          ({ code }) => order.push(`${name} ${code}`),
        );
    for (let n = 0; n < 5; n++) void wait(token('a'), `a${n}`);
    void wait(token('b'), 'b0');
    await settled();
    expect(order).toEqual(['a4 RATE_LIMITED']);
    running.end();
    await settled();
    expect(order).toEqual(['a4 RATE_LIMITED', 'a0']);
    expect(many(4).map((one) => line.open(one).takeNow(5))).toEqual([true, true, true, true]);
    expect(line.open(token('t9')).takeNow(5)).toBe(false);
    expect(line.open(OTHER).takeNow(5)).toBe(true);
  });

  it('has no more tasks at once, and its tokens take turns', async () => {
    const slots = createCallerSlots({ ofCaller: 2, waiting: { most: 4, refuse: () => new Error('full') } });
    const order: string[] = [];
    const ends: (() => void)[] = [];
    const run = (caller: string, name: string) =>
      slots.run(caller, () => {
        order.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      });
    for (const name of ['a0', 'a1', 'a2', 'a3']) void run(token('a'), name);
    await expect(run(token('a'), 'a4')).rejects.toThrow('full');
    void run(token('b'), 'b0');
    void run(OTHER, 'other');
    expect(order).toEqual(['a0', 'a1', 'other']);
    for (let n = 0; n < 3; n++) {
      ends[n]?.();
      await settled();
    }
    expect(order).toEqual(['a0', 'a1', 'other', 'a2', 'b0']);
  });

  it('scans no more at once', async () => {
    const running: unknown[] = [];
    const start = async (): Promise<Thread> => ({
      call: (_method, name) => new Promise(() => running.push(name)),
      close: async () => {},
    });
    const scanners = await startScanners(start, 3);
    for (const one of many(5)) void scanners.call('countSessions', one, one);
    void scanners.call('countSessions', 'other', OTHER);
    await settled();
    expect(running).toEqual([token('t0'), 'other']);
  });

  it('writes no more, and among its tokens next is who has taken least', () => {
    const line = createWriteLine<{ caller: string; sessionId: null; bytes: number }>(
      { writes: 1, bytes: 100, ms: 100 },
      { aboveMs: 100, factor: 3, now: () => 0 },
    );
    const add = (caller: string, count: number) => {
      for (let n = 0; n < count; n++) line.add({ caller, sessionId: null, bytes: 1 });
    };
    add(token('a'), 20);
    for (const one of many(10)) add(one, 1);
    add(OTHER, 12);
    const order: string[] = [];
    for (let first = line.first(); first; first = line.first()) {
      line.took(first.write, 1);
      order.push(first.write.caller);
    }
    expect(order.slice(0, 22).filter((caller) => caller === OTHER)).toHaveLength(11);
    expect(order.slice(0, 24).filter((caller) => caller === token('a')).length).toBeLessThan(4);
    expect(order).toHaveLength(42);
  });

  it('has no more time for its events', async () => {
    let clock = 0;
    const turns = createEventTurns({
      now: () => clock,
      sliceMs: 5,
      restAboveMs: 20,
      restFactor: 3,
      afterThis,
    });
    const order: string[] = [];
    const run = (caller: string, ms: number) =>
      turns.run(caller, async () => {
        order.push(caller);
        clock += ms;
      });
    const all = [...many(3).map((one) => run(one, 100)), run(OTHER, 1)];
    for (let turn = 0; turn < 10; turn++) await settled();
    // All of its tokens rest after the first.
    expect(order).toEqual([token('t0'), OTHER]);
    void all;
  });

  it('holds no more memory, and each token leaves something to the next', () => {
    const memory = createHeldMemory(1_000);
    const fill = (caller: string) => {
      let held = 0;
      while (memory.hold(caller, [{ thing: {}, bytes: 10 }])) held += 10;
      return held;
    };
    expect(fill(token('a'))).toBe(340);
    expect(fill(token('b'))).toBe(110);
    for (const one of many(50)) fill(one);
    expect(memory.bytes).toBeLessThanOrEqual(500);
    expect(memory.hold(OTHER, [{ thing: {}, bytes: 200 }])).not.toBeNull();
    // What it lets go of is there again.
    const again = createHeldMemory(1_000);
    again.hold(token('a'), [{ thing: {}, bytes: 300 }])?.();
    expect([again.bytes, again.hold(KEY, [{ thing: {}, bytes: 1_000 }]) !== null]).toEqual([0, true]);
  });

  it('has no more waiting, and cut is first who has most of it', () => {
    const waiting = createWaitingBytes({ together: 1_000, ofCaller: 100 });
    const cut: string[] = [];
    const peer = (caller: string, name: string) =>
      waiting.peer({ caller: () => caller, cut: () => cut.push(name) });
    peer(token('honest'), 'honest').hold({}, 10);
    for (let n = 0; n < 5; n++) peer(token('greedy'), `greedy${n}`).hold({}, 20);
    expect(cut).toEqual(['greedy0']);
    for (const one of many(20)) peer(one, one).hold({}, 10);
    expect(waiting.bytes).toBeLessThanOrEqual(100);
  });

  it('has no more connections', () => {
    const memory = createHeldMemory(100_000_000);
    const callers = createLiveCallers({ log: pino({ level: 'silent' }), memory, maxPerCaller: 4 });
    onTestFinished(() => callers.close());
    const enter = (caller: Caller) => {
      const credential: Credential = { caller, holds: async () => true };
      return callers.enter({ credential, from: '::1', credentialEnded: () => {} }) !== null;
    };
    expect(['a', 'a', 'a', 'b', 'c', 'd'].map((id) => enter(byToken(id)))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
    expect(enter({ ...ANYONE, kind: 'key', id: 'k' })).toBe(false);
    expect(enter({ ...ANYONE, kind: 'key', id: 'l' })).toBe(true);
  });

  it('does no more in a second, and one token leaves half of it', async () => {
    const limit = createRateLimit(2);
    let done = 0;
    const ask = async (caller: Caller) => {
      await limit?.(caller, '::1');
      done++;
    };
    for (let n = 0; n < 20; n++) await ask(byToken('a')).catch(() => {});
    expect(done).toBe(5);
    for (let n = 0; n < 20; n++) await ask(byToken(`t${n}`)).catch(() => {});
    expect(done).toBe(10);
    await expect(ask({ ...ANYONE, kind: 'key', id: 'k' })).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await ask({ ...ANYONE, kind: 'key', id: 'l' });
  });
});
