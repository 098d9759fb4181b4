import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBeat } from '../../../src/transport/beat.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const counting = () => {
  const one = { beats: 0, beat: () => void one.beats++ };
  return one;
};

describe('a beat', () => {
  it('calls each once in its time, whenever it has come, and nobody who has left', () => {
    const beat = createBeat(24_000);
    const [first, second] = [counting(), counting()];
    beat.join(first);
    vi.advanceTimersByTime(12_000);
    beat.join(second);
    vi.advanceTimersByTime(11_000);
    expect([first.beats, second.beats]).toEqual([0, 0]);
    vi.advanceTimersByTime(1_000);
    expect([first.beats, second.beats]).toEqual([1, 0]);
    vi.advanceTimersByTime(12_000);
    expect([first.beats, second.beats]).toEqual([1, 1]);
    beat.leave(first);
    vi.advanceTimersByTime(48_000);
    expect([first.beats, second.beats]).toEqual([1, 3]);
  });

  it('has a timer while there is someone to call, and never one for 0 ms', () => {
    const beat = createBeat(24_000);
    const one = counting();
    beat.join(one);
    expect(vi.getTimerCount()).toBe(1);
    beat.leave(one);
    beat.leave(one);
    expect(vi.getTimerCount()).toBe(0);
    beat.join(one);
    expect(vi.getTimerCount()).toBe(1);
    beat.leave(one);

    const never = createBeat(0);
    never.join(one);
    expect(vi.getTimerCount()).toBe(0);
    never.leave(one);
  });
});
