import { expect, it } from 'vitest';
import { createLately } from '../../../src/domain/fairness/lately.js';

it('knows what each had in this period and in the one before, and forgets what is older', () => {
  let now = 0;
  const lately = createLately(() => now);
  lately.add('a', 3);
  lately.add('a', 1);
  expect([lately.of('a'), lately.of('b')]).toEqual([4, 0]);
  now = 1_500;
  lately.add('b', 2);
  expect([lately.of('a'), lately.of('b')]).toEqual([4, 2]);
  now = 2_600;
  expect([lately.of('a'), lately.of('b')]).toEqual([0, 2]);
  now = 10_000;
  expect([lately.of('a'), lately.of('b')]).toEqual([0, 0]);
});
