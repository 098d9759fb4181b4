import { expect, it } from 'vitest';
import { forgetSizes } from '../../../console/src/ui/forget-sizes.js';

/** A list that keeps its newest `shown` entries, after `drawn` were drawn one after another. */
function sizesOf(drawn: number, shown: number) {
  const itemSizeCache = new Map<unknown, number>();
  for (let newest = 0; newest < drawn; newest++) {
    itemSizeCache.set(`agent ${newest}`, 20 + newest);
    const first = Math.max(0, newest + 1 - shown);
    forgetSizes({ itemSizeCache }, newest + 1 - first, (index) => `agent ${first + index}`);
  }
  return itemSizeCache;
}

it('keeps no more sizes than a list has entries, give or take, however long it goes on', () => {
  expect(sizesOf(20_000, 100).size).toBeLessThanOrEqual(2 * 100 + 500);
});

it('keeps the size of every entry that is there', () => {
  const sizes = sizesOf(3_000, 100);
  for (let place = 2_900; place < 3_000; place++) expect(sizes.get(`agent ${place}`)).toBe(20 + place);
});
