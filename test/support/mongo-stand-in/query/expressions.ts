import { type Doc, isDoc, type Maybe, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { ARRAY_OPERATORS } from './array-operators.js';
import { BINDING_OPERATORS } from './binding-operators.js';
import { valueAtPath } from './paths.js';
import { VALUE_OPERATORS } from './value-operators.js';

export interface Scope {
  root: Doc;
  variables: ReadonlyMap<string, Maybe>;
}

export type Expression = (scope: Scope) => Maybe;

/** Makes an expression of its operand as it was written; most operators take their operands evaluated instead. */
export type OperatorCompiler = (operand: Value, compile: (value: Value) => Expression) => Expression;

/** The expression as a function. Unknown operators are refused here, before any document is read. */
export function compileExpression(value: Value): Expression {
  if (typeof value === 'string' && value.startsWith('$')) return path(value);
  if (Array.isArray(value)) {
    const items = value.map(compileExpression);
    return (scope) => items.map((item) => item(scope) ?? null);
  }
  if (!isDoc(value)) return () => value;
  const [first] = value.keys();
  if (!first?.startsWith('$')) return object(value);
  if (value.size > 1)
    throw new ServerError(
      15983,
      `An object representing an expression must have exactly one field: ${first}`,
    );
  return operator(first, value.get(first) as Value);
}

function path(text: string): Expression {
  if (!text.startsWith('$$')) {
    const parts = text.slice(1).split('.');
    checkNames(parts);
    return ({ root }) => valueAtPath(root, parts);
  }
  const [name, ...parts] = text.slice(2).split('.') as [string, ...string[]];
  checkNames(parts);
  if (name === 'ROOT' || name === 'CURRENT') return ({ root }) => valueAtPath(root, parts);
  if (name === 'REMOVE') return () => undefined;
  if (name === 'NOW') return () => new Date();
  return ({ variables }) => {
    if (!variables.has(name)) throw new ServerError(17276, `Use of undefined variable: ${name}`);
    return valueAtPath(variables.get(name), parts);
  };
}

function checkNames(parts: readonly string[]): void {
  for (const part of parts) {
    if (part === '') throw new ServerError(15998, 'FieldPath field names may not be empty strings.');
    if (part.startsWith('$'))
      throw new ServerError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    if (part.includes('\0'))
      throw new ServerError(16411, 'FieldPath field names may not contain null bytes.');
  }
}

function object(value: Doc): Expression {
  const fields = [...value].map(([key, item]): [string, Expression] => {
    if (key.includes('.')) throw new ServerError(16412, "FieldPath field names may not contain '.'.");
    checkNames([key]);
    return [key, compileExpression(item)];
  });
  return (scope) => {
    const result: Doc = new Map();
    for (const [key, expression] of fields) {
      const item = expression(scope);
      if (item !== undefined) result.set(key, item);
    }
    return result;
  };
}

function operator(name: string, operand: Value): Expression {
  const binding = BINDING_OPERATORS.get(name);
  if (binding) return binding(operand, compileExpression);
  const known = ARRAY_OPERATORS.get(name) ?? VALUE_OPERATORS.get(name);
  if (!known) throw new ServerError(168, `Unrecognized expression '${name}'`);
  // An array is the list of operands; anything else is the one operand.
  const operands = (Array.isArray(operand) ? operand : [operand]).map(compileExpression);
  return (scope) =>
    known(
      operands.map((item) => item(scope)),
      operands.length,
    );
}
