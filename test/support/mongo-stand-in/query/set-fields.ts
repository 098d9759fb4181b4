import { type Doc, isDoc, type Maybe, type Value } from '../bson/values.js';
import { compileExpression, type Expression } from './expressions.js';

type Tree = Map<string, Expression | Tree>;

/** `$addFields`: new values at dotted paths, in place where a field is there, else at the end. */
export function compileSetFields(specification: Doc): (document: Doc) => Doc {
  const tree: Tree = new Map();
  for (const [path, value] of specification) insert(tree, path.split('.'), value);
  return (document) => assign(tree, document, document) as Doc;
}

function insert(tree: Tree, [part, ...rest]: string[], value: Value): void {
  const key = part as string;
  const nested = isDoc(value) && value.size > 0 && !(value.keys().next().value as string).startsWith('$');
  if (rest.length === 0 && !nested) {
    tree.set(key, compileExpression(value));
    return;
  }
  const known = tree.get(key);
  const next: Tree = known instanceof Map ? known : new Map();
  tree.set(key, next);
  if (rest.length > 0) insert(next, rest, value);
  else for (const [name, inner] of value as Doc) insert(next, name.split('.'), inner);
}

/** What is not a document on the way becomes one; every element of an array is treated so. */
function assign(tree: Tree, value: Maybe, root: Doc): Value {
  if (Array.isArray(value)) return value.map((item) => assign(tree, item, root));
  const result: Doc = isDoc(value) ? new Map(value) : new Map();
  for (const [key, entry] of tree) {
    const next =
      entry instanceof Map ? assign(entry, result.get(key), root) : entry({ root, variables: new Map() });
    if (next === undefined) result.delete(key);
    else result.set(key, next);
  }
  return result;
}
