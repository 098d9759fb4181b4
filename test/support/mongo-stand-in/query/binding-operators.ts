import { typeOf } from '../bson/encode.js';
import { typeName } from '../bson/show.js';
import { BSONRegExp, type Doc, isDoc, isTruthy, type Maybe, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Expression, OperatorCompiler, Scope } from './expressions.js';
import { compileRegex } from './regex.js';

const argumentsOf = (name: string, operand: Value): Doc => {
  if (!isDoc(operand)) throw new ServerError(28646, `${name} only supports an object as its argument`);
  return operand;
};

const required = (operand: Doc, key: string, name: string): Value => {
  const value = operand.get(key);
  if (value === undefined) throw new ServerError(28648, `Missing '${key}' parameter to ${name}`);
  return value;
};

const bind = (scope: Scope, bound: [string, Maybe][]): Scope => ({
  root: scope.root,
  variables: new Map([...scope.variables, ...bound]),
});

function inputArray(name: string, value: Maybe): Value[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value))
    throw new ServerError(28651, `input to ${name} must be an array not ${typeName(typeOf(value))}`);
  return value;
}

/** Operators that name variables, choose which operand to evaluate, or take constants. */
export const BINDING_OPERATORS: ReadonlyMap<string, OperatorCompiler> = new Map<string, OperatorCompiler>([
  ['$literal', (operand) => () => operand],
  ['$map', map],
  ['$filter', filter],
  ['$reduce', reduce],
  ['$let', letIn],
  ['$cond', cond],
  ['$switch', switchOn],
  ['$regexMatch', regexMatch],
  [
    '$and',
    (operand, compile) =>
      each(operand, compile, (operands, scope) => operands.every((item) => isTruthy(item(scope)))),
  ],
  [
    '$or',
    (operand, compile) =>
      each(operand, compile, (operands, scope) => operands.some((item) => isTruthy(item(scope)))),
  ],
  ['$ifNull', ifNull],
  ['$concatArrays', (operand, compile) => each(operand, compile, concatArrays)],
]);

/** Operators that stop at the operand that decides: what comes after it is not evaluated and cannot fail. */
function each(
  operand: Value,
  compile: (value: Value) => Expression,
  evaluate: (operands: Expression[], scope: Scope) => Maybe,
): Expression {
  const operands = (Array.isArray(operand) ? operand : [operand]).map(compile);
  return (scope) => evaluate(operands, scope);
}

/** With two operands: 4.4 takes no more, and what newer ones take need not be known here. */
function ifNull(operand: Value, compile: (value: Value) => Expression): Expression {
  const count = Array.isArray(operand) ? operand.length : 1;
  if (count !== 2)
    throw new ServerError(16020, `Expression $ifNull takes exactly 2 arguments. ${count} were passed in.`);
  return each(operand, compile, firstThere);
}

function firstThere(operands: Expression[], scope: Scope): Maybe {
  let value: Maybe;
  for (const operand of operands) {
    value = operand(scope);
    if (value !== undefined && value !== null) return value;
  }
  return value;
}

function concatArrays(operands: Expression[], scope: Scope): Maybe {
  const result: Value[] = [];
  for (const operand of operands) {
    const items = operand(scope);
    if (items === undefined || items === null) return null;
    if (!Array.isArray(items))
      throw new ServerError(28664, `$concatArrays only supports arrays, not ${typeName(typeOf(items))}`);
    for (const item of items) result.push(item);
  }
  return result;
}

/** A letter in lower case first: those in upper case are the server's own. */
function checkedName(name: string): string {
  if (!/^[a-z\u0080-\uffff][\w\u0080-\uffff]*$/.test(name))
    throw new ServerError(16867, `'${name}' starts with an invalid character for a user variable name`);
  return name;
}

function map(operand: Value, compile: (value: Value) => Expression): Expression {
  const given = argumentsOf('$map', operand);
  const input = compile(required(given, 'input', '$map'));
  const name = checkedName((given.get('as') as string | undefined) ?? 'this');
  const each = compile(required(given, 'in', '$map'));
  return (scope) =>
    inputArray('$map', input(scope))?.map((item) => each(bind(scope, [[name, item]])) ?? null) ?? null;
}

