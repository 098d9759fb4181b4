import { describe, expect, it } from 'vitest';
import { createPreparations } from '../../../src/stores/sqlite/writes/preparations.js';
import { createWriteLine, type WriteLineLimits } from '../../../src/stores/sqlite/writes/write-line.js';

interface Write {
  name: string;
  caller: string;
  sessionId: string | null;
  bytes: number;
  isPrepared: boolean;
}

/** `ms`: what a write takes, 1 where absent. */
function stage(limits: Partial<WriteLineLimits> = {}, ms: Record<string, number> = {}) {
  const clock = { now: 0 };
  const line = createWriteLine<Write>(
    { writes: 100, bytes: 1_000, ms: 1_000, ...limits },
    { aboveMs: 25, factor: 3, now: () => clock.now },
  );
  const add = (
    caller: string,
    name: string,
    { sessionId = null as string | null, bytes = 1, isPrepared = false } = {},
  ) => line.add({ name, caller, sessionId, bytes, isPrepared });
  /** The names of the next group. */
  const group = (): string[] => {
    const first = line.first();
    const names: string[] = [];
    let passed = 0;
    for (let write = first?.write; write; ) {
      const took = ms[write.name] ?? 1;
      names.push(write.name);
      passed += took;
      line.took(write, took);
      write = first?.alone ? undefined : line.further(passed);
    }
    return names;
  };
  const groups = () => {
    const all: string[][] = [];
    while (line.size > 0) all.push(group());
    return all;
  };
  return { clock, line, add, group, groups };
}

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('the line of writes', () => {
  it('has the one write of a caller in the next group, however many of another wait', () => {
    const { add, group, groups } = stage({ writes: 10 });
    for (const name of numbered('a', 1_000)) add('a', name);
    expect(group()).toEqual(numbered('a', 10));
    add('b', 'b0');
    expect(group()).toContain('b0');
    expect(groups().flat()).toHaveLength(1_000 - 10 - 9);
  });

  it('has what is to be prepared in no group of others: it would be made without that', () => {
    const { add, groups } = stage();
    add('a', 'a0');
    add('b', 'b0', { isPrepared: true });
    add('c', 'c0');
    expect(groups()).toEqual([['a0'], ['b0', 'c0']]);
  });

  it('gives a group to callers by what their writes take, not by how many they are', () => {
    const ms = Object.fromEntries(numbered('a', 20).map((name) => [name, 10]));
    const { add, groups } = stage({ writes: 1 }, ms);
    for (const name of numbered('a', 20)) add('a', name);
    for (const name of numbered('b', 20)) add('b', name);
    const order = groups().flat();
    // While one of `a` takes its 10 ms, those of `b` fall behind by as much, and are then made up.
    expect(order.indexOf('b19')).toBeLessThan(order.indexOf('a3'));
  });

  it('keeps the order of each caller and of each session, and loses nothing', () => {
    const { add, groups } = stage({ writes: 3 });
    add('a', 'a0');
    add('a', 'a1', { sessionId: 's' });
    add('b', 'b0', { sessionId: 's' });
    add('b', 'b1');
    add('c', 'c0', { sessionId: 's' });
    add('a', 'a2', { sessionId: 's' });
    const order = groups().flat();
    expect([...order].sort()).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'c0']);
    expect(order.filter((name) => name.startsWith('a'))).toEqual(['a0', 'a1', 'a2']);
    expect(order.filter((name) => name.startsWith('b'))).toEqual(['b0', 'b1']);
    expect(order.filter((name) => ['a1', 'b0', 'c0', 'a2'].includes(name))).toEqual(['a1', 'b0', 'c0', 'a2']);
  });

  it('goes on where two callers write to the same two sessions in turn', () => {
    const { add, groups } = stage({ writes: 1 });
    for (let n = 0; n < 50; n++) {
      add('a', `a${n}s`, { sessionId: 's' });
      add('b', `b${n}t`, { sessionId: 't' });
      add('a', `a${n}t`, { sessionId: 't' });
      add('b', `b${n}s`, { sessionId: 's' });
    }
    expect(groups()).toHaveLength(200);
  });

  it('ends a group at its bytes and at its time', () => {
    const { add, groups } = stage({ bytes: 100, ms: 5 }, { a4: 9 });
    for (const name of ['a0', 'a1', 'a2']) add('a', name, { bytes: 40 });
    for (const name of ['a3', 'a4', 'a5']) add('a', name);
    expect(groups()).toEqual([['a0', 'a1'], ['a2', 'a3', 'a4'], ['a5']]);
  });

  it('commits alone what is larger than a group, and the next of a caller whose last took longer', () => {
    const { add, line } = stage({ bytes: 100, ms: 5 });
    add('a', 'a0', { bytes: 500 });
    add('a', 'a1');
    add('b', 'b0');
    const large = line.first();
    expect(large).toMatchObject({ write: { name: 'a0' }, alone: true });
    line.took(large?.write as Write, 50);
    // `b` has the group to itself: that of `a` may take as long again.
    expect(line.first()).toMatchObject({ write: { name: 'b0' }, alone: false });
    expect(line.further(0)).toBeUndefined();
    expect(line.first()).toMatchObject({ write: { name: 'a1' }, alone: true });
    expect(line.first()).toBeUndefined();
  });

  it('gives no credit to who has not written for a while', () => {
    const { add, group } = stage({ writes: 1 });
    for (const name of numbered('a', 10)) add('a', name);
    for (let n = 0; n < 5; n++) group();
    for (const name of numbered('b', 4)) add('b', name);
    const next = [...group(), ...group(), ...group(), ...group(), ...group(), ...group()];
    expect(next.filter((name) => name.startsWith('a')).length).toBeGreaterThanOrEqual(2);
  });
});

