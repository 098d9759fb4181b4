import { expect, it } from 'vitest';
import { createRisingIds } from '../../../src/stores/mongo/rising-ids.js';

const START = Date.UTC(2026, 0, 5, 10);
const sorted = (ids: string[]) => [...ids].sort();

it('ids of two processes sort by the ms in which they were made, and name its second', () => {
  const makers = [createRisingIds(), createRisingIds()];
  const ids = Array.from({ length: 2_000 }, (_, n) => makers[n % 7 === 0 ? 0 : 1]?.(START + n + 1));
  const texts = ids.map((id) => id?.toHexString() ?? '');
  expect(texts).toEqual(sorted(texts));
  expect(ids.at(-1)?.getTimestamp()).toEqual(new Date(START + 2_000));
});

it('those of one process rise within a ms, however many they are, and when the clock is set back', () => {
  const make = createRisingIds();
  const texts = Array.from({ length: 70_000 }, () => make(START).toHexString());
  texts.push(make(START - 60_000).toHexString());
  expect(texts).toEqual(sorted(texts));
  expect(new Set(texts).size).toBe(texts.length);
});
