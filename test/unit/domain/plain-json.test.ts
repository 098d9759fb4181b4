import { expect, it } from 'vitest';
import { JsonText } from '../../../src/domain/json/json-text.js';
import type { JsonValue } from '../../../src/domain/json/json-value.js';
import { isMarkedPlain, isPlain, markPlain, plainText } from '../../../src/domain/json/plain-json.js';

const nested = (depth: number): JsonValue =>
  depth === 0 ? ['end', 1] : { [`k${depth}`]: nested(depth - 1) };

it.each<[string, string]>([
  ['texts of every script', JSON.stringify(['', 'abc', 'é\u007f', '\u2028\u2029', '漢字 😀', 'a/b', "'"])],
  ['numbers, as they are printed', '[0, -0, 1.50, 1e400, 1e21, 123456789012345678901, true, false, null]'],
  ['keys in their order', '{"b": 1, "2": {"é": [], "": {}}, "1": "x", "__proto__": {"constructor": "y"}}'],
  ['what lies deep', JSON.stringify(nested(200))],
  ['spaces between', ' { "a" : [ 1 , "b" ] } '],
])('plain JSON is written as JSON.stringify writes its value: %s', (_what, json) => {
  expect(isPlain(json)).toBe(true);
  const value = JSON.parse(json) as JsonValue;
  const shown = plainText(value) as unknown as JsonText<JsonValue>;
  expect(shown.written).toBe(JSON.stringify(value));
  expect(JSON.stringify(shown)).toBe(JSON.stringify(value));
  for (const inner of Array.isArray(value) ? value : [])
    expect(JSON.stringify(plainText(inner))).toBe(JSON.stringify(inner));
});

it('JSON with an escape is not plain, whichever it is', () => {
  for (const text of ['"', '\\', '\n', '\u0000', '\u001f', '\ud83d', 'a\tb'])
    expect(isPlain(JSON.stringify([{ text }]))).toBe(false);
  expect(isPlain('"\\u0041"')).toBe(false);
});

it('what takes several steps is left as it is, but for texts', () => {
  const long = 'x'.repeat(100_000);
  const value = { long };
  expect(plainText(value)).toBe(value);
  const shown: unknown = plainText(long);
  expect(shown).toBeInstanceOf(JsonText);
  expect((shown as JsonText).written === `"${long}"`).toBe(true);
});

it('nobody else sees the mark, or takes it along', () => {
  const marked = markPlain([{ text: 'a' }]);
  expect(isMarkedPlain(marked)).toBe(true);
  expect(Reflect.ownKeys(marked)).toEqual(['0', 'length']);
  expect(marked).toStrictEqual([{ text: 'a' }]);
  for (const copy of [[...marked], marked.slice(), structuredClone(marked)])
    expect(isMarkedPlain(copy)).toBe(false);
});
