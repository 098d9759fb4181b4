import {
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isNonNullType,
  Kind,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import { argumentsOf } from './arguments.js';
import { completionOf } from './completion.js';
import type { Asked } from './execution.js';
import type { Field, Selection } from './field.js';

/** Numbers the fields of a plan, from 0: selections are made when they are first needed. */
export interface Made {
  next(): number;
}

/** Whether a node with `@skip` or `@include` is taken. */
export type Taken = (node: SelectionNode) => boolean;

type Sets = readonly (SelectionSetNode | undefined)[];

/** What these nodes select of an object of the type, as graphql-js collects and merges it. */
export function selectionOf(
  asked: Asked,
  taken: Taken,
  made: Made,
  type: GraphQLObjectType,
  sets: Sets,
): Selection {
  const fields: Field[] = [];
  /** What is written before the next value. */
  let head = '';
  let characters = 0;
  for (const [name, nodes] of nodesOf(asked, taken, type, sets)) {
    const definition = definitionOf(asked, type, nodes[0] as FieldNode);
    if (!definition) continue;
    head += `${head === '' && fields.length === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    if (definition === TypeNameMetaFieldDef) {
      head += JSON.stringify(type.name);
      continue;
    }
    fields.push(fieldOf(asked, taken, made, { name, type, nodes, definition, head }));
    characters += head.length;
    head = '';
  }
  const end = head === '' && fields.length === 0 ? '{}' : `${head}}`;
  return { fields, end, characters: characters + end.length };
}

/** By response name, in the order in which the names come. */
function nodesOf(
  { schema, fragments }: Asked,
  taken: Taken,
  type: GraphQLObjectType,
  sets: Sets,
): Map<string, FieldNode[]> {
  const found = new Map<string, FieldNode[]>();
  const visited = new Set<string>();

  const applies = (condition: string | undefined): boolean => {
    if (condition === undefined || condition === type.name) return true;
    const abstract = schema.getType(condition);
    return isAbstractType(abstract) && schema.isSubType(abstract, type);
  };

  function collect(set: SelectionSetNode | undefined): void {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        if (!taken(selection)) continue;
        const name = selection.alias?.value ?? selection.name.value;
        const nodes = found.get(name);
        if (nodes) nodes.push(selection);
        else found.set(name, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (taken(selection) && applies(selection.typeCondition?.name.value)) collect(selection.selectionSet);
      } else {
        const { value: name } = selection.name;
        if (visited.has(name) || !taken(selection)) continue;
        visited.add(name);
        const fragment = fragments[name];
        if (fragment && applies(fragment.typeCondition.name.value)) collect(fragment.selectionSet);
      }
    }
  }

  for (const set of sets) collect(set);
  return found;
}

function definitionOf({ schema }: Asked, type: GraphQLObjectType, { name: { value: name } }: FieldNode) {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (type === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  return type.getFields()[name];
}

interface Found {
  name: string;
  type: GraphQLObjectType;
  nodes: readonly FieldNode[];
  definition: GraphQLField<unknown, unknown>;
  head: string;
}

function fieldOf(
  asked: Asked,
  taken: Taken,
  made: Made,
  { name, type, nodes, definition, head }: Found,
): Field {
  const sets = nodes.map(({ selectionSet }) => selectionSet);
  const below = new Map<GraphQLObjectType, Selection>();
  const selectionBelow = (object: GraphQLObjectType): Selection => {
    const known = below.get(object);
    if (known) return known;
    const fresh = selectionOf(asked, taken, made, object, sets);
    below.set(object, fresh);
    return fresh;
  };
  return {
    index: made.next(),
    name,
    head,
    parentType: type,
    definition,
    nodes,
    resolve: definition.resolve,
    ...argumentsOf(definition, nodes[0] as FieldNode),
    nonNull: isNonNullType(definition.type),
    isLeaf: isLeafType(getNullableType(definition.type)),
    complete: completionOf(definition.type, asked.schema, selectionBelow),
  };
}
