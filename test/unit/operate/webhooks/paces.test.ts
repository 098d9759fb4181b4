import { describe, expect, it } from 'vitest';
import { createPaces } from '../../../../src/operate/webhooks/paces.js';

const LIMITS = {
  atOnce: 8,
  failing: 3,
  rest: { first: 1_000, most: 60_000, ofTimeSinceTaken: 1 / 8 },
  delay: { first: 5_000, most: 3_600_000 },
};
/** In the middle: no jitter. */
const pacesOf = () => createPaces(LIMITS, () => 0.5);
const failing = (paces: ReturnType<typeof pacesOf>, caller: string, now: number, times = 3) => {
  for (let time = 0; time < times; time++) paces.failed(caller, now, null);
};

describe('the paces at which the events of callers are sent', () => {
  it('are that of the endpoint where nothing of anybody is taken', () => {
    const paces = pacesOf();
    failing(paces, 'a', 0);
    failing(paces, 'b', 0);
    expect(paces.allows(0)).toBe(0);
    expect(paces.restsUntil()).toBe(8_000);
    expect([paces.isRefused('a'), paces.isRefused('b')]).toEqual([false, false]);
  });

  it('are slower for one whose events fail while those of others are taken, and for no other', () => {
    const paces = pacesOf();
    failing(paces, 'a', 0);
    paces.taken('b', 1);
    failing(paces, 'a', 2, 20);
    expect(paces.allows(3)).toBe(8);
    expect(paces.mayStart('b', 7, 3)).toBe(true);
    expect(paces.mayStart('a', 0, 3)).toBe(false);
    expect(paces.callerRestsUntil(3)).toBe(60_002);
    expect([paces.mayStart('a', 0, 60_002), paces.mayStart('a', 1, 60_002)]).toEqual([true, false]);
    expect(paces.isRefused('a')).toBe(true);
    paces.taken('a', 60_003);
    expect([paces.isRefused('a'), paces.isFailing('a')]).toEqual([false, false]);
    // Who says some things that are taken does not slow others down with the rest.
    failing(paces, 'a', 60_004);
    expect([paces.allows(60_005), paces.isRefused('a')]).toEqual([8, true]);
    paces.taken('a', 400_000);
    failing(paces, 'a', 400_001);
    expect([paces.allows(400_002), paces.isRefused('a')]).toEqual([0, false]);
  });

  it('leave half of the requests to others for five minutes after something has failed', () => {
    const paces = pacesOf();
    paces.failed('a', 0, null);
    expect([paces.mayStart('a', 3, 1), paces.mayStart('a', 4, 1), paces.mayStart('a', 4, 300_000)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('tell what is refused from what is down by an answer to what no caller has said', () => {
    const paces = pacesOf();
    failing(paces, 'a', 0);
    paces.seen(10);
    expect([paces.allows(10), paces.isRefused('a')]).toEqual([8, false]);
    paces.failed('a', 11, null);
    expect([paces.allows(11), paces.isRefused('a')]).toEqual([8, true]);
  });

  it('rest for as long as the receiver asks, whoever has said what it does not take', () => {
    const paces = pacesOf();
    failing(paces, 'a', 0);
    paces.taken('b', 1);
    paces.failed('a', 2, 120_000);
    expect([paces.allows(119_999), paces.allows(120_002)]).toEqual([0, 8]);
  });
});
