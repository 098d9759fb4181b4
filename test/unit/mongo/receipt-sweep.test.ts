import { describe, expect, it } from 'vitest';
import type { Sessions } from '../../../src/stores/mongo/driver/collection.js';
import { createReceiptSweep } from '../../../src/stores/mongo/writes/receipt-sweep.js';

const start = Date.UTC(2026, 0, 1);
const minute = (minutes: number) => new Date(start + minutes * 60_000);

function sweepOf(receipts: object) {
  let looks = 0;
  const findOne = async () => {
    looks += 1;
    return { _id: 's', parley_receipts: receipts };
  };
  const sweep = createReceiptSweep({ findOne } as unknown as Sessions);
  return { sweep, looks: () => looks };
}

describe('the sweep of receipts', () => {
  it('looks once an hour', async () => {
    const { sweep, looks } = sweepOf({ old: { body: 'x', at: minute(-1500) } });
    expect(await sweep.expired('s', minute(0))).toEqual(['parley_receipts.old']);
    for (const after of [1, 30, 59]) expect(await sweep.expired('s', minute(after))).toEqual([]);
    expect(looks()).toBe(1);
    expect(await sweep.expired('s', minute(60))).toEqual(['parley_receipts.old']);
  });

  it('looks once in a thousand writes, so that no number of them outgrows the bound for long', async () => {
    const { sweep, looks } = sweepOf({});
    sweep.fresh('s', minute(0));
    for (let write = 1; write <= 3_500; write++) {
      await sweep.expired('s', minute(0));
      expect(looks()).toBe(Math.floor(write / 1_000));
    }
  });

  it('looks again at the next write where there is more than one write takes along', async () => {
    const old = Array.from({ length: 2_500 }, (_, index) => [`r${index}`, { body: 'x', at: minute(-2_000) }]);
    const { sweep, looks } = sweepOf(Object.fromEntries(old));
    expect(await sweep.expired('s', minute(0))).toHaveLength(2_000);
    expect(await sweep.expired('s', minute(0))).toHaveLength(2_000);
    expect(looks()).toBe(2);
  });
});
