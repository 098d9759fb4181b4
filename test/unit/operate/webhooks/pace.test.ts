import { describe, expect, it } from 'vitest';
import { createPace } from '../../../../src/operate/webhooks/pace.js';

const LIMITS = {
  atOnce: 8,
  failing: 3,
  rest: { first: 1_000, most: 60_000, ofTimeSinceTaken: 1 / 8 },
  delay: { first: 5_000, most: 3_600_000 },
};
/** In the middle: no jitter. */
const paceOf = (random = 0.5) => createPace(LIMITS, () => random);

describe('the pace at which an endpoint is sent to', () => {
  it('is the full one while it takes something between failures', () => {
    const pace = paceOf();
    for (let times = 0; times < 5; times++) {
      pace.failed(0, null);
      pace.failed(0, null);
      expect(pace.allows(0)).toBe(8);
      expect(pace.taken(0)).toBe(false);
    }
  });

  it('is one request after ever longer rests while it takes nothing, and the full one at once when it does', () => {
    const pace = paceOf();
    for (let times = 0; times < 3; times++) pace.failed(0, null);
    expect([pace.allows(999), pace.allows(1_000)]).toEqual([0, 1]);
    pace.failed(1_000, null);
    expect(pace.restsUntil()).toBe(3_000);
    for (let times = 0; times < 10; times++) pace.failed(pace.restsUntil(), null);
    const last = pace.restsUntil();
    pace.failed(last, null);
    expect(pace.restsUntil()).toBe(last + 60_000);
    expect(pace.taken(last + 60_000)).toBe(true);
    expect(pace.allows(last + 60_000)).toBe(8);
  });

  it('rests no longer for many that were under way together than for those that show that it fails', () => {
    const pace = paceOf();
    for (let times = 0; times < 8; times++) pace.failed(0, null);
    expect(pace.restsUntil()).toBe(1_000);
    pace.failed(999, 5_000);
    expect(pace.restsUntil()).toBe(5_999);
    pace.failed(6_000, null);
    expect(pace.restsUntil()).toBe(8_000);
  });

  it('rests little where it has taken something lately, and as long as ever where that was long ago', () => {
    const pace = paceOf();
    pace.taken(0);
    for (let times = 0; times < 10; times++) pace.failed(times * 1_000, null);
    expect(pace.restsUntil()).toBe(10_125);
    pace.failed(16_000, null);
    expect(pace.restsUntil()).toBe(18_000);
    pace.failed(480_000, null);
    expect(pace.restsUntil()).toBe(540_000);
  });

  it('rests for as long as the receiver asks', () => {
    const pace = paceOf();
    pace.failed(0, 120_000);
    pace.failed(0, null);
    expect([pace.allows(119_999), pace.allows(120_000)]).toEqual([0, 8]);
  });

  it('lets an event wait twice as long after each attempt, up to an hour, and no two alike', () => {
    const delays = (random: number) =>
      [1, 2, 3, 10, 11, 60].map((attempts) => paceOf(random).delayAfter(attempts));
    expect(delays(0.5)).toEqual([5_000, 10_000, 20_000, 2_560_000, 3_600_000, 3_600_000]);
    expect(delays(0)[0]).toBe(3_750);
    expect(delays(1)[0]).toBe(6_250);
  });
});
