import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { subscriptionKey } from '../../../src/graphql/subscriptions/subscription-key.js';

const document = parse(
  'subscription ($v: JSON, $after: String) { sessionActivity(filter: { metadata: [{ path: "a", eq: $v }] }, after: $after) { __typename } }',
);
const keyOf = (variables: Record<string, unknown>) =>
  subscriptionKey(document, null, variables, { scopes: new Set(['read']), reach: {} });

it('subscriptions are equal by their variables, wherever they come from', () => {
  expect(keyOf({ v: { b: 1, a: 2 }, after: 'one' })).toBe(
    keyOf({ v: { a: 2, b: 1 }, after: 'x'.repeat(1_000_000) }),
  );
  expect(keyOf({ v: 1 })).not.toBe(keyOf({ v: 2 }));
});

it('variables that are longer than any filter are not put in order, and equal to none', () => {
  const v = Array.from({ length: 100_000 }, (_, n) => n);
  expect(keyOf({ v }).length).toBeLessThan(100);
  expect(keyOf({ v })).not.toBe(keyOf({ v }));
});
