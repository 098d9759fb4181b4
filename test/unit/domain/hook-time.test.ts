import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { timedHooks } from '../../../src/domain/access/hook-time.js';
import type { MetadataHook } from '../../../src/domain/access/hook-types.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const timed = (hook: MetadataHook): MetadataHook =>
  timedHooks({ metadata: [hook], feedback: [] }, 1_000).metadata[0] as MetadataHook;
const about = { sessionId: 's' };
const never = new Promise<never>(() => {});
const after = <T>(ms: number, value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), ms));
const LATE = { code: 'TIMEOUT', message: expect.stringContaining('within 1 s') };

it('a hook that answers at once is not timed', () => {
  expect(timed((next) => next())(() => 5, 'get', about)).toBe(5);
});

it('a hook that never answers is given up', async () => {
  const given = expect(timed(() => never)(() => 5, 'get', about)).rejects.toMatchObject(LATE);
  await vi.advanceTimersByTimeAsync(1_000);
  await given;
});

it('what a hook waits for inside of it is not its own time', async () => {
  const hook = timed(async (next) => {
    await after(900, null);
    const found = await next();
    await after(900, null);
    return found;
  });
  const given = hook(() => after(60_000, 'found'), 'get', about);
  await vi.advanceTimersByTimeAsync(62_000);
  expect(await given).toBe('found');
});

it('one that comes too late writes nothing of what was refused', async () => {
  const written = vi.fn();
  const late = vi.fn();
  const hook = timed(async (next) => {
    await after(1_500, null);
    try {
      await next();
    } catch (error) {
      late(error);
    }
  });
  const given = expect(hook(written, 'update', about)).rejects.toMatchObject(LATE);
  await vi.advanceTimersByTimeAsync(2_000);
  await given;
  expect(written).not.toHaveBeenCalled();
  expect(late).toHaveBeenCalledWith(expect.objectContaining(LATE));
});

it('what a hook throws or rejects with is told as it is', async () => {
  const thrown = new Error('no');
  expect(() =>
    timed(() => {
      throw thrown;
    })(() => 5, 'get', about),
  ).toThrow(thrown);
  await expect(timed(async () => Promise.reject(thrown))(() => 5, 'get', about)).rejects.toBe(thrown);
  await expect(timed(async (next) => next())(() => Promise.reject(thrown), 'get', about)).rejects.toBe(
    thrown,
  );
});
