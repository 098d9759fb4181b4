import { type FieldNode, Kind, type OperationDefinitionNode, type ValueNode } from 'graphql';
import { charactersOf } from '../../domain/json/json-size.js';

/** Of an argument that cost as much as one object. */
const CHARACTERS_PER_OBJECT = 1_024;

/**
 * What a field's arguments cost wherever it is executed, in objects: an id or a cursor of megabytes could stand under hundreds of
 * names, and be read anew for each of them in each item of a list.
 */
export function createArgumentCost(
  { variableDefinitions = [] }: Pick<OperationDefinitionNode, 'variableDefinitions'>,
  variables: Readonly<Record<string, unknown>>,
): (field: FieldNode) => number {
  const defaults = new Map(
    variableDefinitions.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
  );
  const ofVariable = remembered((name: string) =>
    Object.hasOwn(variables, name) ? charactersOf(variables[name]) : charactersIn(defaults.get(name)),
  );
  return remembered(({ arguments: given = [] }: FieldNode) => {
    const characters = given.reduce(
      (sum, { value }) =>
        sum + charactersIn(value) + variablesIn(value).reduce((all, name) => all + ofVariable(name), 0),
      0,
    );
    return Math.floor(characters / CHARACTERS_PER_OBJECT);
  });
}

const charactersIn = (value: ValueNode | undefined) => (value?.loc ? value.loc.end - value.loc.start : 0);

function variablesIn(value: ValueNode): string[] {
  if (value.kind === Kind.VARIABLE) return [value.name.value];
  if (value.kind === Kind.LIST) return value.values.flatMap(variablesIn);
  return value.kind === Kind.OBJECT ? value.fields.flatMap((field) => variablesIn(field.value)) : [];
}

/** Fragments put one field in many places. */
function remembered<K>(measure: (key: K) => number): (key: K) => number {
  const known = new Map<K, number>();
  return (key) => {
    const found = known.get(key) ?? measure(key);
    known.set(key, found);
    return found;
  };
}
