import { expect, it } from 'vitest';
import { createLargeBodies } from '../../../src/transport/bounds/large-bodies.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('of one caller four are answered at once, and of others as many beside them', async () => {
  const bodies = createLargeBodies();
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const answer = (name: string) => () => {
    started.push(name);
    return new Promise<string>((resolve) => ends.push(() => resolve(name)));
  };
  const all = [1, 2, 3, 4, 5].map((n) => bodies.run('a', answer(`a${n}`)));
  all.push(bodies.run('b', answer('b')));
  await settled();
  expect(started).toEqual(['a1', 'a2', 'a3', 'a4', 'b']);
  ends[0]?.();
  expect(await all[0]).toBe('a1');
  await settled();
  expect(started.at(-1)).toBe('a5');
});

it('one that fails makes room for the next', async () => {
  const bodies = createLargeBodies();
  await expect(bodies.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await bodies.run('a', async () => 'yes')).toBe('yes');
});
