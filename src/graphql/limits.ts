import {
  type DocumentNode,
  type FieldNode,
  getOperationAST,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { ParleyError } from '../domain/errors.js';
import { DEFAULT_PAGE, MAX_PAGE } from './paging.js';

/** Words and signs of a document: what parsing and validating it can cost. */
export const MAX_TOKENS = 3_000;
/** Nesting of fields; introspection, whose nesting the validation limits, does not count. */
export const MAX_DEPTH = 15;
/** Fields and fragment spreads after every fragment is put in its places. */
export const MAX_FIELDS = 1_000;
/**
 * Objects that an operation may ask for: page sizes multiplied, an agent list counted as five. 200 sessions with their agents'
 * last 20 messages are 22,200.
 */
export const MAX_COST = 50_000;
const ASSUMED_AGENTS = 5;
/** What a list of sessions costs beside its sessions: it may have to read all that are stored. */
const LIST_COST = 1_000;

type Variables = Readonly<Record<string, unknown>>;

/**
 * QUERY_TOO_COMPLEX, with what the operation costs and what is allowed, and BAD_USER_INPUT for a page that is too large,
 * before anything of it is executed.
 */
export function checkLimits(
  document: DocumentNode,
  operationName: string | null,
  variables: Variables,
): void {
  const operation = getOperationAST(document, operationName);
  if (!operation) return;
  const defaults = Object.fromEntries(
    (operation.variableDefinitions ?? []).map(({ variable, defaultValue }) => [
      variable.name.value,
      numberOf(defaultValue, {}),
    ]),
  );
  const measure = createMeasure(document, { ...defaults, ...variables });
  const cost = measure(operation.selectionSet, 1, 1);
  if (cost > MAX_COST) {
    throw tooComplex(
      `The operation asks for up to ${cost} objects; at most ${MAX_COST} are allowed. Ask for smaller pages.`,
      {
        cost,
        limit: MAX_COST,
      },
    );
  }
}

function createMeasure(document: DocumentNode, variables: Variables) {
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
        const below = times * itemsOf(selection, variables);
        const introspection = selection.name.value.startsWith('__');
        cost +=
          costOf(selection, times, below) +
          measure(selection.selectionSet, below, introspection ? Number.NEGATIVE_INFINITY : depth + 1);
      }
    }
    return cost;
  };
}

/** A field's own part: its list, or its copy where it is asked for once more under another name. */
function costOf({ name, alias }: FieldNode, times: number, below: number): number {
  if (name.value === 'sessions') return LIST_COST + below;
  return below > times || alias ? below : 0;
}

/** How many objects stand under a field: a page's size, five agents, else one. */
function itemsOf({ name, arguments: given }: FieldNode, variables: Variables): number {
  if (name.value === 'agents') return ASSUMED_AGENTS;
  if (name.value !== 'sessions' && name.value !== 'messages') return 1;
  const sizes = (given ?? []).filter(
    (argument) => argument.name.value === 'first' || argument.name.value === 'last',
  );
  const asked = sizes.map(({ value }) => numberOf(value, variables)).filter((size) => size !== null);
  const [size = DEFAULT_PAGE] = asked;
  // One out of range costs nothing: the resolver refuses it.
  return size >= 1 && size <= MAX_PAGE ? size : 1;
}

function numberOf(value: ValueNode | undefined, variables: Variables): number | null {
  if (value?.kind === Kind.INT) return Number(value.value);
  const variable = value?.kind === Kind.VARIABLE ? variables[value.name.value] : null;
  return typeof variable === 'number' ? variable : null;
}

const tooComplex = (message: string, details: Record<string, number>) =>
  new ParleyError('QUERY_TOO_COMPLEX', message, { details });
