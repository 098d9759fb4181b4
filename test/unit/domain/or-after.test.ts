import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { orAfter } from '../../../src/domain/async/pause.js';

const LONG = 600_000;
const never = new Promise<string>(() => {});
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

it('leaves neither a timer nor a listener behind once what was waited for is there', async () => {
  const { signal } = new AbortController();
  const before = timers();
  const late = () => expect.unreachable('it was not late') as string;
  expect(await orAfter(Promise.resolve('there'), LONG, signal, late)).toBe('there');
  await expect(orAfter(Promise.reject(new Error('failed')), LONG, signal, late)).rejects.toThrow('failed');
  expect(timers()).toBe(before);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('gives something else where that takes too long, or is waited for no more', async () => {
  const controller = new AbortController();
  expect(await orAfter(never, 1, controller.signal, () => 'late')).toBe('late');
  const waiting = orAfter(never, LONG, controller.signal, () => 'ended');
  controller.abort();
  expect(await waiting).toBe('ended');
  expect(await orAfter(never, LONG, controller.signal, () => 'over')).toBe('over');
});
