import { describe, expect, it } from 'vitest';
import { expiredReceipts } from '../../../src/stores/mongo/documents/receipt-document.js';
import type { Sessions } from '../../../src/stores/mongo/driver/collection.js';
import { createReceiptSweep } from '../../../src/stores/mongo/writes/receipt-sweep.js';

const start = Date.UTC(2026, 0, 1);
const minute = (minutes: number) => new Date(start + minutes * 60_000);

/** `now`: the database's time. */
function sweepOf(receipts: object, now = minute(100_000)) {
  let looks = 0;
  const toArray = async () => {
    looks += 1;
    return [{ _id: 's', receipts, now }];
  };
  const sweep = createReceiptSweep({ aggregate: () => ({ toArray }) } as unknown as Sessions);
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

  it('lets go of nothing that is too old by a clock alone that runs ahead of the database', async () => {
    const receipts = { fresh: { body: 'x', at: minute(0) }, old: { body: 'x', at: minute(-1500) } };
    const { sweep } = sweepOf(receipts, minute(1));
    expect(await sweep.expired('s', minute(2_000))).toEqual(['parley_receipts.old']);
  });

  it('looks once in a thousand writes, so that no number of them outgrows the bound for long', async () => {
    const { sweep, looks } = sweepOf({});
    sweep.fresh('s', minute(0));
    for (let write = 1; write <= 3_500; write++) {
      await sweep.expired('s', minute(0));
      expect(looks()).toBe(Math.floor(write / 1_000));
    }
  });

  it('takes none of an append for those of other writes, while these are more than half, and the other way round', () => {
    const some = (count: number, name: string, value: object) =>
      Array.from({ length: count }, (_, index) => [`${name}${index}`, { ...value, at: minute(index / 100) }]);
    const left = (feedback: number, appends: number) => {
      const receipts = Object.fromEntries([
        ...some(feedback, 'feedback', { body: 'x' }),
        ...some(appends, 'append', { from: 0, count: 1 }),
      ]);
      const gone = new Set(expiredReceipts(receipts, minute(60), 1_000));
      const kept = Object.keys(receipts).filter((key) => !gone.has(`parley_receipts.${key}`));
      const ofFeedback = kept.filter((key) => key.startsWith('feedback'));
      // The newest of each stay.
      expect(kept).toContain(`append${appends - 1}`);
      expect(kept).toContain(`feedback${feedback - 1}`);
      return [ofFeedback.length, kept.length - ofFeedback.length];
    };
    expect(left(500, 500)).toEqual([500, 500]);
    expect(left(3_000, 10)).toEqual([990, 10]);
    expect(left(10, 3_000)).toEqual([10, 990]);
    expect(left(3_000, 600)).toEqual([500, 500]);
  });

  it('looks again at the next write where there is more than one write takes along', async () => {
    const old = Array.from({ length: 2_500 }, (_, index) => [`r${index}`, { body: 'x', at: minute(-2_000) }]);
    const { sweep, looks } = sweepOf(Object.fromEntries(old));
    expect(await sweep.expired('s', minute(0))).toHaveLength(2_000);
    expect(await sweep.expired('s', minute(0))).toHaveLength(2_000);
    expect(looks()).toBe(2);
  });
});
