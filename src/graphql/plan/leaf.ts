import { type GraphQLLeafType, isEnumType, isSpecifiedScalarType } from 'graphql';
import { JsonText } from '../../domain/json/json-text.js';
import { isOneStep } from '../../domain/json/write-json.js';
import { onceWhereLong } from '../../domain/once-per-object.js';
import { PLAIN } from '../scalars.js';

/** A value that is long as JSON: it is written in steps, when the answer is. */
export class LongLeaf {
  constructor(readonly value: unknown) {}
}

/** What is long may stand under a thousand names. */
const jsonOf = onceWhereLong<string | LongLeaf>(
  (value) => JSON.stringify(value),
  (value) => (isOneStep(value) ? JSON.stringify(value) : new LongLeaf(value)),
);

/** Characters of a text that nothing needs to be known of. */
const SHORT = 1_000;

/** Writes a value of this type, which is there, as JSON, where it is not long. Throws where it is none. */
export type WriteLeaf = (value: unknown) => string | LongLeaf;

export function leafWriterOf(type: GraphQLLeafType): WriteLeaf {
  const isPlain = type.extensions[PLAIN] === true;
  const written = (value: unknown): string | LongLeaf => {
    const serialized: unknown = type.serialize(value);
    if (serialized === null || serialized === undefined) {
      throw new Error(`${type.name} has no value for what its field gave.`);
    }
    if (isPlain) return `"${serialized}"`;
    return Number.isFinite(serialized) ? String(serialized) : jsonOf(serialized);
  };
  if (isEnumType(type)) {
    const texts = new Map(type.getValues().map(({ name, value }) => [value as unknown, `"${name}"`]));
    return (value) => texts.get(value) ?? written(value);
  }
  const isText = isSpecifiedScalarType(type) && (type.name === 'String' || type.name === 'ID');
  return (value) => {
    if (isText && typeof value === 'string' && value.length < SHORT) return JSON.stringify(value);
    if (!(value instanceof JsonText)) return written(value);
    const { written: json } = value;
    return typeof json === 'string' && isOneStep(json) ? json : new LongLeaf(value);
  };
}
