import type { FieldNode, GraphQLResolveInfo, OperationDefinitionNode, SelectionSetNode } from 'graphql';
import type { Later } from '../../domain/async/later.js';
import type { Loader } from './loaders.js';
import { fieldsOf } from './selected-parts.js';

type Info = Pick<GraphQLResolveInfo, 'fieldName' | 'fragments' | 'operation'>;

/** Fields that one loader loads. The root's `node`, whatever it is an id of, is one of each. */
const ALIKE: Readonly<Record<string, readonly string[]>> = {
  session: ['session'],
  agents: ['agents', 'agent'],
  agent: ['agents', 'agent'],
};

/**
 * What a field gives of `source`: joined with what others ask for in the same turn, where there may be others, else at once. `keysOf`: what
 * it asks for of these.
 */
export function loadField<S extends object | undefined, K, V>(
  loader: Loader<K, V>,
  source: S,
  info: Info,
  keysOf: (sources: readonly S[]) => K[],
): Later<V> {
  if (isAlone(info)) return loader.loadAlone(source, keysOf);
  const [key] = keysOf([source]);
  return loader.load(key as K);
}

/** By the names of fields. */
const known = new WeakMap<OperationDefinitionNode, Map<string, boolean>>();

/** Whether no other field of the operation is loaded by the same loader, whatever the conditions say. */
function isAlone({ fieldName, operation, fragments }: Info): boolean {
  const ofOperation = known.get(operation) ?? new Map<string, boolean>();
  known.set(operation, ofOperation);
  const found = ofOperation.get(fieldName);
  if (found !== undefined) return found;
  const names = ALIKE[fieldName] ?? [fieldName];
  const { selectionSet } = operation;
  const hasNode = fieldsOf([selectionSet], fragments).some(({ name }) => name.value === 'node');
  const alone = !hasNode && countOf(names, selectionSet, fragments) === 1;
  ofOperation.set(fieldName, alone);
  return alone;
}

/** Ends: the limits of an operation have refused what is too large before it is executed. */
const countOf = (
  names: readonly string[],
  set: SelectionSetNode | undefined,
  fragments: Info['fragments'],
): number =>
  fieldsOf([set], fragments).reduce(
    (sum, { name, selectionSet }: FieldNode) =>
      sum +
      (names.includes(name.value) ? 1 : 0) +
      (selectionSet ? countOf(names, selectionSet, fragments) : 0),
    0,
  );
