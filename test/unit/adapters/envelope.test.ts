import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mediaBlock,
  otherBlock,
  textBlock,
  toolResultBlock,
  toolUseBlock,
} from '../../../src/adapters/blocks.js';
import { type Form, itemOf, plainItemOf, type Shown, toEntry } from '../../../src/adapters/envelope.js';
import { isKeptAs, isSame, toPlain } from '../../../src/adapters/plain.js';
import type { Entry, NewEntry } from '../../../src/adapters/port.js';
import type { JsonObject, JsonValue } from '../../../src/domain/json/json-value.js';

const FORM: Form = { name: 'a-framework', version: 2 };
const LONG = 'A text that is long enough to be worth a reference. '.repeat(20);
const PNG = Buffer.from('not really an image, but bytes all the same'.repeat(9)).toString('base64');

/** As it comes back from a store: through JSON, and in objects of its own. */
const stored = ({ role, content, metadata }: NewEntry): Entry => ({
  ...(JSON.parse(JSON.stringify({ role, content, metadata: metadata ?? null })) as Pick<
    Entry,
    'role' | 'content' | 'metadata'
  >),
  position: 7,
  clientId: null,
  redacted: false,
  supersedes: [],
});
const asOther = (item: JsonValue): Shown => ({ role: 'user', content: [otherBlock(item)] });
const kept = (item: unknown, show: (item: JsonValue) => Shown = asOther) => {
  const entry = toEntry(FORM, item, 'items[3]', show);
  return { entry, item: itemOf(FORM, stored(entry))?.item, bytes: JSON.stringify(entry).length };
};

