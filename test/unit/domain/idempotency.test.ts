import { expect, it } from 'vitest';
import { canonicalJson, receiptInSlices, receiptOf } from '../../../src/domain/sessions/idempotency.js';

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

const long = 'x'.repeat(100_000);
const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`key ${(n * 7_919) % 20_000}`, n]));

it.each<[string, unknown]>([
  ['many members', { b: wide, a: undefined, ...wide }],
  ['members with numbers for names', { a: long, 10: [wide], 9: { 2: long, 1: 'one' } }],
  [
    'a list of what is undefined, and dates',
    { z: [undefined, long, new Date(0), { y: 1, x: undefined }], d: new Date(0) },
  ],
  ['a name like any other', JSON.parse(`{"b":"${long}","__proto__":{"y":"${long}","x":2},"a":2}`)],
  ['numbers without end', [Array.from({ length: 50_000 }, (_, n) => n)]],
  ['pairs of surrogates', { b: '😀'.repeat(50_000), a: `a${'😀'.repeat(50_000)}` }],
])('the receipt of a long body is made in slices, and is the same: %s', async (_what, body) => {
  const made = receiptInSlices('createSession', 'key', body);
  expect(made).toBeInstanceOf(Promise);
  expect(await made).toEqual(receiptOf('createSession', 'key', body));
});

it('the receipt of a short body is there at once', () => {
  const body = { b: 1, a: [{ d: null }] };
  expect(receiptInSlices('createSession', 'key', body)).toEqual(receiptOf('createSession', 'key', body));
});
