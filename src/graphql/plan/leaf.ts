import { type GraphQLLeafType, isEnumType } from 'graphql';
import { JsonText } from '../../domain/json-text.js';

/** Writes a value of this type, which is there, as JSON. Throws where it is none. */
export type WriteLeaf = (value: unknown) => string;

export function leafWriterOf(type: GraphQLLeafType): WriteLeaf {
  const written = (value: unknown): string => {
    const serialized: unknown = type.serialize(value);
    if (serialized === null || serialized === undefined) {
      throw new Error(`${type.name} has no value for what its field gave.`);
    }
    return JSON.stringify(serialized);
  };
  if (isEnumType(type)) {
    const texts = new Map(type.getValues().map(({ name, value }) => [value as unknown, `"${name}"`]));
    return (value) => texts.get(value) ?? written(value);
  }
  return (value) => (value instanceof JsonText ? value.json : written(value));
}
