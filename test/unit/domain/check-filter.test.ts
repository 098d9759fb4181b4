import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/domain/json/json-value.js';
import { checkFilter } from '../../../src/domain/sessions/check-filter.js';
import type { SessionFilter } from '../../../src/domain/sessions/session-store.js';

/** The code with which a filter is refused, or null. */
function codeOf(filter: SessionFilter) {
  try {
    checkFilter(filter);
    return null;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));
const among = (values: number) => ({ path: 'a', in: times(values, (index) => index) });
const equal = (equals: JsonValue): SessionFilter => ({ metadata: [{ path: 'a', equals }] });
const nested = (levels: number) => times(levels, () => 0).reduce((value: JsonValue): JsonValue => [value], 1);

describe('a filter', () => {
  it.each<[string, SessionFilter]>([
    ['that asks for nothing', {}],
    ['with whole lists of ids', { sessionIds: times(200, String), agentIds: times(200, String) }],
    ['with five whole lists of values', { metadata: times(5, () => among(200)) }],
    ['with one long list', equal(times(999, (index) => index))],
    ['with values in each other', equal({ a: [{ b: nested(5) }] })],
    ['with a hundred conditions', { or: times(99, (index) => ({ applicationName: `app ${index}` })) }],
  ])('%s may be asked', (_name, filter) => {
    expect(codeOf(filter)).toBeNull();
  });

  it.each<[string, SessionFilter]>([
    ['with more conditions than anyone writes', { or: times(101, () => ({ applicationName: 'a' })) }],
    ['with as many parts that ask for nothing', { or: times(101, () => ({})) }],
    ['with as many of these in a circle of not', { and: times(60, () => ({ not: {} })) }],
    ['with many long lists of values', { metadata: times(6, () => among(200)) }],
    ['with the same in its parts', { or: times(6, () => ({ metadata: [among(200)] })) }],
    ['with a longer list', equal(times(1_000, (index) => index))],
    ['with an object as large', equal(Object.fromEntries(times(1_000, (index) => [`k${index}`, 1])))],
    ['with many lists in a list', { metadata: [{ path: 'a', in: times(200, () => [1, 2, 3, 4, 5]) }] }],
    ['with values deeper in each other than anyone writes', equal(nested(9))],
    ['with values deeper in each other than the stack is', equal(nested(20_000))],
    ['nested deeper than anyone reads', times(9, () => 0).reduce((not): SessionFilter => ({ not }), {})],
    ['by a beginning that every id has', { not: { sessionIdPrefix: '' } }],
    ['longer than a cursor can carry', { applicationName: 'x'.repeat(200_001) }],
  ])('%s is refused', (_name, filter) => {
    expect(codeOf(filter)).toBe('BAD_USER_INPUT');
  });
});
