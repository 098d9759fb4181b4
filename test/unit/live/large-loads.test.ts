import { describe, expect, it } from 'vitest';
import { createLoadBatches } from '../../../src/domain/load-batches.js';

const MB = 1024 * 1024;

/** Loads things of so many bytes, each of its size, and notes how many are loaded in each command. */
function stage() {
  const commands: number[][] = [];
  const batches = createLoadBatches();
  const { load, ifSmall } = batches.of<number, string, string>(async (sizes, how, budget) => {
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (!budget.takeNow(bytes)) await budget.take(bytes);
    commands.push([...sizes]);
    return sizes.map((size) => `${how} ${size}`);
  }, 100);
  return { load, ifSmall, commands };
}

describe('loads that several ask for in one turn', () => {
  it('are one command where they are small together, and equal ones one load', async () => {
    const { load, commands } = stage();
    expect(await Promise.all([1, 2, 1].map((size) => load(size, 'a')))).toEqual(['a 1', 'a 2', 'a 1']);
    expect(commands).toEqual([[1, 2]]);
  });

  it('are commands of their own where different parts are asked for', async () => {
    const { load, commands } = stage();
    expect(await Promise.all([load(1, 'a'), load(1, 'b')])).toEqual(['a 1', 'b 1']);
    expect(commands).toEqual([[1], [1]]);
  });

  it('are loaded in halves where they are large together, and alone where one is large itself', async () => {
    const { load, commands } = stage();
    const sizes = [1, 3 * MB, 2, 5 * MB, 3, 4];
    const found = await Promise.all(sizes.map((size) => load(size, 'a')));
    expect(found).toEqual(sizes.map((size) => `a ${size}`));
    for (const command of commands.filter(({ length }) => length > 1)) {
      expect(command.reduce((sum, size) => sum + size)).toBeLessThan(MB);
    }
    expect(commands).toContainEqual([3 * MB]);
    expect(commands).toContainEqual([5 * MB]);
  });

  it('hand on what is large before the next is loaded', async () => {
    const { load, commands } = stage();
    const seen: number[] = [];
    await Promise.all(
      [3 * MB, 4 * MB, 5 * MB].map(async (size) => {
        await load(size, 'a');
        seen.push(commands.length);
      }),
    );
    expect(seen).toEqual([1, 2, 3]);
  });

  it('are left out where whoever asks may do without, and they are large', async () => {
    const { ifSmall, commands } = stage();
    expect(await Promise.all([1, 2].map((size) => ifSmall(size, 'a')))).toEqual(['a 1', 'a 2']);
    expect(await Promise.all([1, 2 * MB].map((size) => ifSmall(size, 'a')))).toEqual([undefined, undefined]);
    expect(commands).toEqual([[1, 2]]);
  });

  it('reject with what the load rejects with', async () => {
    const { load } = createLoadBatches().of<number, null, never>(() => Promise.reject(new Error('no')), 5);
    await expect(load(1, null)).rejects.toThrow('no');
  });
});
