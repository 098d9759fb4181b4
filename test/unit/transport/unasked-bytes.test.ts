import { expect, it } from 'vitest';
import { createUnasked } from '../../../src/transport/bounds/unasked-bytes.js';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

it('in one turn of the event loop some packets are read unasked, however small, and no more than some bytes', async () => {
  const unasked = createUnasked();
  const small = Array.from({ length: 40 }, () => unasked.take(30));
  expect(small.filter((taken) => taken)).toHaveLength(16);
  expect(small.lastIndexOf(true)).toBe(15);
  await nextTurn();
  const large = Array.from({ length: 5 }, () => unasked.take(4_096));
  expect(large).toEqual([true, true, false, false, false]);
  await nextTurn();
  expect(unasked.take(Number.POSITIVE_INFINITY)).toBe(false);
  expect(unasked.take(30)).toBe(true);
});