describe('what the disk takes', () => {
  it('counts for the caller, and keeps none of its next writes out of a group', () => {
    const { line, add } = stage({ ms: 5 });
    add('a', 'a0');
    const alone = line.first();
    expect(alone?.alone).toBe(true);
    line.took(alone?.write as Write, 1);
    line.waited(alone?.write as Write, 20);
    add('a', 'a1');
    add('b', 'b0');
    add('b', 'b1');
    expect(line.first()).toMatchObject({ write: { name: 'b0' }, alone: false });
    expect(line.further(1)?.name).toBe('b1');
    expect(line.further(2)?.name).toBe('a1');
  });
});

describe('after a large write', () => {
  /** `a` has written for 30 ms, of which 2 were the disk's, and has more. */
  function rested({ others }: { others: boolean }) {
    const all = stage();
    if (others) all.add('b', 'b0');
    all.add('a', 'a0', { bytes: 5_000 });
    all.add('a', 'a1');
    for (let first = all.line.first(); first; first = undefined) {
      if (first.write.name === 'b0') first = all.line.first();
      all.line.took(first?.write as Write, 28);
      all.line.waited(first?.write as Write, 2);
    }
    return all;
  }

  it('its caller rests three times as long, and the writes of others pass', () => {
    const { line, add, clock } = rested({ others: true });
    expect(line.head()).toBeUndefined();
    expect(line.restMs()).toBe(90);
    add('b', 'b1');
    expect(line.head()?.name).toBe('b1');
    expect(line.first()?.write.name).toBe('b1');
    clock.now = 90;
    expect(line.restMs()).toBeUndefined();
    expect(line.first()?.write.name).toBe('a1');
  });

  it('nobody rests for what the disk takes, nor for many small ones', () => {
    const { line, add } = stage({ writes: 1 });
    for (const name of numbered('a', 100)) add('a', name);
    for (const name of numbered('b', 100)) add('b', name);
    for (let first = line.first(); first; first = line.first()) {
      line.took(first.write, 5);
      line.waited(first.write, 40);
    }
    expect(line.size).toBe(0);
  });

  it('what its preparation took counts', () => {
    const { line, add, clock } = stage();
    add('b', 'b0');
    add('a', 'a0', { bytes: 5_000 });
    add('a', 'a1');
    line.first();
    const held = line.head() as Write;
    line.hold(held);
    for (let slice = 0; slice < 5; slice++) line.took(held, 5);
    expect(line.first(held)?.write).toBe(held);
    line.took(held, 5);
    line.waited(held, 10);
    expect(line.restMs()).toBe(120);
    clock.now = 120;
    expect(line.head()?.name).toBe('a1');
  });

  it('nobody rests where there is no other, and before an end', () => {
    expect(rested({ others: false }).line.head()?.name).toBe('a1');
    const { line } = rested({ others: true });
    line.endRests();
    expect(line.head()?.name).toBe('a1');
  });

  it('what the store writes for itself is no other caller', () => {
    const { line, add } = stage();
    add('', 'audit');
    line.first();
    add('a', 'a0');
    add('a', 'a1');
    const write = line.first()?.write as Write;
    line.took(write, 100);
    line.waited(write, 0);
    expect(line.head()?.name).toBe('a1');
  });
});

