import {
  type FieldNode,
  type GraphQLResolveInfo,
  getNullableType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Later } from '../domain/later.js';
import type { Loader } from './loaders.js';
import { fieldsOf } from './selected-parts.js';

type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'operation' | 'schema'>;

/** What a field gives: joined with what others ask for in the same turn, where there may be others, else at once. */
export const loadField = <K, V>(loader: Loader<K, V>, key: K, info: Info): Later<V> =>
  isAlone(info) ? loader.loadAlone(key) : loader.load(key);

function isAlone(info: Info): boolean {
  const [node, ...more] = info.fieldNodes;
  if (!node || more.length > 0) return false;
  const nodes = known.get(info.operation) ?? aloneIn(info);
  known.set(info.operation, nodes);
  return nodes.has(node);
}

const known = new WeakMap<OperationDefinitionNode, ReadonlySet<FieldNode>>();

/**
 * The fields of an operation that are executed once, while no other field is that has fields itself: from the root down, as long as
 * there is one such field, whatever its conditions say, and what is above it is no list.
 */
function aloneIn({ operation, schema, fragments }: Info): ReadonlySet<FieldNode> {
  const nodes = new Set<FieldNode>();
  let type: unknown = schema.getRootType(operation.operation);
  let set: SelectionSetNode | undefined = operation.selectionSet;
  while (isObjectType(type)) {
    const [node, ...others]: FieldNode[] = fieldsOf([set], fragments).filter((field) => field.selectionSet);
    if (!node || others.length > 0) break;
    nodes.add(node);
    const field = type.getFields()[node.name.value];
    type = field && getNullableType(field.type);
    set = node.selectionSet;
  }
  return nodes;
}
