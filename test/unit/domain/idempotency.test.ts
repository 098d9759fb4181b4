import { expect, it } from 'vitest';
import { canonicalJson } from '../../../src/domain/sessions/idempotency.js';

it.each([
  [{ b: 1, a: [{ d: null, c: undefined }] }, '{"a":[{"d":null}],"b":1}'],
  [{ 10: 'ten', 9: 'nine', a: 0, '01': 1 }, '{"9":"nine","10":"ten","01":1,"a":0}'],
  [
    { z: new Date(0), y: [undefined, new Date(0)] },
    '{"y":[null,"1970-01-01T00:00:00.000Z"],"z":"1970-01-01T00:00:00.000Z"}',
  ],
  [JSON.parse('{"b":{"__proto__":{"y":1,"x":2}},"a":2}'), '{"a":2,"b":{"__proto__":{"x":2,"y":1}}}'],
  [['b', 'a'], '["b","a"]'],
  ['text', '"text"'],
  [null, 'null'],
])('JSON has its keys in order, numbers first, at every depth', (value, json) => {
  expect(canonicalJson(value)).toBe(json);
  // What it was given is as it was.
  expect(canonicalJson(value)).toBe(json);
});