describe('an item of a framework', () => {
  it('comes back as it is, whatever JSON carries of it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (item, whole) => {
        const show = whole ? asOther : () => ({ role: 'user', content: [] }) as const;
        expect(kept(item, show).item).toEqual(item);
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, unknown]>([
    ['dates', { at: new Date(5), none: new Date(Number.NaN) }],
    ['numbers that are none of JSON', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]],
    ['numbers that a store would round', { wei: 1e20, more: 2 ** 53, most: Number.MAX_VALUE, least: 5e-324 }],
    ['a bigint', { total: 12345678901234567890n }],
    ['bytes', { image: new Uint8Array([1, 2, 255]) }],
    [
      'lone surrogates',
      { cut: `an emoji in half \ud83d`, both: `\udc00 and \ud800`, [LONG]: `${LONG}\ud83d` },
    ],
    [
      'keys that are special elsewhere',
      JSON.parse('{"__proto__": {"constructor": 1}, "$set": 2, "a.b": 3, "": 4}'),
    ],
    ['a text alone', LONG],
    ['null alone', null],
  ])('keeps %s exactly, also where blocks hold it too', (_what, item) => {
    expect(kept(item).item).toStrictEqual(item);
    expect(kept(item, () => ({ role: 'user', content: [] })).item).toStrictEqual(item);
  });

  it('gives back what is undefined, and asks toJSON as JSON.stringify does', () => {
    const item = { a: undefined, list: [undefined, 1], url: new URL('https://example.com/x') };
    expect(kept(item).item).toStrictEqual({
      a: undefined,
      list: [undefined, 1],
      url: 'https://example.com/x',
    });
  });

  it.each<[string, unknown, string]>([
    ['a function', { output: { run: () => 1 } }, 'items[3].output.run is a function'],
    ['a symbol', [Symbol('x')], 'items[3][0] is a symbol'],
    ['a Map', { a: new Map() }, 'items[3].a is a Map'],
    ['an error', { a: new Error('x') }, 'items[3].a is a Error'],
    ['a key with a lone surrogate', { a: { '\ud83d': 1 } }, 'items[3].a has the key'],
    ['nothing', undefined, 'items[3] is undefined'],
  ])('is refused with its path where it holds %s', (_what, item, message) => {
    expect(() => kept(item)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
    expect(() => kept(item)).toThrow(message);
  });

  it('is refused with its path where it leads back to itself, and kept where it holds one thing twice', () => {
    const item: JsonObject = { inner: {} };
    const twice = { one: item.inner, two: item.inner };
    expect(kept(twice).item).toStrictEqual({ one: {}, two: {} });
    (item.inner as JsonObject).back = item;
    expect(() => kept(item)).toThrow('items[3].inner.back leads back to what holds it');
  });

  it.each<[string, JsonObject, (item: JsonObject) => Shown]>([
    [
      'a text',
      { text: LONG.repeat(50) },
      ({ text }) => ({ role: 'user', content: [textBlock(text as string)] }),
    ],
    [
      'an image behind the head of its data URL',
      { image: `data:image/png;base64,${PNG.repeat(4)}` },
      ({ image }) => ({ role: 'user', content: [mediaBlock({ data: image as string })] }),
    ],
    [
      'the JSON of a call',
      { arguments: JSON.stringify({ path: '/x', lines: Array.from({ length: 900 }, (_, line) => line) }) },
      (item) => ({ role: 'assistant', content: [toolUseBlock('t1', 'write', item.arguments as string)] }),
    ],
    [
      'the JSON of a call that is spaced',
      { arguments: JSON.stringify({ path: '/x', text: LONG.repeat(9) }, null, 1) },
      (item) => ({ role: 'assistant', content: [toolUseBlock('t1', 'write', item.arguments as string)] }),
    ],
    [
      'what a tool answered',
      { output: { rows: Array.from({ length: 900 }, (_, id) => ({ id })) } },
      (item) => ({
        role: 'user',
        content: [toolResultBlock('t1', { value: item.output as JsonValue })],
      }),
    ],
  ])('holds %s once', (_what, item, show) => {
    const { entry, item: back, bytes } = kept(item, (plain) => show(plain as JsonObject));
    expect(back).toStrictEqual(item);
    expect(bytes).toBeLessThan(1.1 * JSON.stringify(entry.content).length + 300);
  });

  it('is no item of another framework, of nobody, nor of a redacted message', () => {
    const entry = stored(toEntry(FORM, { text: 'x' }, 'item', asOther));
    expect(itemOf({ name: 'another', version: 1 }, entry)).toBeNull();
    expect(itemOf(FORM, { ...entry, metadata: null })).toBeNull();
    expect(itemOf(FORM, { ...entry, metadata: { usage: { inputTokens: 1 } } })).toBeNull();
  });

  it('says which Parley is needed where a later one wrote it', () => {
    const later = toEntry({ ...FORM, version: 3 }, { text: 'x' }, 'item', asOther);
    expect(() => itemOf(FORM, stored(later))).toThrow('form 3 of a-framework');
  });

  it('is the same as another where both are kept alike', () => {
    expect(isSame({ a: undefined, b: new Date(1) }, { b: new Date(1) })).toBe(true);
    expect(isSame({ b: new Date(1) }, { b: new Date(1).toISOString() })).toBe(false);
  });

  it('is given in a copy of its own each time', () => {
    const item = JSON.parse(`{"__proto__": {"a": [1]}, "deep": [{"b": [2]}], "text": "${LONG}"}`);
    const entry = stored(
      toEntry(FORM, item, 'item', (plain) => ({
        role: 'user',
        content: [textBlock((plain as JsonObject).text as string)],
      })),
    );
    const first = itemOf(FORM, entry)?.item as { deep: { b: number[] }[]; ['__proto__']: { a: number[] } };
    first.deep[0]?.b.push(3);
    Object.getOwnPropertyDescriptor(first, '__proto__')?.value.a.push(4);
    expect(itemOf(FORM, entry)?.item).toStrictEqual(item);
  });

  it('is known again as what is kept of it, and nothing else is', () => {
    const special = fc.constantFrom(
      ...[
        Number.NaN,
        -0,
        0,
        1e20,
        5n,
        new Date(5),
        new Date(5).toISOString(),
        undefined,
        null,
        '\ud83d',
        '\ufffd',
      ],
      ...[new Uint8Array([1]), 'AQ==', [undefined], [null], { toJSON: () => 1 }, 1, Object.create(null)],
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, special, fc.array(tie('value'), { maxLength: 2 }), tie('object')),
      object: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('value'), { maxKeys: 2 }),
    }));
    fc.assert(
      fc.property(value, value, (one, other) => {
        const holder = { one: [one], twice: { one } };
        for (const plain of [
          { one: [one], twice: { one } },
          { one: [other], twice: { one: other } },
        ]) {
          const { value: keptPlain } = toPlain(plain, 'item');
          expect(isKeptAs(holder, keptPlain)).toBe(
            isDeepStrictEqual(toPlain(holder, 'item').value, keptPlain),
          );
        }
        const entry = stored(toEntry(FORM, holder, 'item', asOther));
        expect(isKeptAs(holder, plainItemOf(FORM, entry)?.item as JsonValue)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
