import { expect, it } from 'vitest';
import { createFurtherSteps } from '../../../src/stores/sqlite/threads/further-steps.js';
import type { ThreadCall } from '../../../src/stores/sqlite/threads/thread-protocol.js';

const call = (id: number): ThreadCall => ({ id, method: 'eraseGrave', input: { session: id }, at: 0 });

function stage({ left = () => [] as ThreadCall[] } = {}) {
  const added: number[] = [];
  const timers: { ms: number; run: () => void; ended: boolean }[] = [];
  const steps = createFurtherSteps({
    add: ({ id }) => void added.push(id),
    left,
    after(ms, run) {
      const timer = { ms, run, ended: false };
      timers.push(timer);
      return () => {
        timer.ended = true;
      };
    },
  });
  return { steps, added, timers };
}

it('what a write has left goes on after a rest as long as its last step took, and a tenth of a second at most', () => {
  const { steps, added, timers } = stage();
  steps.later([call(1)], 7);
  steps.later([call(2), call(3)], 5_000);
  expect([added, timers.map(({ ms }) => ms)]).toEqual([[], [7, 100, 100]]);
  timers[1]?.run();
  expect(added).toEqual([2]);
  steps.release();
  expect([added, timers.map(({ ended }) => ended)]).toEqual([
    [2, 1, 3],
    [true, true, true],
  ]);
});

it('a step that has failed is made again from what the file knows, once nothing else of it goes on', () => {
  let isLocked = true;
  const left = () => {
    if (isLocked) throw new Error('locked');
    return [call(8), call(9)];
  };
  const { steps, added } = stage({ left });
  steps.again();
  steps.failed();
  steps.later([call(1)], 1);
  steps.again();
  expect(added).toEqual([]);
  steps.release();
  steps.again();
  expect(added).toEqual([1]);
  isLocked = false;
  steps.again();
  steps.again();
  expect(added).toEqual([1, 8, 9]);
});
