import { expect, it } from 'vitest';
import { atOnce } from '../../../src/domain/async/in-slices.js';
import { isCertainlyLonger } from '../../../src/domain/json/json-size.js';
import { jsonWeight, weightSteps } from '../../../src/domain/json/json-weight.js';

const weightOf = (value: unknown) => jsonWeight(JSON.stringify(value));

it('a text weighs nothing beside its bytes, whatever stands in it', () => {
  expect(weightOf('{"a": [1, 2]}, \\"'.repeat(100))).toBe(0);
  expect(jsonWeight('"\\\\" , "\\""')).toBe(8);
});

it('lists, objects and what is in them weigh what they take when they are parsed', () => {
  expect([weightOf([]), weightOf({}), weightOf([1, 2, 3]), weightOf({ a: 1 }), weightOf([{}, {}])]).toEqual([
    48, 56, 64, 64, 168,
  ]);
});

it('the members of a very wide object weigh more', () => {
  const wide = (members: number) =>
    weightOf(Object.fromEntries(Array.from({ length: members }, (_, n) => [`k${n}`, n])));
  const [some, many] = [wide(1_000), wide(2_000)];
  expect(some).toBeLessThan(17_000);
  expect(many).toBeGreaterThan(300_000);
  // Each for itself, and not those of several together.
  expect(weightOf(Array.from({ length: 2_000 }, (_, n) => ({ n })))).toBeLessThan(200_000);
});

it('of a column that holds JSON in its texts what stands in these counts too', () => {
  const feedback = JSON.stringify([['up', null, JSON.stringify({ lists: [[], []] }), 1]]);
  expect(jsonWeight(feedback, { inTexts: true }) - jsonWeight(feedback)).toBe(56 + 8 + 3 * 48 + 8);
});

it('UTF-8 weighs what its text does', () => {
  const json = JSON.stringify([{ 'näme "€"': ['\\', { a: '😀' }] }, 'x'.repeat(1_000), '"'.repeat(100), []]);
  expect(jsonWeight(Buffer.from(json))).toBe(jsonWeight(json));
});

it('it stops soon above a limit', () => {
  expect(jsonWeight('['.repeat(1_000_000), { limit: 1_000 })).toBeLessThan(1_100);
});

it('a text of nothing but escapes, or without an end, weighs nothing, in steps or at once', () => {
  for (const [json, weight] of [
    [`["${'\\"'.repeat(200_000)}",1]`, 56],
    [`["${'\\\\'.repeat(200_000)}",1]`, 56],
    [`["${'\\"'.repeat(200_000)}`, 48],
    [`["${'\\\\\\"'.repeat(100_001)},1`, 48],
    [`["${'a'.repeat(400_000)},1`, 48],
  ] as const) {
    for (const source of [json, Buffer.from(json)]) {
      expect(jsonWeight(source)).toBe(weight);
      expect(atOnce(weightSteps(source))).toBe(weight);
    }
  }
});

it('what is certainly longer is told so, and what is not is not', () => {
  const digits = Array.from({ length: 5_000 }, () => 1);
  expect(JSON.stringify(digits).length).toBeLessThan(10_002);
  expect(isCertainlyLonger(digits, 10_001)).toBe(false);
  expect(isCertainlyLonger({ a: 'x'.repeat(50_000) }, 10_000)).toBe(true);
});
