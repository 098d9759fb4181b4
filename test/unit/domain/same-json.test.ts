import { expect, it } from 'vitest';
import { isSameJson } from '../../../src/domain/json/same-json.js';
import { canonicalJson } from '../../../src/domain/sessions/idempotency.js';

const VALUES: unknown[] = [
  null,
  true,
  0,
  1.5,
  '',
  'a',
  [],
  {},
  [null],
  [[1], { a: 1, b: [2, { c: 3 }] }],
  [[1], { b: [2, { c: 3 }], a: 1 }],
  [[1], { b: [2, { c: 4 }], a: 1 }],
  { a: 1 },
  { a: 1, b: undefined },
  { b: 1 },
  { 0: 'a' },
  ['a'],
  { length: 1, 0: 'a' },
  JSON.parse('{"__proto__":{"a":1}}'),
  new Date(0),
  new Date(0).toISOString(),
];

it('two values are the same JSON where their canonical texts are equal', () => {
  const given = VALUES.filter(
    (value) => !(value && typeof value === 'object' && 'b' in value && value.b === undefined),
  );
  for (const one of given)
    for (const other of given)
      expect(isSameJson(one, other), `${canonicalJson(one)} ${canonicalJson(other)}`).toBe(
        canonicalJson(one) === canonicalJson(other),
      );
});
