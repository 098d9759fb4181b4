import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../src/domain/async/in-slices.js';
import { namesOfWide } from '../../../src/domain/json/json-size.js';
import { weightSteps } from '../../../src/domain/json/json-weight.js';
import { parseSteps, TooDeep } from '../../../src/domain/json/parse-json.js';
import { stringifySteps } from '../../../src/domain/json/write-json.js';
import { findLossyNumber } from '../../../src/domain/json/written-numbers.js';

const parse = (json: string | Buffer) => atOnce(parseSteps(json));
const stringify = (value: unknown): string => {
  let text = '';
  atOnce(stringifySteps(value, (piece) => (text += piece)));
  return text;
};
function countSteps(steps: Generator<void, unknown>): number {
  let count = 1;
  while (!steps.next().done) count++;
  return count;
}
const STEP = 64 * 1024;
const long = 'x'.repeat(100_000);

const VALUES: Record<string, unknown> = {
  'a word': true,
  'a number': -12.5e-3,
  'a long text': `${long}"\\\u0000\n`,
  'texts with pairs of surrogates at every place': '😀'.repeat(100_000),
  'a text that begins with one character before such pairs': `a${'😀'.repeat(100_000)}`,
  'a text of characters of two bytes, three and four at every place': `${'é'.repeat(70_000)}a${'€'.repeat(70_000)}b${'€é😀'.repeat(30_000)}`,
  'escapes beside such characters': '€\n'.repeat(60_000),
  'names and texts of such characters': Object.fromEntries(
    Array.from({ length: 20_000 }, (_, n) => [`näme ${n}`, [`wört "${n}"`, '\u2028']]),
  ),
  'a text of nothing but what is escaped': '\\'.repeat(100_000),
  'a text with an escape at every place': Array.from(
    { length: 40_000 },
    (_, n) => `\u0001${'a'.repeat(n % 7)}`,
  ).join(''),
  'a text of escaped quotes, of which none is the last of a step': `${'"'.repeat(150_000)}\\${'"\\'.repeat(70_000)}`,
  'such texts in each other, and beside others': [
    ['"'.repeat(70_000), ['a', [['\\'.repeat(90_000), 1]]], 'b'],
    { '"': '"' },
  ],
  'a long key': { [`${long}"\\`]: 1, b: [`"${long}`] },
  'an empty list': [],
  'a list of much that is small': Array.from({ length: 50_000 }, (_, n) => [n, { n: `${n}` }, null]),
  'a list of empty lists': Array.from({ length: 100_000 }, () => []),
  'an object of much that is small': Object.fromEntries(
    Array.from({ length: 30_000 }, (_, n) => [`key ${n}`, { n, list: [n] }]),
  ),
  'large things in each other': { a: [{ b: [long, { [long]: long }, [[long]]] }, 1, long], c: long, d: {} },
  'large things beside small ones': [1, long, 2, [long], { a: 1, b: [long], c: 3 }, 4],
};

