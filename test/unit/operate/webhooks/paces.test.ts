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
/** Each time that it is tried. The time of the last. */
function failingOn(paces: ReturnType<typeof pacesOf>, caller: string, from: number, times: number): number {
  let now = from;
  for (let time = 0; time < times; time++) {
    now = paces.callerRestsUntil(now) ?? now;
    paces.failed(caller, now, null);
  }
  return now;
}

describe('the paces at which the events of callers are sent', () => {
  it('are that of the endpoint where nothing of anybody is taken', () => {
    const paces = pacesOf();
    failing(paces, 'a', 0);
    failing(paces, 'b', 0);
    expect(paces.allows(0)).toBe(0);
    expect(paces.restsUntil()).toBe(1_000);
    expect([paces.isRefused('a'), paces.isRefused('b')]).toEqual([false, false]);
  });

  it('are slower for one whose events fail while those of others are taken, and for no other', () => {
    const paces = pacesOf();
    failing(paces, 'a', 0);
    paces.taken('b', 1);
    const last = failingOn(paces, 'a', 2, 10);
    expect(paces.allows(last)).toBe(8);
    expect(paces.mayStart('b', { own: 7, others: 0 }, last)).toBe(true);
    expect(paces.mayStart('a', { own: 0, others: 0 }, last + 1)).toBe(false);
    const again = last + 60_000;
    expect(paces.callerRestsUntil(last + 1)).toBe(again);
    expect([
      paces.mayStart('a', { own: 0, others: 0 }, again),
      paces.mayStart('a', { own: 1, others: 0 }, again),
    ]).toEqual([true, false]);
    expect(paces.isRefused('a')).toBe(true);
    paces.taken('a', again + 1);
    expect([paces.isRefused('a'), paces.isFailing('a')]).toEqual([false, false]);
    // Who says some things that are taken does not slow others down with the rest.
    failing(paces, 'a', again + 2);
    expect([paces.allows(again + 3), paces.isRefused('a')]).toEqual([8, true]);
    paces.taken('a', 900_000);
    failing(paces, 'a', 900_001);
    expect([paces.allows(900_002), paces.isRefused('a')]).toEqual([0, false]);
  });

  it('leave half of the requests to others for five minutes after something has failed', () => {
    const paces = pacesOf();
    paces.failed('a', 0, null);
    expect([
      paces.mayStart('a', { own: 3, others: 0 }, 1),
      paces.mayStart('a', { own: 4, others: 0 }, 1),
      paces.mayStart('a', { own: 4, others: 0 }, 300_000),
    ]).toEqual([true, false, true]);
  });

  it('leave half of the requests to others who were there in the last five minutes, of what they leave themselves', () => {
    const paces = pacesOf();
    const most = (caller: string, others: number, now: number) =>
      [1, 2, 3, 4, 5, 6, 7, 8].findLast((own) => paces.mayStart(caller, { own: own - 1, others }, now));
    paces.started('a', 0, 0);
    expect([most('a', 0, 1), most('b', 0, 1), most('b', 4, 1), most('b', 6, 1), most('b', 8, 1)]).toEqual([
      8, 4, 2, 1, 1,
    ]);
    paces.started('b', 0, 2);
    expect([most('a', 0, 3), most('a', 1, 3)]).toEqual([4, 4]);
    paces.started('a', 0, 200_000);
    expect([most('a', 0, 300_001), most('a', 0, 300_002)]).toEqual([4, 8]);
  });

  it('leave half to whoever may have been there before a process began', () => {
    const paces = createPaces(LIMITS, () => 0.5, 1_000);
    const may = (now: number) => paces.mayStart('a', { own: 4, others: 0 }, now);
    expect([may(1_001), may(300_999), may(301_000)]).toEqual([false, false, true]);
  });

  it('try soon what has failed before the endpoint was seen: then it is known why', () => {
    const paces = pacesOf();
    const last = failingOn(paces, 'a', 0, 8);
    expect([paces.hasFailedSince(last), paces.hasFailedSince(last - 1)]).toEqual([false, true]);
    expect(paces.callerRestsUntil(last)).toBe(last + 32_000);
    paces.seen(last + 10);
    expect(paces.callerRestsUntil(last + 11)).toBe(last + 1_010);
    paces.failed('a', last + 1_010, null);
    expect(paces.isRefused('a')).toBe(true);
    const rests = paces.callerRestsUntil(last + 1_012);
    paces.seen(last + 1_020);
    expect(paces.callerRestsUntil(last + 1_021)).toBe(rests);
  });

  it('know of whom nothing is taken for a second while something is under way', () => {
    const paces = pacesOf();
    expect(paces.isStalled('a', 0)).toBe(false);
    paces.started('a', 0, 0);
    paces.started('a', 1, 900);
    expect([paces.isStalled('a', 999), paces.isStalled('a', 1_000)]).toEqual([false, true]);
    paces.taken('a', 1_500);
    expect([paces.isStalled('a', 2_499), paces.isStalled('a', 2_500)]).toEqual([false, true]);
    paces.started('a', 0, 3_000);
    expect(paces.isStalled('a', 3_999)).toBe(false);
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
