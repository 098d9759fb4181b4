import { type GraphQLLeafType, isEnumType, isSpecifiedScalarType } from 'graphql';
import { charactersLeft } from '../../domain/json/json-size.js';
import { oncePerObject } from '../../domain/once-per-object.js';

/** No name that a schema knows is longer. */
export const LONGEST_NAME = 1_000;

/**
 * Whether a value is so long that it cannot be of the type, and that graphql-js must not be asked why: it compares a text with the name of
 * each value, character by character, and prints an object whole. A text of 8 MB took a gigabyte and half a second.
 */
export const tooLongFor = oncePerObject((type: GraphQLLeafType): ((value: unknown) => boolean) => {
  if (!isEnumType(type) && !isSpecifiedScalarType(type)) return () => false;
  const takesText = type.name === 'String' || type.name === 'ID';
  return (value) =>
    typeof value === 'string'
      ? !takesText && value.length > LONGEST_NAME
      : typeof value === 'object' && charactersLeft(value, LONGEST_NAME) < 0;
});
