import { expect, it } from 'vitest';
import { collectLarge, createCollector } from '../../../src/stores/sqlite/threads/collect.js';

const left = () => new WeakRef({ text: 'of a large statement' });

it('what a statement has left is collected once a thread has used much', async () => {
  const much = Array.from({ length: 3_000_000 }, (_, n) => n + 0.5);
  const read = left();
  await new Promise((resolve) => setImmediate(resolve));
  collectLarge();
  expect(read.deref()).toBeUndefined();
  expect(much.length).toBe(3_000_000);
});

it('a thread collects in a second in which it has had nothing to do, and in no other', () => {
  let collected = 0;
  const collector = createCollector(() => collected++);
  collector.worked();
  collector.look();
  expect(collected).toBe(0);
  collector.look();
  expect(collected).toBe(1);
  collector.worked();
  collector.worked();
  collector.look();
  collector.look();
  expect(collected).toBe(2);
});
