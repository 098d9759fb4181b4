import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode, type ValueNode } from 'graphql';
import { ParleyError } from '../../domain/errors.js';
import { DEFAULT_PAGE, MAX_PAGE } from '../paging.js';

/** What was sent beside a document. */
export type Variables = Readonly<Record<string, unknown>>;

/** Nesting of fields; introspection, whose nesting the validation limits, does not count. */
export const MAX_DEPTH = 15;
/** Fields and fragment spreads after every fragment is put in its places. */
const MAX_FIELDS = 1_000;
const ASSUMED_AGENTS = 5;
/** What a list of sessions costs beside its sessions: it may have to read all that are stored. */
const LIST_COST = 1_000;
/** Metadata paths that cost as much as one object. */
const PATHS_PER_OBJECT = 20;
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
/** The depth of everything in an introspection: one more stays the same. */
const INTROSPECTION = Number.NEGATIVE_INFINITY;

/** Measures the objects that fields ask for, `times` over. QUERY_TOO_COMPLEX where they are too many or too deep. */
export type Measure = (selections: SelectionSetNode | undefined, times: number, depth: number) => number;

/** `argumentCost`: of a field's arguments, each time that it is executed. */
export function createMeasure(
  document: DocumentNode,
  variables: Variables,
  argumentCost: (field: FieldNode) => number,
): Measure {
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

export function numberOf(value: ValueNode | undefined, variables: Variables): number | null {
  if (value?.kind === Kind.INT) return Number(value.value);
  const variable = value?.kind === Kind.VARIABLE ? variables[value.name.value] : null;
  return typeof variable === 'number' ? variable : null;
}

export const tooComplex = (message: string, details: Record<string, number>) =>
  new ParleyError('QUERY_TOO_COMPLEX', message, { details });
