import { describe, expect, it } from 'vitest';
import { createRests } from '../../../src/domain/fairness/rests.js';
import { madeBy } from '../../../src/domain/fairness/shares.js';

function stage({ others = false } = {}) {
  let clock = 1_000;
  const pass = (ms: number) => {
    clock += ms;
  };
  return { ...createRests(() => clock, { hasOthers: () => others }), pass };
}

describe('the rests of callers', () => {
  it('last as long as they were given', () => {
    const { rest, rests, until, pass } = stage();
    expect(rests('a')).toBe(false);
    rest('a', 10);
    expect([rests('a'), rests('b'), until('a')]).toEqual([true, false, 1_010]);
    pass(9);
    expect(rests('a')).toBe(true);
    pass(1);
    expect(rests('a')).toBe(false);
  });

  it('take the place of those before, and 0 ends one', () => {
    const { rest, rests, until } = stage();
    rest('a', 10);
    rest('a', 5);
    expect(until('a')).toBe(1_005);
    rest('a', 0);
    expect(rests('a')).toBe(false);
  });

  it('are forgotten when they have ended, also of a caller that does not come back', () => {
    const { rest, until, pass } = stage();
    rest('gone', 10);
    rest('still', 100);
    pass(10);
    rest('a', 10);
    expect([until('gone'), until('still')]).toEqual([0, 1_100]);
  });

  it('of a session token are those of its maker and all of its tokens, while there is anyone else', () => {
    const [one, other] = [madeBy('t1', 'key k'), madeBy('t2', 'key k')];
    const among = stage({ others: true });
    among.rest(one, 10);
    expect([one, other, 'key k', 'key l'].map(among.rests)).toEqual([true, true, true, false]);
    const alone = stage();
    alone.rest(one, 10);
    expect([one, other, 'key k'].map(alone.rests)).toEqual([true, false, false]);
  });
});
