import { show } from '../bson/show.js';
import { type Doc, isDoc, type Maybe, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { LEAF_OPERATORS } from './leaf-operators.js';
import { isIndex, type ObjectNode, type UpdateNode } from './parse-update.js';
import { checkStorable } from './storable.js';

/** One change as it is logged: a path and its new value, or undefined where it was removed. */
export type LogEntry = [path: string, value: Maybe];

export interface UpdateContext {
  /** Whether the document is about to be inserted: then `$setOnInsert` counts. */
  inserting: boolean;
  /** Whether an element passes the array filter of that identifier. */
  matchesFilter(identifier: string, element: Value): boolean;
  id: Maybe;
  /** Whether keys that begin with "$" are refused anywhere in a value. */
  checksKeys: boolean;
}

/** What is pushed has no name of its own yet when the server looks at it. */
function checkWritten(value: Value, pushedTo: string | undefined, path: string): void {
  if (pushedTo === undefined) checkStorable(value, path);
  else
    for (const item of pushedTo === path && Array.isArray(value) ? value : [value])
      checkStorable(item, `${pushedTo}.`);
}

const MOST_BACKFILLED = 1_500_000;

/** The document after the update, and what changed in it: the same document and no entries where nothing did. */
export function applyUpdate(
  root: ObjectNode,
  document: Doc,
  context: UpdateContext,
): { document: Doc; log: LogEntry[] } {
  const log: LogEntry[] = [];
  const result = applyToObject(root.children, document, '', context, log) as Doc;
  return { document: result, log };
}

const join = (path: string, name: string): string => (path ? `${path}.${name}` : name);

function apply(
  node: UpdateNode,
  current: Maybe,
  path: string,
  context: UpdateContext,
  log: LogEntry[],
): Maybe {
  if (node.kind === 'array') return applyToElements(node.children, current, path, context, log);
  if (node.kind === 'object') return applyToObject(node.children, current, path, context, log);
  const operator = LEAF_OPERATORS.get(node.operator);
  if (!operator) throw new Error(`no operator ${node.operator}`);
  const { value, entries } = operator(current, node.value, path, context);
  for (const [changed, written] of entries) {
    if (written !== undefined && context.checksKeys)
      checkWritten(written, node.operator === '$push' ? path : undefined, changed);
    log.push([changed, written]);
  }
  return value;
}

function applyToObject(
  children: Map<string, UpdateNode>,
  current: Maybe,
  path: string,
  context: UpdateContext,
  log: LogEntry[],
): Maybe {
  let result: Doc | Value[] | undefined = isDoc(current) || Array.isArray(current) ? current : undefined;
  for (const [name, child] of children) {
    const before: Maybe = isDoc(result)
      ? result.get(name)
      : Array.isArray(result) && isIndex(name)
        ? result[Number(name)]
        : undefined;
    const after = apply(child, before, join(path, name), context, log);
    if (after === before) continue;
    const container: Doc | Value[] = result ?? new Map();
    if (current !== undefined && result === undefined) throw cannotCreate(name, path, current);
    if (before === undefined && name.startsWith('$'))
      throw new ServerError(
        52,
        `The dollar ($) prefixed field '${name}' in '${join(path, name)}' is not valid for storage.`,
      );
    result = Array.isArray(container)
      ? withElement(container, name, after, path)
      : withField(container, name, after);
  }
  return result ?? current;
}

const cannotCreate = (name: string, path: string, element: Value) =>
  new ServerError(
    28,
    `Cannot create field '${name}' in element {${path.split('.').at(-1)}: ${show(element, false)}}`,
  );

function withField(document: Doc, name: string, value: Maybe): Doc {
  const copy = new Map(document);
  if (value === undefined) copy.delete(name);
  else copy.set(name, value);
  return copy;
}

/** Removing an element leaves null in its place; writing past the end fills up with nulls. */
function withElement(items: Value[], name: string, value: Maybe, path: string): Value[] {
  if (!isIndex(name)) throw cannotCreate(name, path, items);
  const index = Number(name);
  if (index - items.length > MOST_BACKFILLED)
    throw new ServerError(34, `can't backfill more than ${MOST_BACKFILLED} elements`);
  const copy = items.slice();
  while (copy.length < index) copy.push(null);
  copy[index] = value ?? null;
  return copy;
}

/** Applies what is said of `$[]` and `$[identifier]`. What several elements change is logged as the whole array. */
function applyToElements(
  children: Map<string, UpdateNode>,
  current: Maybe,
  path: string,
  context: UpdateContext,
  log: LogEntry[],
): Maybe {
  if (current === undefined)
    throw new ServerError(
      2,
      `The path '${path}' must exist in the document in order to apply array updates.`,
    );
  if (!Array.isArray(current))
    throw new ServerError(
      2,
      `Cannot apply array updates to non-array element ${path.split('.').at(-1)}: ${show(current)}`,
    );
  const matching = current.flatMap((element, index) => {
    const nodes = [...children].filter(
      ([identifier]) => identifier === '' || context.matchesFilter(identifier, element),
    );
    return nodes.length ? [{ index, nodes: nodes.map(([, node]) => node) }] : [];
  });
  const logsThemselves = matching.length <= 1;
  const result = current.slice();
  const modified: number[] = [];
  for (const { index, nodes } of matching) {
    const before = result[index] as Value;
    let after: Maybe = before;
    for (const node of nodes)
      after = apply(node, after, join(path, String(index)), context, logsThemselves ? log : []);
    if (after === before) continue;
    result[index] = after ?? null;
    modified.push(index);
  }
  if (modified.length === 0) return current;
  if (!logsThemselves) {
    const [only] = modified;
    log.push(modified.length === 1 ? [`${path}.${only}`, result[only as number]] : [path, result]);
  }
  return result;
}
