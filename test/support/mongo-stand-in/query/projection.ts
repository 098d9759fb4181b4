import { type Doc, isDoc, isNumber, isTruthy, type Maybe, toNumber, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { compileExpression, type Expression } from './expressions.js';
import { compileFilter, type MatchDetails } from './match.js';

/** One place of a projection: a leaf is kept (or left out), computed, or cut. */
type Node = Map<string, Leaf | Node>;
interface Leaf {
  keep?: boolean;
  compute?: Expression;
  cut?: (items: Value[], details: MatchDetails) => Value[] | undefined;
}
const isNode = (entry: Leaf | Node | undefined): entry is Node => entry instanceof Map;

export type Projection = (document: Doc, details?: MatchDetails) => Doc;

/** A projection of `find` or of `$project`. Only `find` knows `$slice` of two numbers, `$elemMatch` and `path.$`. */
export function compileProjection(specification: Doc, ofFind: boolean): Projection {
  const root: Node = new Map();
  let including: boolean | undefined;
  let keepsId = true;

  const addAll = (fields: Doc, prefix: string): void => {
    for (const [key, value] of fields) add(prefix + key, value);
  };
  const add = (path: string, value: Value): void => {
    if (isNumber(value) || typeof value === 'boolean') {
      const keep = isTruthy(value);
      if (path === '_id') keepsId = keep;
      if (path !== '_id' || keep) decide(path, keep);
      if (path !== '_id') insert(root, path, positional(path, keep));
      return;
    }
    const cut = ofFind && isDoc(value) ? cutOf(path, value) : undefined;
    if (cut) {
      insert(root, path, { cut });
      if (isDoc(value) && value.has('$elemMatch')) including ??= true;
      return;
    }
    if (isDoc(value) && value.size > 0 && !(value.keys().next().value as string).startsWith('$')) {
      addAll(value, `${path}.`);
      return;
    }
    if (including === false)
      throw new ServerError(31310, `Cannot use an expression ${path} in an exclusion projection`);
    including = true;
    insert(root, path, { compute: computed(value) });
  };
  const decide = (path: string, keep: boolean): void => {
    // _id alone decides only where nothing else does: it may be left out of an inclusion.
    if (including !== undefined && including !== keep && path !== '_id')
      throw new ServerError(
        keep ? 31253 : 31254,
        `Cannot do ${keep ? 'inclusion' : 'exclusion'} on field ${path} in ${keep ? 'exclusion' : 'inclusion'} projection`,
      );
    including ??= keep;
  };

  addAll(specification, '');
  const includes = including ?? false;
  return (document, details = {}) => {
    const result = project(root, document, includes, document, details) as Doc;
    const id = document.get('_id');
    if (!keepsId) result.delete('_id');
    if (!includes || !keepsId || id === undefined || root.has('_id')) return result;
    return new Map([['_id', id], ...result]);
  };
}

function computed(value: Value): Expression {
  try {
    return compileExpression(value);
  } catch (error) {
    if (!(error instanceof ServerError) || error.code !== 168) throw error;
    throw new ServerError(
      31325,
      `Invalid $project :: caused by :: Unknown expression ${isDoc(value) ? [...value.keys()][0] : ''}`,
    );
  }
}

function insert(root: Node, path: string, leaf: Leaf): void {
  const parts = path.replace(/\.\$$/, '').split('.');
  let node = root;
  parts.forEach((part, index) => {
    const known = node.get(part);
    if (index === parts.length - 1) {
      if (known) throw new ServerError(31250, `Path collision at ${path}`);
      node.set(part, leaf);
      return;
    }
    if (known && !isNode(known))
      throw new ServerError(31249, `Path collision at ${path} remaining portion ${parts.slice(1).join('.')}`);
    const next: Node = known ?? new Map();
    node.set(part, next);
    node = next;
  });
}

function positional(path: string, keep: boolean): Leaf {
  if (!path.endsWith('.$')) return { keep };
  return {
    cut: (items, { index }) => {
      if (index === undefined)
        throw new ServerError(
          51246,
          "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
        );
      return items.slice(index, index + 1);
    },
  };
}

/** `$slice` and `$elemMatch` as `find` means them; anything else is an expression. */
function cutOf(path: string, value: Doc): Leaf['cut'] {
  const slice = value.get('$slice');
  if (isNumber(slice)) {
    const count = toNumber(slice);
    return (items) => (count < 0 ? items.slice(count) : items.slice(0, count));
  }
  if (Array.isArray(slice) && slice.length === 2 && slice.every(isNumber)) {
    const [skip, limit] = slice.map((part) => toNumber(part)) as [number, number];
    if (limit <= 0)
      throw new ServerError(28724, 'First argument to $slice must be an array, but is of type: int');
    return (items) => {
      const start = skip < 0 ? Math.max(0, items.length + skip) : skip;
      return items.slice(start, start + limit);
    };
  }
  const element = value.get('$elemMatch');
  if (!isDoc(element)) return undefined;
  if (path.includes('.')) throw new ServerError(31275, 'Cannot use $elemMatch projection on a nested field.');
  const matches = compileFilter(element);
  return (items) => {
    const found = items.find((item) => isDoc(item) && matches(item));
    return found === undefined ? undefined : [found];
  };
}

function project(node: Node, value: Value, including: boolean, root: Doc, details: MatchDetails): Maybe {
  if (Array.isArray(value))
    return value.flatMap((item): Value[] => {
      const kept = project(node, item, including, root, details);
      return kept === undefined ? [] : [kept];
    });
  if (!isDoc(value)) return including ? undefined : value;
  const result: Doc = new Map();
  for (const [key, item] of value) {
    const entry = node.get(key);
    const kept = isNode(entry)
      ? project(entry, item, including, root, details)
      : leaf(entry, item, including, details);
    if (kept !== undefined) result.set(key, kept);
  }
  compute(node, value, result, root);
  return result;
}

function leaf(entry: Leaf | undefined, item: Value, including: boolean, details: MatchDetails): Maybe {
  if (!entry) return including ? undefined : item;
  if (entry.compute) return undefined;
  if (entry.cut) return Array.isArray(item) ? entry.cut(item, details) : item;
  return entry.keep ? item : undefined;
}

/** Computed fields come last, in the order in which they were asked for. */
function compute(node: Node, before: Doc, result: Doc, root: Doc): void {
  for (const [key, entry] of node) {
    if (isNode(entry)) {
      if (before.has(key) || !computes(entry)) continue;
      const made: Doc = new Map();
      compute(entry, new Map(), made, root);
      result.set(key, made);
    } else if (entry.compute) {
      const value = entry.compute({ root, variables: new Map() });
      if (value !== undefined) result.set(key, value);
    }
  }
}

const computes = (node: Node): boolean =>
  [...node.values()].some((entry) => (isNode(entry) ? computes(entry) : entry.compute));
