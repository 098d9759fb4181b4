import { equal } from '../bson/compare.js';
import { show } from '../bson/show.js';
import { type Doc, isDoc, type Maybe, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { valueAtPath } from '../query/paths.js';
import type { Collection } from '../state/catalog.js';

const keysOf = (document: Doc, pattern: Doc): Maybe[] =>
  [...pattern.keys()].map((path) => valueAtPath(document, path.split('.')) ?? null);

/** Refuses a document whose key another one has under a unique index. `before` is the document that it replaces. */
export function checkUnique(collection: Collection, document: Doc, before: Doc | undefined): void {
  for (const index of collection.indexes) {
    const pattern = index.get('key');
    if (index.get('unique') !== true || !isDoc(pattern)) continue;
    const keys = keysOf(document, pattern);
    for (const other of collection.documents.values())
      if (other !== before && keysOf(other, pattern).every((key, n) => equal(key, keys[n])))
        throw duplicate(collection, index, keys);
  }
}

export function duplicate(collection: Collection, index: Doc, keys: Maybe[], prefix = ''): ServerError {
  const pattern = index.get('key') as Doc;
  const value: Doc = new Map([...pattern.keys()].map((path, n): [string, Value] => [path, keys[n] ?? null]));
  return new ServerError(
    11000,
    `${prefix}E11000 duplicate key error collection: ${collection.database}.${collection.name} index: ${index.get('name')} dup key: ${show(value)}`,
    [],
    { keyPattern: pattern, keyValue: value },
  );
}

/** The first key that two documents have in common, if any. */
export function firstDuplicate(collection: Collection, pattern: Doc): Maybe[] | undefined {
  const seen: Maybe[][] = [];
  for (const document of collection.documents.values()) {
    const keys = keysOf(document, pattern);
    if (seen.some((known) => known.every((key, n) => equal(key, keys[n])))) return keys;
    seen.push(keys);
  }
  return undefined;
}
