import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import { checkOverlaps } from '../../../src/graphql/checks/check-overlaps.js';

const isRefused = (document: string): boolean => {
  try {
    checkOverlaps(parse(document));
    return false;
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'QUERY_TOO_COMPLEX') return true;
    throw error;
  }
};

const many = (count: number, part: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => part(n)).join(' ');
const fragments = (count: number, fields: (n: number) => string) =>
  `{ ${many(count, (n) => `...F${n}`)} } ${many(count, (n) => `fragment F${n} on Query { ${fields(n)} }`)}`;

describe('fields of one name', () => {
  it.each([
    ['in one list', `{ ${many(200, () => 'a')} }`],
    ['under an alias', `{ ${many(200, (n) => `a: b${n}`)} }`],
    ['in inline fragments', `{ ${many(200, () => '... on Query { a }')} }`],
    ['in fragments', fragments(200, () => 'a')],
    ['below fields of one name', `{ ${many(20, () => `a { ${many(10, () => 'b')} }`)} }`],
    ['below fields of one name, each once', `{ ${many(130, () => 'a { b }')} }`],
    ['of a fragment that no operation has', `{ a } fragment F on Query { ${many(200, () => 'a')} }`],
    ['in many lists together', `{ ${many(20, (n) => `a${n} { ${many(50, () => 'b')} }`)} }`],
  ])('are refused where there are very many %s', (_name, document) => {
    expect(isRefused(document)).toBe(true);
  });

  it.each([
    ['a hundred in one list', `{ ${many(100, () => 'a { b }')} }`],
    ['one below each of hundreds', `{ ${many(500, (n) => `a${n}: a { b }`)} }`],
    [
      'a fragment that lies in many',
      `{ ${many(300, (n) => `a${n}: a { ...F }`)} } fragment F on A { b c d }`,
    ],
    ['a hundred fragments', fragments(100, (n) => `a${n}`)],
    ['a fragment that is not there', '{ ...F ...F }'],
  ])('are let pass: %s', (_name, document) => {
    expect(isRefused(document)).toBe(false);
  });

  it('are not looked for without end where a fragment lies in itself', () => {
    expect(isRefused('{ ...F } fragment F on Query { a { ...F } a { ...F } }')).toBe(true);
    expect(isRefused('{ ...F } fragment F on Query { b ...F a { ...F } }')).toBe(false);
  });
});

it('fragments without a field of one name are compared with each other, too', () => {
  expect(isRefused(fragments(200, (n) => `a${n}`))).toBe(true);
});
