import {
  type DocumentNode,
  type FieldNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  type ValueNode,
  visit,
} from 'graphql';
import { ParleyError } from '../domain/errors.js';
import { charactersOf } from '../domain/json-size.js';
import { createLru } from '../domain/lru.js';
import { quote } from '../domain/sessions/names.js';
import { createArgumentCost } from './argument-cost.js';
import { DEFAULT_PAGE, MAX_PAGE } from './paging.js';

/** Words and signs of a document: what parsing and validating it can cost. */
export const MAX_TOKENS = 3_000;
/** Characters and lines of a document: for each error in it, graphql-js goes through them from the first to find its place. */
export const MAX_CHARACTERS = 1024 * 1024;
const MAX_LINES = 20_000;
/** Errors of a document that are told of. */
export const VALIDATION = { maxErrors: 20 } as const;
/** Nesting of fields; introspection, whose nesting the validation limits, does not count. */
export const MAX_DEPTH = 15;
/** Fields and fragment spreads after every fragment is put in its places. */
export const MAX_FIELDS = 1_000;
/**
 * Objects that an operation may ask for: page sizes multiplied, a list of agents or of active replies counted as five. 200 sessions with
 * their agents' last 20 messages are 22,200. A KiB of an argument counts as one wherever its field is executed.
 */
export const MAX_COST = 50_000;
/** For each event of a subscription. */
export const MAX_EVENT_COST = 10_000;
const ASSUMED_AGENTS = 5;
/** What a list of sessions costs beside its sessions: it may have to read all that are stored. */
const LIST_COST = 1_000;
/** Metadata paths that cost as much as one object. */
const PATHS_PER_OBJECT = 20;
/** The arguments that say how much is asked for. */
const SIZES = new Set(['first', 'last', 'paths']);
/** About how long the lists of the introspection are. */
const SCHEMA_LISTS: Readonly<Record<string, number>> = {
  types: 80,
  directives: 5,
  fields: 8,
  inputFields: 8,
  args: 2,
  enumValues: 5,
  possibleTypes: 5,
};
/** Stored JSON may be 64 levels deep, and stands some levels deep in an input. */
export const MAX_VARIABLE_DEPTH = 100;

/** The depth of everything in an introspection: one more stays the same. */
const INTROSPECTION = Number.NEGATIVE_INFINITY;

const LINE_ENDS = /\r\n|[\n\r]/g;

type Variables = Readonly<Record<string, unknown>>;

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

/** Sizes of pages that an operation was measured with and passed; a further one is measured anew each time. */
const MAX_MEASURED = 32;
/** A variable of up to one of these lengths counts as one of that length, so that most have one cost. */
const LENGTHS = [256, 2_048, 16_384].map((length) => ' '.repeat(length));

/**
 * What an operation costs, or about; throws as `checkLimits` does where it is too much. Where no variable is very long it is measured once for each choice of
 * pages, with variables that are as long as these may be.
 */
export function costChecksOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
): (variables: Variables) => number {
  const passed = createLru<string, number>(MAX_MEASURED);
  const sizes = sizesIn(document);
  const declared = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  return (variables) => {
    let longest = 0;
    let key = '';
    for (const name of declared) {
      if (!Object.hasOwn(variables, name)) continue;
      longest = Math.max(longest, charactersOf(variables[name]));
      key += `,${name}`;
    }
    for (const name of sizes) key += `,${sizeOf(variables, name)}`;
    const length = LENGTHS.find((one) => one.length >= longest);
    if (length !== undefined) {
      key += `,${length.length}`;
      const known = passed.get(key);
      if (known !== undefined) return known;
      const given = declared.filter((name) => Object.hasOwn(variables, name));
      const asLong = Object.fromEntries(given.map((name) => [name, length]));
      const cost = orNull(() => checkCost(document, operation, variables, asLong));
      if (cost !== null) {
        passed.set(key, cost);
        return cost;
      }
    }
    return checkCost(document, operation, variables, variables);
  };
}

function orNull(check: () => number): number | null {
  try {
    return check();
  } catch {
    return null;
  }
}

/** The variables that the size of a page may depend on. */
function sizesIn(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Argument({ name, value }) {
      if (value.kind === Kind.VARIABLE && SIZES.has(name.value)) names.add(value.name.value);
    },
  });
  return [...names];
}

