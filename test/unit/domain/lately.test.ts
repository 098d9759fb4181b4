import { expect, it } from 'vitest';
import { createLately } from '../../../src/domain/fairness/lately.js';

it('knows what each had in this period and in the one before, and forgets what is older', () => {
  let now = 0;
  const lately = createLately(() => now, 100);
  lately.add('a', 3);
  lately.add('a', 1);
  expect([lately.of('a'), lately.of('b')]).toEqual([4, 0]);
  now = 150;
  lately.add('b', 2);
  expect([lately.of('a'), lately.of('b')]).toEqual([4, 2]);
  now = 260;
  expect([lately.of('a'), lately.of('b')]).toEqual([0, 2]);
  now = 1_000;
  expect([lately.of('a'), lately.of('b')]).toEqual([0, 0]);
});
