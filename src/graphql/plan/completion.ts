import {
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { isPromise } from '../../domain/async/later.js';
import {
  executeFields,
  inTurn,
  joined,
  LONG_TEXT,
  nullAt,
  type Part,
  waitedForLater,
} from './execute-fields.js';
import type { Execution } from './execution.js';
import type { Complete, Field, Selection, Text } from './field.js';
import { leafWriterOf } from './leaf.js';
import type { Path } from './path.js';

/** What is selected of an object of this type. */
export type SelectionOf = (type: GraphQLObjectType) => Selection;

/** As graphql-js completes a value of this type. */
export function completionOf(
  type: GraphQLOutputType,
  schema: GraphQLSchema,
  selectionOf: SelectionOf,
): Complete {
  const inner = getNullableType(type);
  const nonNull = isNonNullType(type);
  if (isLeafType(inner)) {
    const write = leafWriterOf(inner);
    return (execution, field, _path, value) =>
      value === null || value === undefined
        ? nullOf(field, nonNull)
        : execution.writtenBy(write, faultless(value));
  }
  const complete = isListType(inner)
    ? listCompletion(inner.ofType, completionOf(inner.ofType, schema, selectionOf))
    : objectCompletion(inner, schema, selectionOf);
  return (execution, field, path, value) =>
    value === null || value === undefined
      ? nullOf(field, nonNull)
      : complete(execution, field, path, faultless(value));
}

function nullOf(field: Field, nonNull: boolean): null {
  if (nonNull) throw new Error(`Cannot return null for non-nullable field ${nameOf(field)}.`);
  return null;
}

/** A resolver may give an error in place of a value. */
function faultless(value: unknown): unknown {
  if (value instanceof Error) throw value;
  return value;
}

function objectCompletion(
  type: GraphQLCompositeType,
  schema: GraphQLSchema,
  selectionOf: SelectionOf,
): Complete {
  if (isObjectType(type)) {
    return (execution, _field, path, value) => executeFields(execution, selectionOf(type), value, path);
  }
  const { resolveType } = type;
  /** By the names of types, which are as many as there are of it. */
  const selections = new Map<string, Selection>();
  return (execution, field, path, value) => {
    const name = resolveType?.(value, execution.context, execution.infoOf(field), type);
    const known = typeof name === 'string' ? selections.get(name) : undefined;
    if (known) return executeFields(execution, known, value, path);
    const runtime = typeof name === 'string' ? schema.getType(name) : undefined;
    if (!isObjectType(runtime) || !schema.isSubType(type, runtime)) {
      throw new GraphQLError(`${nameOf(field)} gave what is no ${type.name}.`);
    }
    const selection = selectionOf(runtime);
    selections.set(runtime.name, selection);
    return executeFields(execution, selection, value, path);
  };
}

function listCompletion(itemType: GraphQLOutputType, complete: Complete): Complete {
  const nonNull = isNonNullType(itemType);
  const failed = (execution: Execution, field: Field, place: Path, error: unknown) =>
    nullAt(execution, { nodes: field.nodes, nonNull }, place, error);
  const completeItem: CompleteItem = (execution, field, place, item) => {
    try {
      const completed = isPromise(item)
        ? item.then((later) => inTurn(execution, field, place, later, complete))
        : complete(execution, field, place, item);
      if (!isPromise<Text>(completed)) return completed;
      return completed.then(undefined, (error) => failed(execution, field, place, error));
    } catch (error) {
      return failed(execution, field, place, error);
    }
  };
  return (execution, field, path, value) => {
    const items = itemsOf(value, field);
    return completeItems(execution, field, path, completeItem, { items, text: '', parts: null, key: 0 });
  };
}

type CompleteItem = (execution: Execution, field: Field, place: Path, item: unknown) => Text | Promise<Text>;

/** A list that is all there is gone through by its places: to ask it for one item after the other makes an object for each. */
function itemsOf(value: unknown, field: Field): readonly unknown[] | Iterator<unknown> {
  if (Array.isArray(value)) return value;
  if (typeof value === 'object' && Symbol.iterator in (value as object))
    return (value as Iterable<unknown>)[Symbol.iterator]();
  throw new GraphQLError(`Expected Iterable, but did not find one for field "${nameOf(field)}".`);
}

/** How far a list has come. */
interface Items {
  readonly items: readonly unknown[] | Iterator<unknown>;
  readonly text: string;
  readonly parts: Part[] | null;
  readonly key: number;
}

function completeItems(
  execution: Execution,
  field: Field,
  path: Path | undefined,
  complete: CompleteItem,
  come: Items,
): string | Promise<string> {
  const { pass } = execution;
  const { items } = come;
  let { text, parts, key } = come;
  try {
    for (;;) {
      if (pass.isOver()) return goOnLater(execution, field, path, complete, { items, text, parts, key });
      let item: unknown;
      if (Array.isArray(items)) {
        if (key >= items.length) break;
        item = items[key];
      } else {
        const next = (items as Iterator<unknown>).next();
        if (next.done) break;
        item = next.value;
      }
      if (text.length >= LONG_TEXT) text = execution.aside(text);
      text += execution.written(key === 0 ? '[' : ',');
      const value = complete(execution, field, { prev: path, key: key++ }, item);
      if (typeof value === 'string') text += value;
      else if (value === null) text += execution.written('null');
      else {
        parts ??= [];
        parts.push(text, value);
        text = '';
        if (pass.isLeft) return goOnLater(execution, field, path, complete, { items, text, parts, key });
      }
    }
  } catch (error) {
    // Nobody waits for the others, which may fail as well.
    waitedForLater(parts);
    throw error;
  }
  text += execution.written(key === 0 ? '[]' : ']');
  if (!parts) return text;
  parts.push(text);
  return joined(execution, parts);
}

function goOnLater(...left: Parameters<typeof completeItems>): Promise<string> {
  const [execution, , , , { parts }] = left;
  waitedForLater(parts);
  return execution.pass.putOff(() => completeItems(...left));
}

const nameOf = ({ parentType, definition }: Field) => `${parentType.name}.${definition.name}`;
