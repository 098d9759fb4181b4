import { type GraphQLLeafType, isEnumType } from 'graphql';
import { charactersLeft } from '../../domain/json-size.js';
import { JsonText } from '../../domain/json-text.js';
import { isOneStep } from '../../domain/write-json.js';

/** A value that is long as JSON: it is written in steps, when the answer is. */
export class LongLeaf {
  constructor(readonly value: unknown) {}
}

/** Characters from which on it is remembered what is written of an object: under each of a thousand names it is the same. */
const REMEMBERED = 1_024;
const writtenBefore = new WeakMap<object, string | LongLeaf>();

function jsonOf(value: unknown): string | LongLeaf {
  if (charactersLeft(value, REMEMBERED) >= 0) return JSON.stringify(value);
  const known = typeof value === 'object' && value !== null ? writtenBefore.get(value) : undefined;
  if (known !== undefined) return known;
  const json = isOneStep(value) ? JSON.stringify(value) : new LongLeaf(value);
  if (typeof value === 'object' && value !== null) writtenBefore.set(value, json);
  return json;
}

/** Writes a value of this type, which is there, as JSON, where it is not long. Throws where it is none. */
export type WriteLeaf = (value: unknown) => string | LongLeaf;

export function leafWriterOf(type: GraphQLLeafType): WriteLeaf {
  const written = (value: unknown): string | LongLeaf => {
    const serialized: unknown = type.serialize(value);
    if (serialized === null || serialized === undefined) {
      throw new Error(`${type.name} has no value for what its field gave.`);
    }
    return jsonOf(serialized);
  };
  if (isEnumType(type)) {
    const texts = new Map(type.getValues().map(({ name, value }) => [value as unknown, `"${name}"`]));
    return (value) => texts.get(value) ?? written(value);
  }
  return (value) => {
    if (!(value instanceof JsonText)) return written(value);
    const { written: json } = value;
    return typeof json === 'string' && isOneStep(json) ? json : new LongLeaf(value);
  };
}
