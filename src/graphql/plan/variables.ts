import {
  type GraphQLInputType,
  type GraphQLSchema,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  valueFromAST,
} from 'graphql';
import { MAX_INPUT_OBJECTS } from '../checks/check-variables.js';
import { checkDepth } from '../checks/limits.js';
import { coercionOfType, isShallow, unfit } from './coercion.js';

/** The variables as an execution has them. Throws where one is wrong, missing or too large: graphql-js then says which. */
export type Coerce = (given: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** What `getVariableValues` of graphql-js does, with all that the operation alone decides done before. */
export function coercionOf(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): Coerce {
  const declared = variableDefinitions.map(({ variable, type: node, defaultValue }) => {
    const type = typeFromAST(schema, node) as GraphQLInputType;
    return { name: variable.name.value, type, coerce: coercionOfType(type), defaultValue };
  });
  const shallow = new Set(declared.flatMap(({ name, type }) => (isShallow(type) ? [name] : [])));
  return (given) => {
    // Of a shallow type nothing fits that is nested deeply. Others are looked at first: to coerce them would overflow the stack.
    for (const name in given) if (!shallow.has(name)) checkDepth({ [name]: given[name] });
    const coerced: Record<string, unknown> = {};
    let objects = 0;
    const counted = () => {
      if (++objects > MAX_INPUT_OBJECTS) unfit();
    };
    for (const { name, type, coerce, defaultValue } of declared) {
      if (!Object.hasOwn(given, name)) {
        if (defaultValue) coerced[name] = valueFromAST(defaultValue, type);
        else if (isNonNullType(type)) unfit();
        continue;
      }
      // graphql-js would set the prototype of its variables with a `$__proto__`.
      if (name === '__proto__') unfit();
      coerced[name] = coerce(given[name], counted);
    }
    return coerced;
  };
}