function filter(operand: Value, compile: (value: Value) => Expression): Expression {
  const given = argumentsOf('$filter', operand);
  const input = compile(required(given, 'input', '$filter'));
  const name = checkedName((given.get('as') as string | undefined) ?? 'this');
  const condition = compile(required(given, 'cond', '$filter'));
  return (scope) =>
    inputArray('$filter', input(scope))?.filter((item) => isTruthy(condition(bind(scope, [[name, item]])))) ??
    null;
}

function reduce(operand: Value, compile: (value: Value) => Expression): Expression {
  const given = argumentsOf('$reduce', operand);
  const input = compile(required(given, 'input', '$reduce'));
  const initial = compile(required(given, 'initialValue', '$reduce'));
  const each = compile(required(given, 'in', '$reduce'));
  return (scope) => {
    const items = inputArray('$reduce', input(scope));
    if (!items) return null;
    return items.reduce<Maybe>(
      (value, item) =>
        each(
          bind(scope, [
            ['value', value],
            ['this', item],
          ]),
        ),
      initial(scope),
    );
  };
}

function letIn(operand: Value, compile: (value: Value) => Expression): Expression {
  const given = argumentsOf('$let', operand);
  const variables = [...(required(given, 'vars', '$let') as Doc)].map(
    ([name, value]): [string, Expression] => [checkedName(name), compile(value)],
  );
  const body = compile(required(given, 'in', '$let'));
  return (scope) =>
    body(
      bind(
        scope,
        variables.map(([name, value]) => [name, value(scope)]),
      ),
    );
}

function cond(operand: Value, compile: (value: Value) => Expression): Expression {
  const parts = isDoc(operand)
    ? ['if', 'then', 'else'].map((key) => required(operand, key, '$cond'))
    : operand;
  if (!Array.isArray(parts) || parts.length !== 3)
    throw new ServerError(
      16020,
      `Expression $cond takes exactly 3 arguments. ${Array.isArray(parts) ? parts.length : 1} were passed in.`,
    );
  const [condition, yes, no] = parts.map(compile) as [Expression, Expression, Expression];
  return (scope) => (isTruthy(condition(scope)) ? yes(scope) : no(scope));
}

function switchOn(operand: Value, compile: (value: Value) => Expression): Expression {
  const given = argumentsOf('$switch', operand);
  const branches = (required(given, 'branches', '$switch') as Doc[]).map((branch) => ({
    condition: compile(required(branch, 'case', '$switch')),
    result: compile(required(branch, 'then', '$switch')),
  }));
  const otherwise = given.get('default');
  const fallback = otherwise === undefined ? undefined : compile(otherwise);
  return (scope) => {
    for (const { condition, result } of branches) if (isTruthy(condition(scope))) return result(scope);
    if (!fallback)
      throw new ServerError(
        40066,
        '$switch could not find a matching branch for an input, and no default was specified.',
      );
    return fallback(scope);
  };
}

/** A constant pattern is compiled, and refused, before any document is read. */
function regexMatch(operand: Value, compile: (value: Value) => Expression): Expression {
  const given = argumentsOf('$regexMatch', operand);
  const input = compile(required(given, 'input', '$regexMatch'));
  const written = required(given, 'regex', '$regexMatch');
  const pattern = written instanceof BSONRegExp ? written : compile(written);
  const options = (given.get('options') as string | undefined) ?? '';
  const toRegex = (value: Maybe) =>
    value instanceof BSONRegExp
      ? compileRegex(value.pattern, options || value.options, 51111)
      : compileRegex(String(value), options, 51111, 'Invalid Regex in $regexMatch: ');
  const constant = typeof written === 'string' && !written.startsWith('$') ? toRegex(written) : undefined;
  return (scope) => {
    const text = input(scope);
    if (text === undefined || text === null) return false;
    if (typeof text !== 'string')
      throw new ServerError(51104, "$regexMatch needs 'input' to be of type string");
    return (constant ?? toRegex(pattern instanceof BSONRegExp ? pattern : pattern(scope))).test(text);
  };
}
