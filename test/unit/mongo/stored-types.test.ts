import { BSON, Double, Long } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../src/domain/async/in-slices.js';
import type { JsonValue } from '../../../src/domain/json/json-value.js';
import { bsonAtSteps } from '../../../src/stores/mongo/documents/stored-types.js';

const at = (stored: unknown, value: JsonValue) => atOnce(bsonAtSteps(stored, value));

describe('JSON that is written where something is stored', () => {
  it('keeps the type of what is shown as before, and has its own where it is not', () => {
    const stored = {
      n: new Double(1),
      big: Long.fromString('9007199254740993'),
      list: [new Double(2)],
      gone: 1,
    };
    const value = { n: 1, big: '9007199254740993', list: [2, 3], more: { n: 1 } };
    expect(at(stored, value)).toEqual({
      n: new Double(1),
      big: Long.fromString('9007199254740993'),
      list: [new Double(2), 3],
      more: { n: 1 },
    });
    expect(at([1], { a: 2 ** 40 })).toEqual({ a: Long.fromNumber(2 ** 40) });
    expect(at({ a: 1 }, [1])).toEqual([1]);
  });

  it('takes every key for data', () => {
    const text =
      '{"__proto__":{"a":1},"constructor":[1],"_bsontype":"Long","toBSON":{"_bsontype":"x"},"10":1}';
    const written = BSON.deserialize(BSON.serialize({ v: at({}, JSON.parse(text)) })).v;
    expect(Object.getOwnPropertyNames(written).sort()).toEqual(
      ['10', '__proto__', '_bsontype', 'constructor', 'toBSON'].sort(),
    );
  });

  it('is made in steps', () => {
    const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index]));
    let steps = 0;
    for (const making = bsonAtSteps({}, { wide, list: Array(20_000).fill(1) }); !making.next().done; )
      steps++;
    expect(steps).toBeGreaterThan(30);
  });
});
