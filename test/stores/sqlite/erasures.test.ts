import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createErasures } from '../../../src/stores/sqlite/threads/erasures.js';

/** Each checkpoint takes 20 ms. */
function stage({ busy = false, answers = [] as (number | Error)[] } = {}) {
  const checkpoints: number[] = [];
  const emptyLog = () => {
    checkpoints.push(performance.now());
    vi.advanceTimersByTime(20);
    const answer = answers.shift() ?? 0;
    if (answer instanceof Error) throw answer;
    return answer === 0;
  };
  const failures: unknown[] = [];
  const erasures = createErasures({
    emptyLog,
    busy: () => busy,
    onFailure: (error) => failures.push(error),
  });
  const since = performance.now();
  return { erasures, failures, checkpoints: () => checkpoints.map((at) => Math.round(at - since)) };
}

describe('the write-ahead log, after something was erased', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('is emptied at once where nothing waits, each time', () => {
    const { erasures, checkpoints } = stage();
    erasures.erased();
    erasures.erased();
    expect(checkpoints()).toEqual([0, 20]);
  });

  it('is emptied in a tenth of the time while writes wait, and who asks is told when it is', () => {
    const { erasures, checkpoints } = stage({ busy: true });
    const done = vi.fn();
    for (let n = 0; n < 5; n++) erasures.erased();
    erasures.afterAll(done);
    expect(checkpoints()).toEqual([0]);
    expect(done).not.toHaveBeenCalled();
    vi.advanceTimersByTime(180);
    expect(checkpoints()).toEqual([0, 200]);
    expect(done).toHaveBeenCalledTimes(1);
  });

  it('is told of for as long as something that was erased lies in it', () => {
    const { erasures } = stage({ answers: [1, 1] });
    expect(erasures.waitsForMs()).toBe(0);
    erasures.erased();
    vi.advanceTimersByTime(50);
    expect(erasures.waitsForMs()).toBe(70);
    vi.advanceTimersByTime(1_000);
    expect(erasures.waitsForMs()).toBe(0);
  });

  it('is emptied before an end where that was put off, and not again', () => {
    const { erasures, checkpoints } = stage({ busy: true });
    erasures.end();
    expect(checkpoints()).toEqual([]);
    for (let n = 0; n < 2; n++) erasures.erased();
    const done = vi.fn();
    erasures.afterAll(done);
    erasures.end();
    expect(checkpoints()).toEqual([0, 20]);
    expect(done).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(10_000);
    expect(checkpoints()).toHaveLength(2);
  });

  it('is tried again where a reader holds it up, and where it fails, which is told once', () => {
    const failure = new Error('disk is full');
    const { erasures, checkpoints, failures } = stage({ answers: [1, failure, failure] });
    const done = vi.fn();
    erasures.erased();
    erasures.afterAll(done);
    vi.advanceTimersByTime(100);
    vi.advanceTimersByTime(1_000);
    expect(done).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(done).toHaveBeenCalledTimes(1);
    expect(failures).toEqual([failure]);
    expect(checkpoints()).toHaveLength(4);
  });
});