describe('JSON in steps', () => {
  it('remembers the names of an object that is wide, so that nobody has V8 put them in order again', () => {
    const object = Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`key ${n}`, n]));
    const { list } = parse(JSON.stringify({ list: [object] })).value as { list: [object] };
    expect(namesOfWide(list[0])).toEqual(Object.keys(object));
  });

  for (const [name, value] of Object.entries(VALUES)) {
    it(`is written and read as JSON has it: ${name}`, () => {
      const text = JSON.stringify(value);
      expect(stringify(value)).toBe(text);
      expect(parse(text).value).toEqual(value);
      expect(parse(Buffer.from(text)).value).toEqual(value);
      const spaced = JSON.stringify(value, null, 2).replaceAll('\n', '\r\n\t ');
      expect(parse(` \n${spaced}\n `).value).toEqual(value);
      expect(parse(Buffer.from(` \n${spaced}\n `)).value).toEqual(value);
    });
  }

  it('looks for the end of a long text once, however deep it stands', () => {
    const quotes = 2_000;
    const text = JSON.stringify(`${'a'.repeat(97)}"`.repeat(quotes));
    const json = Buffer.from(`${'['.repeat(150)}${text}${']'.repeat(150)}`);
    let looks = 0;
    json.indexOf = (...asked: unknown[]) => {
      looks++;
      return Buffer.prototype.indexOf.apply(json, asked as [number, number]);
    };
    atOnce(parseSteps(json));
    expect(looks).toBeGreaterThan(quotes);
    // Within the first step it is looked for at each level.
    expect(looks).toBeLessThan(150 * (STEP / 100) + 2 * quotes);
  });

  it('goes through a text of nothing but escapes in steps', () => {
    for (const escaped of ['\\"', '\\\\']) {
      const json = `{"a":"${escaped.repeat(500_000)}"}`;
      for (const source of [json, Buffer.from(json)]) {
        expect(countSteps(parseSteps(source))).toBeGreaterThan(2 * (1_000_000 / STEP));
        expect(countSteps(weightSteps(source))).toBeGreaterThan(1_000_000 / STEP - 1);
      }
    }
  });

  it('goes through space in steps, wherever it stands', () => {
    const space = ' \n\t\r'.repeat(250_000);
    const texts = [
      `{"a"${space}:1}`,
      `[1${space},2]`,
      `{"a":${space}1}`,
      `[[1],2,3${space}]`,
      `${space}"${long}"`,
      `1${space}`,
    ];
    for (const text of texts) {
      for (const source of [text, Buffer.from(text)]) {
        expect(countSteps(parseSteps(source)), text.slice(0, 10)).toBeGreaterThan(1_000_000 / STEP);
        expect(parse(source).value).toEqual(JSON.parse(text));
      }
    }
  });

  it('takes no number that is longer than a step, which could not be read in several', () => {
    const numbers = [`1${'0'.repeat(STEP)}`, `0.${'1'.repeat(STEP)}`, `1e-${'0'.repeat(STEP)}1`];
    for (const number of numbers) {
      for (const text of [number, `[1,${number}]`, `{"a":${number}}`]) {
        expect(() => parse(text)).toThrow(SyntaxError);
        expect(() => parse(Buffer.from(text))).toThrow(SyntaxError);
      }
    }
    expect(parse(`["${long}",1.${'0'.repeat(STEP - 100)}]`).value).toEqual([long, 1]);
  });

  it('asks a wide object for its members a few times, in however many lists it stands', () => {
    const members = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`key ${n}`, n]));
    let asked = 0;
    const wide = new Proxy(members, {
      ownKeys: (of) => {
        asked++;
        return Reflect.ownKeys(of);
      },
    });
    let value: unknown = wide;
    for (let level = 0; level < 100; level++) value = level % 2 === 0 ? [value] : { value };
    const text = stringify(value);
    expect(asked).toBeLessThan(5);
    expect(text).toBe(JSON.stringify(value));
  });

  it('keeps __proto__ as a key like any other, and the last of equal keys', () => {
    const { value } = parse(`{"a": 1, "${long}": 1, "__proto__": {"x": ["${long}"]}, "a": 2, "b": 1}`);
    expect(Object.keys(value as object)).toEqual(['a', long, '__proto__', 'b']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect((value as { a: number }).a).toBe(2);
  });

  it('leaves out members that are undefined, and writes null in their place in a list', () => {
    const value = { a: undefined, b: [undefined, long], c: undefined };
    expect(stringify(value)).toBe(JSON.stringify(value));
  });

  it('refuses what JSON.parse refuses', () => {
    const many = Array.from({ length: 30_000 }, (_, n) => `"k${n}": ${n}`).join(', ');
    const wrong = [
      '', ' ', '[', '{', '[1', `["${long}`, `["${long}"`, `["${long}",]`, `["${long}" 1]`, `["${long}"]]`, `["${long}"] 1`,
      `[,"${long}"]`, `["${long}",,1]`, `["${long}"}`, `{"a" "${long}"}`, `{"a": "${long}",}`, `{"a": "${long}", 1}`, `{"a":}`,
      `{"${long}": }`, `{"a": "${long}"]`, `{${many},}`, `{${many}, "x"}`, `{${many}]`, `{${many}`, `[{${many}]`, `[{${many}}}`,
      `["${long}\n"]`, `["${'€'.repeat(100_000)}\u0000"]`, `["${long}\\x"]`, `\ufeff["${long}"]`,
      `[${'1,'.repeat(60_000)}]`, `[${'1,'.repeat(60_000)}nul]`, `[${'[],'.repeat(60_000)}[}]`, `{"a": ["${long}"], b: 1}`, `[01, "${long}"]`,
    ]; // biome-ignore format: a table
    for (const text of wrong) {
      expect(() => JSON.parse(text), text.slice(0, 40)).toThrow(SyntaxError);
      expect(() => parse(text), text.slice(0, 40)).toThrow(SyntaxError);
      expect(() => parse(Buffer.from(text)), text.slice(0, 40)).toThrow(SyntaxError);
    }
  });

  it('finds the first number whose digits would be lost, with its path, wherever it stands', () => {
    const lossy = '12345678901234567890';
    const texts = [
      `[${'1,'.repeat(60_000)}${lossy}]`,
      `{"a": [{"b": "${long}", "c": [1, "${long}", {"d": [0, ${lossy}]}]}]}`,
      `{"a": ["${long}"], "b": ${lossy}${' '.repeat(100_000)}}`,
      lossy,
    ];
    for (const text of texts) {
      expect(parse(text).lossy, text.slice(0, 40)).toEqual(findLossyNumber(text));
      expect(parse(text).lossy?.path).toBeDefined();
      expect(parse(Buffer.from(text)).lossy).toEqual(parse(text).lossy);
    }
    expect(parse(`["${long}", "${lossy}"]`).lossy).toBeNull();
  });

  it('takes many steps for what is large, of one step each for what is small', () => {
    const list = Array.from({ length: 500_000 }, () => 1);
    expect(countSteps(parseSteps(JSON.stringify(list)))).toBeGreaterThan(10);
    expect(countSteps(stringifySteps(list, () => {}))).toBeGreaterThan(10);
    expect(countSteps(stringifySteps([1, 2], () => {}))).toBe(2);
  });

  it('refuses what is long within what is long without end', () => {
    expect(() => parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)).toThrow(TooDeep);
  });
});
