import {
  coerceInputValue,
  type GraphQLInputType,
  type GraphQLSchema,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  valueFromAST,
} from 'graphql';
import { countInputObjects, MAX_INPUT_OBJECTS } from '../check-variables.js';

/** The variables as an execution has them. Throws where one is wrong, missing or too large: graphql-js then says which. */
export type Coerce = (given: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** What `getVariableValues` of graphql-js does, with all that the operation alone decides done before. */
export function coercionOf(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): Coerce {
  const declared = variableDefinitions.map(({ variable, type, defaultValue }) => ({
    name: variable.name.value,
    type: typeFromAST(schema, type) as GraphQLInputType,
    defaultValue,
  }));
  return (given) => {
    const coerced: Record<string, unknown> = {};
    let objects = 0;
    for (const { name, type, defaultValue } of declared) {
      if (!Object.hasOwn(given, name)) {
        if (defaultValue) coerced[name] = valueFromAST(defaultValue, type);
        else if (isNonNullType(type)) throw new Unfit();
        continue;
      }
      const value = given[name];
      objects += countInputObjects(value, type, MAX_INPUT_OBJECTS);
      // graphql-js would set the prototype of its variables with a `$__proto__`.
      if (objects > MAX_INPUT_OBJECTS || name === '__proto__') throw new Unfit();
      coerced[name] = coerceInputValue(value, type, unfit);
    }
    return coerced;
  };
}

/** Never leaves this folder. */
export class Unfit extends Error {}

function unfit(): never {
  throw new Unfit();
}