/** All that it depends on of a variable. */
function sizeOf(variables: Variables, name: string): string {
  if (!Object.hasOwn(variables, name)) return 'default';
  const value = variables[name];
  return Array.isArray(value) ? `[${value.length}]` : String(typeof value === 'number' ? value : null);
}

/** `long`: the variables as they count for the length of arguments. */
function checkCost(
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

function createMeasure(
  document: DocumentNode,
  variables: Variables,
  argumentCost: (field: FieldNode) => number,
) {
  const fragments = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet]] : [],
    ),
  );
  let fields = 0;

  return function measure(selections: SelectionSetNode | undefined, times: number, depth: number): number {
    let cost = 0;
    for (const selection of selections?.selections ?? []) {
      if (++fields > MAX_FIELDS)
        throw tooComplex(`The operation has more than ${MAX_FIELDS} fields. Ask for fewer at once.`, {
          limit: MAX_FIELDS,
        });
      if (selection.kind === Kind.INLINE_FRAGMENT) cost += measure(selection.selectionSet, times, depth);
      else if (selection.kind === Kind.FRAGMENT_SPREAD)
        cost += measure(fragments.get(selection.name.value), times, depth);
      else {
        if (depth > MAX_DEPTH)
          throw tooComplex(`The operation is nested deeper than ${MAX_DEPTH} levels.`, { limit: MAX_DEPTH });
        const items = depth === INTROSPECTION ? schemaItemsOf(selection) : itemsOf(selection, variables);
        const below = times * items;
        const introspection = selection.name.value.startsWith('__');
        cost +=
          costOf(selection, variables, times, below) +
          times * argumentCost(selection) +
          measure(selection.selectionSet, below, introspection ? INTROSPECTION : depth + 1);
      }
    }
    return cost;
  };
}

/** A field's own part: its list, or its copy where it is asked for once more under another name. */
function costOf(field: FieldNode, variables: Variables, times: number, below: number): number {
  const { name, alias } = field;
  if (name.value === 'sessions' || name.value === 'eraseSessions') return LIST_COST + below;
  const own = below > times || alias ? below : 0;
  return name.value === 'metadata'
    ? own + times * Math.floor(pathsOf(field, variables) / PATHS_PER_OBJECT)
    : own;
}

function pathsOf(field: FieldNode, variables: Variables): number {
  const value = field.arguments?.find(({ name }) => name.value === 'paths')?.value;
  if (value?.kind === Kind.LIST) return value.values.length;
  const given = value?.kind === Kind.VARIABLE ? variables[value.name.value] : null;
  return Array.isArray(given) ? given.length : 0;
}

function schemaItemsOf({ name }: FieldNode): number {
  return Object.hasOwn(SCHEMA_LISTS, name.value) ? (SCHEMA_LISTS[name.value] as number) : 1;
}

const PAGES = new Set(['sessions', 'messages', 'replies', 'snapshotKeys']);

/** How many objects stand under a field: a page's size, five agents or active replies, else one. */
function itemsOf({ name, arguments: given }: FieldNode, variables: Variables): number {
  if (name.value === 'agents' || name.value === 'activeReplies') return ASSUMED_AGENTS;
  if (!PAGES.has(name.value)) return 1;
  const sizes = (given ?? []).filter(
    (argument) => argument.name.value === 'first' || argument.name.value === 'last',
  );
  const asked = sizes.map(({ value }) => numberOf(value, variables)).filter((size) => size !== null);
  const [size = DEFAULT_PAGE] = asked;
  // One out of range costs nothing: the resolver refuses it.
  return size >= 1 && size <= MAX_PAGE ? size : 1;
}

/** Whether lists and objects stand in each other further than this. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  // All keys are its own: it comes from JSON.
  for (const key in value) if (isDeeperThan((value as Variables)[key], levels - 1)) return true;
  return false;
}

function numberOf(value: ValueNode | undefined, variables: Variables): number | null {
  if (value?.kind === Kind.INT) return Number(value.value);
  const variable = value?.kind === Kind.VARIABLE ? variables[value.name.value] : null;
  return typeof variable === 'number' ? variable : null;
}

const tooComplex = (message: string, details: Record<string, number>) =>
  new ParleyError('QUERY_TOO_COMPLEX', message, { details });
