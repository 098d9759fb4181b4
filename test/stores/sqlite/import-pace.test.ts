import { expect, it } from 'vitest';
import { createImportPace } from '../../../src/stores/sqlite/threads/import-pace.js';
import type { ThreadCall } from '../../../src/stores/sqlite/threads/thread-protocol.js';

const call = (id: number): ThreadCall => ({ id, method: 'writeTransfer', input: { parts: [] }, at: 0 });

function stage() {
  const added: [id: number, most: unknown][] = [];
  const timers: { ms: number; run: () => void; ended: boolean }[] = [];
  const time = { version: 1, now: 0 };
  const pace = createImportPace({
    add: ({ id, input }) => void added.push([id, (input as { most?: number }).most]),
    version: () => time.version,
    now: () => time.now,
    after(ms, run) {
      const timer = { ms, run, ended: false };
      timers.push(timer);
      return () => {
        timer.ended = true;
      };
    },
  });
  return { pace, added, timers, time };
}

it('where nobody else writes, calls of an import follow each other at once, each in one transaction', () => {
  const { pace, added, timers } = stage();
  pace.take(call(1));
  pace.take(call(2));
  expect(added).toEqual([[1, undefined]]);
  pace.ended(15);
  pace.ended(15);
  pace.take(call(3));
  expect([added.map(([id]) => id), timers]).toEqual([[1, 2, 3], []]);
});

it('beside another process that writes, its transactions are short, and each call rests as long as the last of them took', () => {
  const { pace, added, timers, time } = stage();
  pace.take(call(1));
  time.version++;
  pace.take(call(2));
  pace.ended(7);
  pace.take(call(3));
  expect([added.length, timers.map(({ ms }) => ms)]).toEqual([1, [7]]);
  timers[0]?.run();
  expect(added[1]).toEqual([2, 256 * 1024]);
  pace.ended(5_000);
  expect(timers[1]?.ms).toBe(100);
  // The other has gone.
  time.now = 10_000;
  timers[1]?.run();
  expect(added[2]).toEqual([3, undefined]);
});

it('nothing of an import is left behind as the store closes, nor does it rest', () => {
  const { pace, added, timers, time } = stage();
  for (const id of [1, 2, 3]) pace.take(call(id));
  time.version++;
  pace.ended(7);
  pace.release();
  expect([added.map(([id]) => id), timers.map(({ ended }) => ended)]).toEqual([[1, 2], [true]]);
  pace.ended(7);
  expect(added.map(([id]) => id)).toEqual([1, 2, 3]);
});
