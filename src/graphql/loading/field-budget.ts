import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import { Kind, OperationTypeNode } from 'graphql';
import { ParleyError } from '../../domain/errors.js';

/** Fields that an operation may have executed in its lists, over all their elements. */
const MAX_LIST_FIELDS = 1_000_000;
/** The same of one event of a subscription: it comes without being asked for again. */
const MAX_EVENT_FIELDS = 200_000;

type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'variableValues' | 'operation'>;

/** Of each execution, on its variables, which are its own: what is left of the budget. A weak map of what is short-lived is work for the collector. */
const LEFT = Symbol('fields left');

/** Variables for one execution alone. They have the place from the start: each that got it later would have a hidden class of its own. */
export const ownVariables = (variables: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  [LEFT]: undefined,
  ...variables,
});

/**
 * The list, where what is asked of each element is within the budget; QUERY_TOO_COMPLEX otherwise. The limits of an
 * operation know its pages, but not how many blocks a message has, or agents a session: that is whatever was stored.
 */
export function within<T>(list: T[], info: Info): T[] {
  const limit =
    info.operation.operation === OperationTypeNode.SUBSCRIPTION ? MAX_EVENT_FIELDS : MAX_LIST_FIELDS;
  const execution = info.variableValues as { [LEFT]?: number };
  let left = execution[LEFT] ?? limit;
  for (const node of info.fieldNodes) left -= list.length * fieldsBelow(node, info.fragments);
  execution[LEFT] = left;
  if (left >= 0) return list;
  throw refusalOf(info.variableValues, limit);
}

/** Of each execution, one for all of its lists that are too much: hundreds of names may ask for one of a thousand parts. */
const refusals = new WeakMap<object, ParleyError>();

function refusalOf(execution: object, limit: number): ParleyError {
  const known = refusals.get(execution);
  if (known) return known;
  const refusal = new ParleyError(
    'QUERY_TOO_COMPLEX',
    `The lists that were asked for have more than ${limit} fields. Ask for smaller pages, or for less of each item.`,
    { details: { limit } },
  );
  refusals.set(execution, refusal);
  return refusal;
}

/** Of a document that is kept, it is the same each time. */
const known = new WeakMap<FieldNode, number>();

function fieldsBelow(node: FieldNode, fragments: Info['fragments']): number {
  const found = known.get(node);
  if (found !== undefined) return found;
  const counted = Math.max(1, countFields(node.selectionSet, fragments));
  known.set(node, counted);
  return counted;
}

/** Ends: the limits of an operation have refused more than a thousand fields before it was executed. */
function countFields(selections: SelectionSetNode | undefined, fragments: Info['fragments']): number {
  return (selections?.selections ?? []).reduce((count, selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      return count + countFields(fragments[selection.name.value]?.selectionSet, fragments);
    }
    const below = countFields(selection.selectionSet, fragments);
    return count + below + (selection.kind === Kind.FIELD ? 1 : 0);
  }, 0);
}
