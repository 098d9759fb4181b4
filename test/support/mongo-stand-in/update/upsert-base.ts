import { type Doc, isDoc, ObjectId, type Value } from '../bson/values.js';

/** The fields that the filter sets equal to a value. */
export function equalities(filter: Doc): Doc {
  const fields: Doc = new Map();
  for (const [key, value] of filter) {
    if (key === '$and' && Array.isArray(value)) {
      for (const part of value)
        if (isDoc(part)) for (const [path, found] of equalities(part)) fields.set(path, found);
    } else if (!key.startsWith('$')) {
      const operators = isDoc(value) && [...value.keys()].some((name) => name.startsWith('$'));
      const found = operators ? (value as Doc).get('$eq') : value;
      if (found !== undefined) setPath(fields, key.split('.'), found);
    }
  }
  return fields;
}

function setPath(document: Doc, [part, ...rest]: string[], value: Value): void {
  const key = part as string;
  if (rest.length === 0) {
    document.set(key, value);
    return;
  }
  const inner = document.get(key);
  const next: Doc = isDoc(inner) ? inner : new Map();
  document.set(key, next);
  setPath(next, rest, value);
}

/** With its _id in front, made up where it has none. */
export function withId(document: Doc): Doc {
  const id = document.get('_id') ?? new ObjectId();
  return new Map([['_id', id], ...document]);
}
