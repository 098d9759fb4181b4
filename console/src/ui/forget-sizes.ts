interface Sizes {
  itemSizeCache: Map<unknown, number>;
}

/** Some may be out of the list for a while only. */
const SLACK = 500;

/** A virtual list keeps the size of whatever it has drawn: of what has long left a list that goes on for ever, it is forgotten. */
export function forgetSizes(
  { itemSizeCache }: Sizes,
  count: number,
  getItemKey: (index: number) => string,
): void {
  if (itemSizeCache.size <= 2 * count + SLACK) return;
  const there = new Set<unknown>(Array.from({ length: count }, (_, index) => getItemKey(index)));
  for (const key of itemSizeCache.keys()) if (!there.has(key)) itemSizeCache.delete(key);
}
