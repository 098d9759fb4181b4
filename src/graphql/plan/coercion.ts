import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isSpecifiedScalarType,
} from 'graphql';
import { tooLongFor } from '../checks/too-long-for.js';

/** Makes of a value of a variable what resolvers are given; `counted` is called for each input object. Throws `Unfit`. */
export type CoerceValue = (value: unknown, counted: () => void) => unknown;

/** Never leaves this folder. */
class Unfit extends Error {}

export function unfit(): never {
  throw new Unfit();
}

/** One for each type of a schema, whatever operations ask for it; a type may hold itself. */
const objects = new WeakMap<GraphQLInputObjectType, CoerceValue>();

function ofObject(type: GraphQLInputObjectType): CoerceValue {
  const known = objects.get(type);
  if (known) return known;
  // graphql-js looks at these as a whole.
  if (type.isOneOf) return unfit;
  let fields: Field[] | null = null;
  const coerce: CoerceValue = (value, counted) => {
    // Of a list of four million all names would be made before it is refused.
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return unfit();
    counted();
    fields ??= Object.values(type.getFields()).map(({ name, type: of, defaultValue }) => {
      return { name, coerce: coercionOfType(of), isRequired: isNonNullType(of), defaultValue };
    });
    const given = value as Record<string, unknown>;
    const coerced: Record<string, unknown> = {};
    let taken = 0;
    for (const { name, coerce, isRequired, defaultValue } of fields) {
      const one = given[name];
      if (one !== undefined) {
        if (Object.hasOwn(given, name)) taken++;
        coerced[name] = coerce(one, counted);
      } else if (defaultValue !== undefined) coerced[name] = defaultValue;
      else if (isRequired) return unfit();
    }
    // Others are refused: by their names, and only where there are any.
    if (Object.keys(given).length !== taken) refuseUnknown(type, given);
    return coerced;
  };
  objects.set(type, coerce);
  return coerce;
}

/** `coerceInputValue` of graphql-js for one type, with all that the type alone decides done before. */
export function coercionOfType(type: GraphQLInputType): CoerceValue {
  if (isNonNullType(type)) {
    const coerce = coercionOfType(type.ofType);
    return (value, counted) => (value === null || value === undefined ? unfit() : coerce(value, counted));
  }
  const coerce = ofNullable(type);
  return (value, counted) => (value === null || value === undefined ? null : coerce(value, counted));
}

function ofNullable(type: GraphQLInputType): CoerceValue {
  if (isInputObjectType(type)) return ofObject(type);
  if (isListType(type)) {
    const coerce = coercionOfType(type.ofType);
    // A value that is no list stands for a list of it.
    return (value, counted) =>
      Array.isArray(value) ? value.map((item) => coerce(item, counted)) : [coerce(value, counted)];
  }
  if (!isLeafType(type)) return unfit();
  const isTooLong = tooLongFor(type);
  return (value) => {
    if (isTooLong(value)) return unfit();
    const parsed = type.parseValue(value);
    return parsed === undefined ? unfit() : parsed;
  };
}

/** Whether no value that fits the type is nested without end: it holds neither itself nor JSON. */
export function isShallow(type: GraphQLInputType, within: readonly GraphQLInputType[] = []): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return isEnumType(named) || isSpecifiedScalarType(named);
  if (within.includes(named)) return false;
  return Object.values(named.getFields()).every(({ type: of }) => isShallow(of, [...within, named]));
}

interface Field {
  name: string;
  coerce: CoerceValue;
  isRequired: boolean;
  defaultValue: unknown;
}

function refuseUnknown(type: GraphQLInputObjectType, given: object): void {
  const fields = type.getFields();
  for (const name of Object.keys(given)) if (!fields[name]) unfit();
}
