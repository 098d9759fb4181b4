import fc from 'fast-check';
import { BSON, DBRef, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../src/domain/async/in-slices.js';
import { type Decoding, docFromBytes, docSteps } from '../../../src/stores/mongo/documents/stored-bytes.js';

const through = (doc: object, decoding?: Decoding) => docFromBytes(BSON.serialize(doc), decoding);

/** One value of each type that has a length of its own. */
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    1,
    1.5,
    '',
    'é\0b',
    new BSON.BSONRegExp('a[', 'i'),
    new Date(5),
    new ObjectId('0'.repeat(24)),
  ),
  fc.constantFrom<unknown>(
    Long.MAX_VALUE,
    Decimal128.fromString('1.5'),
    new BSON.Binary(Buffer.from('ab')),
    new BSON.Code('x', { y: 1 }),
    new BSON.Code('x'),
    new BSON.BSONSymbol('s'),
    new BSON.Timestamp(7n),
    new BSON.MinKey(),
    new BSON.MaxKey(),
  ),
);
const key = fc.constantFrom('a', '$ref', '$db', '__proto__', 'constructor', '10', 'a.b', '');
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}));

describe('stored bytes', () => {
  it('show text that is no UTF-8 as far as it is', () => {
    const bytes = BSON.serialize({ text: 'aXb', more: 1 });
    bytes[bytes.indexOf(0x58)] = 0xff;
    expect(docFromBytes(bytes)).toEqual({ text: 'a\ufffdb', more: 1 });
  });

  it('keep what the driver takes for a reference key for key', () => {
    const stored = {
      v: { more: 1, $ref: 'a.b', $id: 'x' },
      list: [{ $id: { $ref: 'c', $id: 1 }, $ref: 'd', $db: 'e' }],
    };
    expect(JSON.stringify(through(stored))).toBe(JSON.stringify(stored));
    expect(BSON.deserialize(BSON.serialize(stored)).v).toBeInstanceOf(DBRef);
  });

  it('are read as the driver reads them where there is none, value by value too', () => {
    fc.assert(
      fc.property(value, (v) => {
        // The second is what makes the whole document be read value by value.
        const { doc } = through({ doc: { v }, odd: { $ref: 'a', $id: 1 } });
        expect(doc).toEqual(BSON.deserialize(BSON.serialize({ v }), { bsonRegExp: true }));
      }),
      { numRuns: 300, seed: 11 },
    );
  });

  it('give the type of every number where it is asked for', () => {
    const numbers = { a: new Int32(1), b: new Double(1), c: Long.fromNumber(1) };
    const typed = { promoteValues: false };
    expect(through({ numbers, odd: { $ref: 'a', $id: 1 } }, typed).numbers).toEqual(numbers);
    expect(through({ numbers }, typed).numbers).toEqual(numbers);
  });

  /** Larger than what is read in one step, on several levels. */
  const large = fc.record({
    some: value,
    many: fc.array(value, { minLength: 1, maxLength: 20 }).map((list) =>
      Array(60)
        .fill([...list, 'x'.repeat(500)])
        .flat(),
    ),
    text: fc.constant('é'.repeat(9_000)),
    deep: fc.array(fc.dictionary(key, value, { maxKeys: 4 }), { minLength: 1, maxLength: 5 }).map((docs) => ({
      lists: Array(3).fill([...docs, { list: Array(3_000).fill(1), text: 'x'.repeat(20_000) }, 'last']),
      $ref: 'a.b',
      $id: 1,
    })),
    last: value,
  });

  it('are the same in steps as at once, and no step is long', () => {
    fc.assert(
      fc.property(large, fc.boolean(), (doc, promoteValues) => {
        const bytes = BSON.serialize(doc);
        expect(atOnce(docSteps(bytes, { promoteValues }))).toEqual(docFromBytes(bytes, { promoteValues }));
      }),
      { numRuns: 20, seed: 12 },
    );
    let steps = 0;
    for (const _ of docSteps(BSON.serialize({ list: Array(100_000).fill({}) }))) steps++;
    expect(steps).toBeGreaterThan(50);
  });
});
