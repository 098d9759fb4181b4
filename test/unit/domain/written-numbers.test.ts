import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findLossyNumber,
  losesDigits,
  lossyNumberError,
  mayLoseDigits,
} from '../../../src/domain/json/written-numbers.js';

const KEPT = [
  '0',
  '-0',
  '9007199254740991',
  '-9007199254740991',
  '1e20',
  '1E+20',
  '1.5e300',
  '1.7976931348623157e308',
  '5e-324',
  '4.9406564584124654e-324',
  '0.1',
  '0.10000000000000001',
  '0.30000000000000004',
  '2.2250738585072014E-308',
  '1764383990.1234567',
  '0e999',
  '0.0000',
  '-0.0e-400',
  '1.000000000000000000000000',
  '100.00000000000000000000',
  '1.152921504606847e18',
  '1.1529215046068470e18',
  '9007199254740992.0',
  '0.12345678901234567',
];
const LOST = [
  '9007199254740992',
  '9007199254740993',
  '-9007199254740992',
  '1234567890123456789',
  '100000000000000000000',
  '1e400',
  '-1e309',
  '1e-400',
  '4e-324',
  '1.2345678901234567e-310',
  '9007199254740993.0',
  '1.2345678901234567e18',
  '0.123456789012345678',
  '3.14159265358979323846',
  '1e99999999999',
  '1.0000000000000000000000001',
  '9007199254740991.4',
  '4503599627370497.3',
];

describe('a number in JSON text', () => {
  it.each(KEPT)('%s is kept', (text) => {
    expect(losesDigits(text)).toBe(false);
    expect(findLossyNumber(`{"a":${text}}`)).toBeNull();
  });

  it.each(LOST)('%s would lose digits', (text) => {
    expect(losesDigits(text)).toBe(true);
    expect(mayLoseDigits(text)).toBe(true);
    expect(findLossyNumber(`{"a":${text}}`)).toMatchObject({ path: ['a'] });
    expect(findLossyNumber(`[1, ${text}]`)).toMatchObject({ path: [1] });
    expect(findLossyNumber(text)).toMatchObject({ path: [] });
  });

  it('is kept wherever the shortest text of a double, or its text of 17 digits, is sent', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const unsafe = Number.isInteger(value) && !Number.isSafeInteger(value);
        for (const text of [
          value.toExponential(),
          value.toExponential(16),
          ...(unsafe ? [] : [String(value)]),
        ]) {
          expect(losesDigits(text), text).toBe(false);
        }
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it('is looked at wherever it may lose digits', () => {
    const digits = fc.stringMatching(/^[0-9]{1,24}$/);
    const literal = fc
      .tuple(
        fc.constantFrom('', '-'),
        digits,
        fc.option(digits, { nil: null }),
        fc.option(fc.integer({ min: -400, max: 400 }), { nil: null }),
      )
      .map(
        ([sign, whole, fraction, power]) =>
          `${sign}${whole.replace(/^0+(?=.)/, '')}${fraction === null ? '' : `.${fraction}`}${power === null ? '' : `e${power}`}`,
      );
    fc.assert(
      fc.property(literal, (text) => {
        expect(findLossyNumber(JSON.stringify({ a: 1 }).replace('1', text)) !== null).toBe(losesDigits(text));
      }),
      { seed: 1, numRuns: 5_000 },
    );
  });

  it('is named by its place, and strings are no numbers', () => {
    const text =
      '{"s":"1234567890123456789","q":"\\"9007199254740993\\\\","l":[{"x":1},{"a.b":[0,{"__proto__":-9007199254740993}]}]}';
    expect(JSON.parse(text)).toBeTruthy();
    expect(findLossyNumber(text)).toEqual({
      path: ['l', 1, 'a.b', 1, '__proto__'],
      digits: '-9007199254740993',
    });
    expect(lossyNumberError({ path: ['l', 1, 'a.b', 1, 'id'], digits: '1e400' }, 'variables').message).toBe(
      'variables.l[1]["a.b"][1].id is the number 1e400, whose digits would be lost: a number is kept up to ±9007199254740991, or with 17 significant digits. Send it as a string.',
    );
  });

  it('of any length, at any depth, is named in few words', () => {
    const deep = `${'['.repeat(500)}${'9'.repeat(5_000)}${']'.repeat(500)}`;
    const found = findLossyNumber(deep);
    expect(found?.path).toEqual(Array(64).fill(0));
    expect(found?.digits).toHaveLength(41);
    expect(findLossyNumber(`{"a":[[[]],1],"b":${'9'.repeat(20)}}`)?.path).toEqual(['b']);
  });
});
