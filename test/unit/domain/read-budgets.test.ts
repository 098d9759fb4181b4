import { afterEach, describe, expect, it, vi } from 'vitest';
import { createReadBudgets, type ReadLimits } from '../../../src/domain/fairness/read-budgets.js';

const LIMITS: ReadLimits = {
  perOperation: 1_000,
  small: 10,
  smallTogether: 40,
  largeAtOnce: 2,
  waitingOfCaller: 3,
  waitMs: 60_000,
  restFactor: 0,
  now: () => 0,
};

const TOO_MUCH = expect.objectContaining({
  code: 'QUERY_TOO_COMPLEX',
  details: { bytes: 1_001, limit: 1_000 },
});

/** Takes, and notes when it was let. */
async function noted(order: string[], name: string, taking: Promise<void>): Promise<void> {
  await taking;
  order.push(name);
}
const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('the line of reads', () => {
  afterEach(() => void vi.useRealTimers());

  it('refuses an operation more than it may read in all, and says how much that was', () => {
    const lease = createReadBudgets(LIMITS).open('a');
    expect(lease.takeNow(1_000)).toBe(true);
    expect(() => lease.takeNow(1)).toThrow(TOO_MUCH);
  });

  it('refuses it also where it would have to wait', async () => {
    const line = createReadBudgets(LIMITS);
    line.open('a').takeNow(100);
    await expect(line.open('a').take(1_001)).rejects.toEqual(TOO_MUCH);
  });

  it('lets small reads through while large ones take turns', () => {
    const line = createReadBudgets(LIMITS);
    line.open('a').takeNow(100);
    line.open('b').takeNow(100);
    expect(line.open('a').takeNow(10)).toBe(true);
    expect(line.open('c').takeNow(11)).toBe(false);
  });

  it('gives one caller one turn at a time, and another the next', async () => {
    const line = createReadBudgets(LIMITS);
    const first = line.open('a');
    first.takeNow(100);
    expect(line.open('a').takeNow(100)).toBe(false);
    expect(line.open('b').takeNow(100)).toBe(true);
  });

  it('takes the callers one after the other, however many operations one of them sends', async () => {
    const line = createReadBudgets({ ...LIMITS, largeAtOnce: 1 });
    const running = line.open('a');
    running.takeNow(100);
    const order: string[] = [];
    const leases = ['a', 'a', 'a', 'b', 'c'].map((caller) => [caller, line.open(caller)] as const);
    const taking = leases.map(([caller, lease]) =>
      noted(order, caller, lease.take(100)).then(() => lease.end()),
    );
    running.end();
    await Promise.all(taking);
    expect(order).toEqual(['a', 'b', 'c', 'a', 'a']);
  });

  it('has a caller rest after a turn while there are others, three times as long where more of it wait', async () => {
    let clock = 0;
    const line = createReadBudgets({ ...LIMITS, restFactor: 1, now: () => clock });
    line.open('b').end();
    const running = line.open('a');
    running.takeNow(100);
    const order: string[] = [];
    const waiting = noted(order, 'a', line.open('a').take(100));
    clock = 10;
    running.end();
    await turns();
    expect(order).toEqual([]);
    expect(line.open('b').takeNow(100)).toBe(true);
    clock = 41;
    await waiting;
    const alone = line.open('c');
    expect(alone.takeNow(100)).toBe(false);
    const single = createReadBudgets({ ...LIMITS, restFactor: 1, now: () => clock });
    single.open('b').end();
    const one = single.open('a');
    one.takeNow(100);
    clock = 50;
    one.end();
    expect(single.open('a').takeNow(100)).toBe(false);
    expect(single.open('b').takeNow(100)).toBe(true);
    clock = 60;
    expect(single.open('a').takeNow(100)).toBe(true);
  });

  it('ends a rest where its timer comes some ms early', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let clock = 0;
    const line = createReadBudgets({ ...LIMITS, restFactor: 1, now: () => clock });
    line.open('b').end();
    const running = line.open('a');
    running.takeNow(100);
    clock = 10;
    running.end();
    const order: string[] = [];
    const waiting = noted(order, 'a', line.open('a').take(100));
    clock = 15;
    vi.advanceTimersByTime(15);
    await turns();
    expect(order).toEqual([]);
    clock = 20;
    vi.advanceTimersByTime(5);
    await waiting;
    expect(order).toEqual(['a']);
  });

  it('lets a caller that is alone go on without a rest', async () => {
    let clock = 0;
    const line = createReadBudgets({ ...LIMITS, restFactor: 1, now: () => clock });
    line.open('gone').end();
    clock = 2_000;
    const one = line.open('a');
    one.takeNow(100);
    clock = 2_050;
    one.end();
    expect(line.open('a').takeNow(100)).toBe(true);
  });

  it('lets who has its turn read on without waiting, up to its bound', async () => {
    const line = createReadBudgets(LIMITS);
    const lease = line.open('a');
    lease.takeNow(100);
    void line.open('a').take(500);
    void line.open('b').take(500);
    void line.open('c').take(500);
    expect(lease.takeNow(900)).toBe(true);
  });

  it('gives reads of one operation that wait together its one turn', async () => {
    const line = createReadBudgets(LIMITS);
    const running = line.open('a');
    running.takeNow(100);
    const lease = line.open('a');
    const both = Promise.all([lease.take(50), lease.take(60)]);
    running.end();
    await both;
    expect(() => lease.takeNow(891)).toThrow(TOO_MUCH);
  });

  it('bounds what small reads hold together, and the half of it for each caller', () => {
    const line = createReadBudgets({ ...LIMITS, largeAtOnce: 0 });
    expect([1, 2].map(() => line.open('a').takeNow(10))).toEqual([true, true]);
    expect(line.open('a').takeNow(10)).toBe(false);
    const b = line.open('b');
    expect(b.takeNow(10)).toBe(true);
    expect(line.open('b').takeNow(10)).toBe(true);
    expect(line.open('c').takeNow(1)).toBe(false);
    b.end();
    expect(line.open('c').takeNow(10)).toBe(true);
  });

  it('passes the turn on where its operation ended while it waited', async () => {
    const line = createReadBudgets({ ...LIMITS, largeAtOnce: 1 });
    const running = line.open('a');
    running.takeNow(100);
    const gone = line.open('b');
    void gone.take(100).catch(() => {});
    gone.end();
    const order: string[] = [];
    const last = noted(order, 'c', line.open('c').take(100));
    running.end();
    await last;
    expect(order).toEqual(['c']);
  });

  it('says when too many operations of one caller wait, and takes others', async () => {
    const line = createReadBudgets({ ...LIMITS, largeAtOnce: 1 });
    line.open('a').takeNow(100);
    for (let count = 0; count < 3; count++) void line.open('a').take(100);
    await expect(line.open('a').take(100)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    const order: string[] = [];
    void noted(order, 'b', line.open('b').take(100));
    await turns();
    expect(order).toEqual([]);
  });

  it('says when one has waited too long, and forgets it', async () => {
    const line = createReadBudgets({ ...LIMITS, largeAtOnce: 1, waitMs: 1 });
    const running = line.open('a');
    running.takeNow(100);
    await expect(line.open('b').take(100)).rejects.toMatchObject({ code: 'TIMEOUT' });
    running.end();
    expect(line.open('c').takeNow(100)).toBe(true);
  });
});
