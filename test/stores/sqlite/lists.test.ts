import { expect, it } from 'vitest';
import { createLists } from '../../../src/stores/sqlite/reads/metadata-function.js';

it('of the lists that filters ask for so many characters are kept, those of one statement among them', () => {
  const listOf = createLists(30);
  const [one, other] = [listOf('["a","b"]'), listOf('["c",1,{"y":1,"x":2}]')];
  expect([[...one], [...other]]).toEqual([
    ['"a"', '"b"'],
    ['"c"', '1', '{"x":2,"y":1}'],
  ]);
  expect([listOf('["a","b"]'), listOf('["c",1,{"y":1,"x":2}]')]).toEqual([one, other]);
  expect(listOf('["a","b"]')).toBe(one);
  listOf('["another"]');
  expect(listOf('["a","b"]')).not.toBe(one);
});
