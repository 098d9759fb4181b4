import fc from 'fast-check';
import { Binary, BSON, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../src/domain/async/in-slices.js';
import type { JsonValue } from '../../../src/domain/json/json-value.js';
import { toBson } from '../../../src/stores/mongo/documents/bson-json.js';
import { bsonSizeSteps } from '../../../src/stores/mongo/documents/bson-size.js';

const sizeOf = (doc: object) => atOnce(bsonSizeSteps(doc));

describe('the size of a document in BSON', () => {
  it('is what the driver writes, whatever JSON it is', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.dictionary(
          fc.string().filter((key) => !key.includes('\0')),
          fc.double(),
        ),
        (json, more) => {
          const doc = {
            json: toBson(json as JsonValue),
            more,
            _: toBson({ _bsontype: 'x', json } as JsonValue),
          };
          expect(sizeOf(doc)).toBe(BSON.serialize(doc).length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is what the driver writes for each kind of its own, and for long lists', () => {
    const doc = {
      date: new Date(0),
      bytes: new Binary(Buffer.from('abc')),
      numbers: [2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, -0, 0.5, 1e300, Number.NaN],
      own: [Long.MAX_VALUE, new Double(1), new Int32(1), Decimal128.fromString('1.5'), new ObjectId()],
      list: Array.from({ length: 10_001 }, (_, index) => (index % 3 === 0 ? null : index % 2 === 0)),
      Grüße: '\u{1F600}',
    };
    expect(sizeOf(doc)).toBe(BSON.serialize(doc).length);
  });

  it('is found in steps', () => {
    let steps = 0;
    for (const size = bsonSizeSteps({ list: Array(100_000).fill(1) }); !size.next().done; ) steps++;
    expect(steps).toBeGreaterThan(20);
  });
});