describe('a write that is held', () => {
  it('lets other callers pass, and keeps its place before its own and before those to its session', () => {
    const { line, add, groups } = stage();
    add('a', 'a0', { sessionId: 's' });
    add('a', 'a1');
    add('b', 'b0', { sessionId: 's' });
    add('c', 'c0');
    const held = line.head() as Write;
    expect(held.name).toBe('a0');
    line.hold(held);
    expect(line.first()?.write.name).toBe('c0');
    expect(line.further(0)).toBeUndefined();
    expect(line.head()).toBeUndefined();
    expect(line.first(held)?.write.name).toBe('a0');
    expect(groups().flat()).toEqual(['b0', 'a1']);
  });

  it('goes back into the line', () => {
    const { line, add, groups } = stage();
    add('a', 'a0');
    add('a', 'a1');
    const held = line.head() as Write;
    line.hold(held);
    line.release(held);
    expect(groups().flat()).toEqual(['a0', 'a1']);
  });
});

describe('the preparation of large writes', () => {
  /** Each look at the clock takes 1 ms, so that a slice has a few steps. */
  function preparing(stepsOf: (write: Write) => Generator<void, unknown>) {
    let now = 0;
    const { line, add } = stage();
    return { line, add, preparations: createPreparations(line, stepsOf, () => now++) };
  }
  function* steps(count: number, value: unknown) {
    for (let n = 0; n < count; n++) yield;
    return value;
  }

  it('is done in slices, one write after the other', () => {
    const { line, add, preparations } = preparing(({ name }) => steps(10, `of ${name}`));
    for (const caller of ['a', 'b']) {
      add(caller, `${caller}0`);
      preparations.begin(line.head() as Write);
    }
    const done: unknown[] = [];
    let slices = 0;
    for (; preparations.size > 0; slices++) {
      const ready = preparations.advance();
      if (ready) done.push(ready.prepared);
    }
    expect(done).toEqual(['of a0', 'of b0']);
    expect(slices).toBeGreaterThan(2);
  });

  it('begins anew where what it had no longer holds', () => {
    let begun = 0;
    const { line, add, preparations } = preparing(() => steps(10, ++begun));
    add('a', 'a0');
    preparations.begin(line.head() as Write);
    preparations.advance();
    preparations.restart();
    let ready: { prepared: unknown } | undefined;
    while (!ready) ready = preparations.advance();
    expect(ready.prepared).toBe(2);
  });

  it('leaves to the write itself to say what is wrong', () => {
    const { line, add, preparations } = preparing(() => {
      throw new Error('no such session');
    });
    add('a', 'a0');
    preparations.begin(line.head() as Write);
    expect(preparations.advance()).toEqual({
      write: expect.objectContaining({ name: 'a0' }),
      prepared: null,
    });
    expect(preparations.size).toBe(0);
  });
});
