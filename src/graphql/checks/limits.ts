import { type DocumentNode, getOperationAST, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { ParleyError } from '../../domain/errors.js';
import { namesOfWide } from '../../domain/json/json-size.js';
import { quote } from '../../domain/sessions/names.js';
import { createArgumentCost } from './argument-cost.js';
import { createMeasure, numberOf, tooComplex, type Variables } from './operation-size.js';

/** Words and signs of a document: what parsing and validating it can cost. */
export const MAX_TOKENS = 3_000;
/** Characters and lines of a document: for each error in it, graphql-js goes through them from the first to find its place. */
export const MAX_CHARACTERS = 1024 * 1024;
const MAX_LINES = 20_000;
/** Errors of a document that are told of. */
export const VALIDATION = { maxErrors: 20 } as const;
/**
 * Objects that an operation may ask for: page sizes multiplied, a list of agents or of active replies counted as five. 200 sessions with
 * their agents' last 20 messages are 22,200. A KiB of an argument counts as one wherever its field is executed.
 */
export const MAX_COST = 50_000;
/** For each event of a subscription. */
export const MAX_EVENT_COST = 10_000;
/** Stored JSON may be 64 levels deep, and stands some levels deep in an input. */
export const MAX_VARIABLE_DEPTH = 100;

/** As graphql-js ends lines. */
export const LINE_ENDS = /\r\n|[\n\r]/g;

/** QUERY_TOO_COMPLEX for a text that could not be refused in a bounded time. To be asked before it is parsed. */
export function checkText(query: string): void {
  if (query.length > MAX_CHARACTERS) {
    throw tooComplex(
      `The document has more than ${MAX_CHARACTERS} characters. Give long texts as variables.`,
      {
        limit: MAX_CHARACTERS,
      },
    );
  }
  let lines = 0;
  for (const _ of query.matchAll(LINE_ENDS)) {
    if (++lines >= MAX_LINES) {
      throw tooComplex(`The document has more than ${MAX_LINES} lines. Give long texts as variables.`, {
        limit: MAX_LINES,
      });
    }
  }
}

/**
 * What the operation costs. QUERY_TOO_COMPLEX, with that and what is allowed, and BAD_USER_INPUT for variables that are nested
 * so deep that coercing them would overflow the stack, before anything of it is executed.
 */
export function checkLimits(
  document: DocumentNode,
  operationName: string | null,
  variables: Variables,
): number {
  const operation = getOperationAST(document, operationName);
  if (!operation) return 0;
  checkDepth(variables);
  return checkCost(document, operation, variables, variables);
}

/** BAD_USER_INPUT for variables that are nested so deep that coercing them would overflow the stack. */
export function checkDepth(variables: Variables): void {
  for (const name in variables) {
    if (!isDeeperThan(variables[name], MAX_VARIABLE_DEPTH)) continue;
    throw new ParleyError(
      'BAD_USER_INPUT',
      `The variable ${quote(name)} is nested deeper than ${MAX_VARIABLE_DEPTH} levels.`,
    );
  }
}

/** `long`: the variables as they count for the length of arguments. */
export function checkCost(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  long: Variables,
): number {
  const defaults = Object.fromEntries(
    (operation.variableDefinitions ?? []).map(({ variable, defaultValue }) => [
      variable.name.value,
      numberOf(defaultValue, {}),
    ]),
  );
  const argumentCost = createArgumentCost(operation, long);
  const measure = createMeasure(document, { ...defaults, ...variables }, argumentCost);
  const cost = measure(operation.selectionSet, 1, 1);
  const isLive = operation.operation === OperationTypeNode.SUBSCRIPTION;
  const limit = isLive ? MAX_EVENT_COST : MAX_COST;
  if (cost > limit) {
    throw tooComplex(
      `The operation asks for up to ${cost} objects${isLive ? ' with each event' : ''}; at most ${limit} are allowed. Ask for smaller pages, and give long arguments to fewer fields.`,
      { cost, limit },
    );
  }
  return cost;
}

/** Whether lists and objects stand in each other further than this. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    // A list of a million numbers has a million keys, each of them a text, and none of them is worth a call.
    for (const item of value) if (typeof item === 'object' && isDeeperThan(item, levels - 1)) return true;
    return false;
  }
  const names = namesOfWide(value);
  if (names) return names.some((name) => isDeeperThan((value as Variables)[name], levels - 1));
  // All keys are its own: it comes from JSON.
  for (const key in value) if (isDeeperThan((value as Variables)[key], levels - 1)) return true;
  return false;
}
