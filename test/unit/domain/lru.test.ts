import { describe, expect, it } from 'vitest';
import { createLru } from '../../../src/domain/lru.js';

describe('the entries that were used last', () => {
  it('makes room by dropping the one that was unused for longest', () => {
    const lru = createLru<string, number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    lru.get('a');
    lru.set('c', 3);
    expect(['a', 'b', 'c'].map((key) => lru.get(key))).toEqual([1, undefined, 3]);
  });

  it('drops as many as are too heavy together, and knows what those weigh that are left', () => {
    const lru = createLru<string, number>(10, 100);
    for (const key of ['a', 'b', 'c']) lru.set(key, 0, 30);
    lru.set('d', 0, 60);
    expect(['a', 'b', 'c', 'd'].map((key) => lru.get(key))).toEqual([undefined, undefined, 0, 0]);
    expect(lru.weight).toBe(90);
  });

  it('takes an entry that weighs more by now at its new weight, and one that is deleted at none', () => {
    const lru = createLru<string, number>(10, 100);
    lru.set('a', 0, 40);
    lru.set('b', 0, 40);
    lru.set('b', 0, 50);
    expect(lru.weight).toBe(90);
    lru.set('b', 0, 70);
    expect(['a', 'b'].map((key) => lru.get(key))).toEqual([undefined, 0]);
    lru.delete('b');
    expect(lru.weight).toBe(0);
  });

  it('keeps nothing that is too heavy by itself', () => {
    const lru = createLru<string, number>(10, 100);
    lru.set('a', 0, 40);
    lru.set('b', 0, 101);
    expect(['a', 'b'].map((key) => lru.get(key))).toEqual([undefined, undefined]);
    expect(lru.weight).toBe(0);
  });
});
