import {
  coerceInputValue,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  getOperationAST,
  isInputObjectType,
  isInputType,
  isLeafType,
  isListType,
  typeFromAST,
} from 'graphql';
import { badInput } from '../../domain/errors.js';
import { MAX_PARTS_PER_CALL } from '../../domain/replies/reply-inputs.js';
import { decidingIn } from '../plan/conditions.js';
import type { Variables } from './operation-size.js';

/** Input objects in all variables together: twice what the longest list has, the parts of a reply. */
export const MAX_INPUT_OBJECTS = 2 * MAX_PARTS_PER_CALL;
/** Values of all their lists whose types are declared, such as ids: each is coerced by itself, twice. Lists within free-form JSON are not among them. */
const MAX_LISTED = 100_000;

/**
 * BAD_USER_INPUT for the first wrong value among the given variables, before graphql-js coerces them: it prints a wrong
 * object whole, and once more for each further error, so that a few megabytes would keep it busy for a minute. The values
 * must not be nested without end.
 */
export function checkVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
  variables: Variables,
): void {
  const count: Count = { objects: 0, listed: 0 };
  for (const definition of getOperationAST(document, operationName)?.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    // graphql-js would set the prototype of its variables with it.
    if (name === '__proto__') throw badInput('A variable cannot be called $__proto__. Rename it.');
    const type = typeFromAST(schema, definition.type);
    if (!isInputType(type) || !Object.hasOwn(variables, name)) continue;
    const value = variables[name];
    // graphql-js would say so of each object that what it decides stands in.
    if (value === null && decidingIn(document).has(name)) {
      throw badInput(`Variable "$${name}" decides what is included, and must not be null.`);
    }
    countInputs(value, type, count);
    if (count.objects > MAX_INPUT_OBJECTS) {
      throw badInput(`The variables hold more than ${MAX_INPUT_OBJECTS} input objects. Send fewer at once.`);
    }
    if (count.listed > MAX_LISTED) {
      throw badInput(`The lists in the variables hold more than ${MAX_LISTED} values. Send fewer at once.`);
    }
    coerceInputValue(value, type, (path, _value, { message }) => {
      throw badInput(`Variable "$${name}" got an invalid value at "${name}${pathText(path)}": ${message}`);
    });
  }
}

interface Count {
  objects: number;
  listed: number;
}

/** Objects of declared types, and not those in free-form JSON. Stops soon after there are too many. */
function countInputs(value: unknown, type: GraphQLInputType, count: Count): void {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    // A value that is no list stands for a list of it.
    const items = Array.isArray(value) ? value : [value];
    count.listed += items.length;
    if (isLeafType(getNullableType(nullable.ofType))) return;
    for (const item of items) {
      if (count.objects > MAX_INPUT_OBJECTS || count.listed > MAX_LISTED) break;
      countInputs(item, nullable.ofType, count);
    }
    return;
  }
  if (!isInputObjectType(nullable) || typeof value !== 'object' || value === null) return;
  count.objects++;
  for (const field of Object.values(nullable.getFields())) {
    if (Object.hasOwn(value, field.name)) countInputs((value as Variables)[field.name], field.type, count);
  }
}

const pathText = (path: readonly (string | number)[]) =>
  path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
