import { compare } from '../bson/compare.js';
import { type Doc, isDoc, type Maybe, toNumber, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import { sortKey } from './paths.js';

const extreme = (items: Maybe[], direction: number): Maybe =>
  items.reduce((best, item) => (compare(item, best) * direction < 0 ? item : best), items[0]);

/** The documents in that order, equal ones as they were. A missing field sorts as null. */
export function sortDocuments(documents: readonly Doc[], sort: Value): Doc[] {
  if (!isDoc(sort)) throw new ServerError(15973, 'the $sort key specification must be an object');
  const fields = [...sort].map(([path, direction]) => ({
    parts: path.split('.'),
    direction: toNumber(direction),
  }));
  if (fields.some(({ parts }) => parts[0] === '$natural'))
    return fields[0]?.direction === -1 ? documents.toReversed() : [...documents];
  const keyed = documents.map((document) => ({
    document,
    keys: fields.map(
      ({ parts, direction }) => sortKey(document, parts, (items) => extreme(items, direction)) ?? null,
    ),
  }));
  keyed.sort((a, b) => {
    for (let n = 0; n < fields.length; n += 1) {
      const order = compare(a.keys[n], b.keys[n]);
      if (order !== 0) return order * (fields[n] as { direction: number }).direction;
    }
    return 0;
  });
  return keyed.map(({ document }) => document);
}
