import { expect, it } from 'vitest';
import type { JsonValue } from '../../../src/domain/json/json-value.js';
import { checkFilter } from '../../../src/domain/sessions/check-filter.js';
import type { SessionFilter } from '../../../src/domain/sessions/session-store.js';
import { matchWithin } from '../../../src/stores/mongo/reads/session-match.js';

/** What MongoDB takes of documents and lists in each other; a command is one more than its pipeline. */
const MOST = 200 - 1;

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

it.each<[string, (value: JsonValue) => JsonValue]>([
  ['lists', (value) => [value]],
  ['objects', (value) => ({ k: value })],
])('the deepest filter that may be asked, of %s, is no deeper than MongoDB takes', (_what, wrap) => {
  const equals = Array.from({ length: 8 }).reduce((value: JsonValue) => wrap(value), 'a');
  const path = Array.from({ length: 32 }, (_, index) => `${index}`).join('.');
  const deepest: SessionFilter = { applicationName: 'a', metadata: [{ path, equals }] };
  const filter = Array.from({ length: 7 }).reduce(
    (inner: SessionFilter): SessionFilter => ({ applicationName: 'a', or: [inner] }),
    deepest,
  );
  expect(() => checkFilter(filter)).not.toThrow();
  expect(depthOf(matchWithin({ and: [filter] }, { metadata: [{ path, equals: 'a' }] }))).toBeLessThan(MOST);
});
