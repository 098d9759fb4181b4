import {
  coerceInputValue,
  type DocumentNode,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  getOperationAST,
  isInputType,
  isLeafType,
  isListType,
  typeFromAST,
} from 'graphql';
import { badInput } from '../../domain/errors.js';
import { namesOfWide } from '../../domain/json/json-size.js';
import { MAX_PARTS_PER_CALL } from '../../domain/replies/reply-inputs.js';
import { decidingIn } from '../plan/conditions.js';
import type { Variables } from './operation-size.js';
import { LONGEST_NAME, tooLongFor } from './too-long-for.js';

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
  const walk: Walk = { objects: 0, listed: 0, path: [] };
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
    const wrong = (path: readonly (string | number)[], message: string) =>
      badInput(`Variable "$${name}" got an invalid value at "${name}${pathText(path)}": ${message}`);
    const tooLong = findTooLong(value, type, walk);
    if (tooLong !== null) throw wrong(walk.path, tooLong);
    if (walk.objects > MAX_INPUT_OBJECTS) {
      throw badInput(`The variables hold more than ${MAX_INPUT_OBJECTS} input objects. Send fewer at once.`);
    }
    if (walk.listed > MAX_LISTED) {
      throw badInput(`The lists in the variables hold more than ${MAX_LISTED} values. Send fewer at once.`);
    }
    coerceInputValue(value, type, (path, _value, { message }) => {
      throw wrong(path, message);
    });
  }
}

interface Walk {
  objects: number;
  listed: number;
  /** Leads to the value that is looked at. */
  readonly path: (string | number)[];
}

/**
 * What is wrong with the first value, or name, that is far too long; `walk.path` leads to it then. Counts objects of declared types, and not
 * those in free-form JSON, and stops soon after there are too many.
 */
function findTooLong(value: unknown, type: GraphQLInputType, walk: Walk): string | null {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    // A value that is no list stands for a list of it.
    if (!Array.isArray(value)) {
      walk.listed++;
      return findTooLong(value, nullable.ofType, walk);
    }
    walk.listed += value.length;
    return firstOf(value.keys(), walk, (index) => findTooLong(value[index], nullable.ofType, walk));
  }
  if (isLeafType(nullable))
    return tooLongFor(nullable)(value) ? `It is too long for the type ${nullable.name}.` : null;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  walk.objects++;
  if ((namesOfWide(value) ?? Object.keys(value)).some((name) => name.length > LONGEST_NAME))
    return `No field of type "${nullable.name}" has a name of more than ${LONGEST_NAME} characters.`;
  const fields = nullable.getFields();
  const given = Object.keys(fields).filter((name) => Object.hasOwn(value, name));
  return firstOf(given, walk, (name) =>
    findTooLong((value as Variables)[name], (fields[name] as GraphQLInputField).type, walk),
  );
}

/** What is found at the first of these steps where anything is. */
function firstOf<T extends string | number>(
  steps: Iterable<T>,
  walk: Walk,
  find: (step: T) => string | null,
): string | null {
  for (const step of steps) {
    if (walk.objects > MAX_INPUT_OBJECTS || walk.listed > MAX_LISTED) break;
    walk.path.push(step);
    const found = find(step);
    if (found !== null) return found;
    walk.path.pop();
  }
  return null;
}

const pathText = (path: readonly (string | number)[]) =>
  path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
