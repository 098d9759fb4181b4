import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { createHeldMemory, heldByOperation, holdPlace } from '../../../src/transport/bounds/held-memory.js';

const of = (bytes: number, thing: object = {}) => [{ thing, bytes }];

it('one caller has half of the memory, and beside others what they leave', () => {
  const memory = createHeldMemory(1_000);
  const fill = (caller: string) => {
    let held = 0;
    while (memory.hold(caller, of(10))) held += 10;
    return held;
  };
  expect(fill('a')).toBe(500);
  expect(fill('b')).toBe(250);
  expect(fill('c')).toBe(130);
  expect(memory.bytes).toBe(880);
  // However many have taken what they could, the next one finds something.
  expect(memory.hold('d', of(100))).not.toBeNull();
});

it('what several keep is counted once for each caller, until the last of them lets go of it', () => {
  const memory = createHeldMemory(1_000);
  const thing = {};
  const first = memory.hold('a', of(100, thing));
  const second = memory.hold('a', of(100, thing));
  expect(memory.bytes).toBe(100);
  memory.hold('b', of(100, thing));
  expect(memory.bytes).toBe(200);
  first?.();
  first?.();
  expect(memory.bytes).toBe(200);
  second?.();
  expect(memory.bytes).toBe(100);
});

it('what nobody else keeps is counted for each that keeps it', () => {
  const memory = createHeldMemory(1_000);
  const own = [{ thing: null, bytes: 100 }];
  const first = memory.hold('a', own);
  const second = memory.hold('a', own);
  expect(memory.bytes).toBe(200);
  first?.();
  first?.();
  expect(memory.bytes).toBe(100);
  second?.();
  expect(memory.bytes).toBe(0);
});

it('what is refused is not counted', () => {
  const memory = createHeldMemory(100);
  expect(memory.hold('a', of(101))).toBeNull();
  expect(memory.bytes).toBe(0);
  expect(memory.hold('a', of(100))).not.toBeNull();
});

it('a document counts as what it takes when it is parsed, and the JSON that came with it as its bytes and what they take when they are parsed', () => {
  const document = parse('{ __typename }');
  const bytes = (size: { bytes: number; weight: number }) =>
    heldByOperation(document, size).reduce((sum, held) => sum + held.bytes, 0);
  const small = bytes({ bytes: 0, weight: 0 });
  expect(bytes({ bytes: 100, weight: 1_000 }) - small).toBe(1_100);
  expect(heldByOperation(document, { bytes: 0, weight: 0 })[1]).toEqual({ thing: document, bytes: 14 * 100 });
});

it('a place in a feed counts by its cursor, as that grows, until it is let go', () => {
  const memory = createHeldMemory(10_000_000);
  const releases: (() => void)[] = [];
  const hold = (held: Parameters<typeof memory.hold>[1]) => {
    const release = memory.hold('a', held);
    if (!release) throw new Error('no room');
    return release;
  };
  const holds = holdPlace(hold, (release) => releases.push(release));
  // That of most sessions is a part of what an operation takes.
  holds(4_000);
  expect(memory.bytes).toBe(0);
  holds(100_000);
  const { bytes } = memory;
  expect(bytes).toBeGreaterThan(300_000);
  holds(100_001);
  expect(memory.bytes).toBe(bytes);
  holds(200_000);
  expect(memory.bytes).toBeGreaterThan(600_000);
  expect(() => holds(4_000_000)).toThrow('no room');
  for (const release of releases) release();
  expect(memory.bytes).toBe(0);
});
