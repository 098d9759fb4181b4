import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSilenceWatch } from '../../src/client/silence.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function stage() {
  const watch = createSilenceWatch(20);
  const end = vi.fn();
  return { watch, end, wait: () => watch.expect(end) };
}

describe('a line that is asked for an answer', () => {
  it('is ended where nothing comes, once', async () => {
    const { end, wait } = stage();
    wait();
    await vi.advanceTimersByTimeAsync(19);
    expect(end).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
    expect(end).toHaveBeenCalledOnce();
  });

  it('is left alone once it has answered', async () => {
    const { watch, end, wait } = stage();
    wait();
    watch.heard(true);
    await vi.advanceTimersByTimeAsync(100);
    expect(end).not.toHaveBeenCalled();
  });

  it('may be busy with what comes before the answer, and is ended where that stops', async () => {
    const { watch, end, wait } = stage();
    wait();
    for (let times = 0; times < 5; times++) {
      await vi.advanceTimersByTimeAsync(15);
      watch.heard(false);
    }
    await vi.advanceTimersByTimeAsync(15);
    expect(end).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(50);
    expect(end).toHaveBeenCalledOnce();
  });

  it('is not ended for what has come while the process was stopped', async () => {
    const { watch, end, wait } = stage();
    wait();
    // Its timer is due before anything is read.
    vi.advanceTimersToNextTimer();
    watch.heard(true);
    await vi.advanceTimersByTimeAsync(100);
    expect(end).not.toHaveBeenCalled();
  });

  it('is not ended once it is closed', async () => {
    const { watch, end, wait } = stage();
    wait();
    vi.advanceTimersToNextTimer();
    watch.stop();
    await vi.advanceTimersByTimeAsync(100);
    expect(end).not.toHaveBeenCalled();
  });
});
