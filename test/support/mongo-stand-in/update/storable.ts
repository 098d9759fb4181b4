import { isDoc, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';

/** Refuses keys that begin with "$" anywhere in a value that an update writes. */
export function checkStorable(value: Value, path: string): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      checkStorable(item, `${path}.${index}`);
    });
    return;
  }
  if (!isDoc(value)) return;
  const keys = [...value.keys()];
  keys.forEach((key, index) => {
    if (key === '$ref') {
      if (keys[index + 1] !== '$id')
        throw new ServerError(55, 'The DBRef $ref field must be followed by a $id field');
    } else if (key.startsWith('$') && !isPartOfReference(keys, index))
      throw new ServerError(
        52,
        `The dollar ($) prefixed field '${key}' in '${join(path, key)}' is not valid for storage.`,
      );
    checkStorable(value.get(key) as Value, join(path, key));
  });
}

const join = (path: string, key: string): string => (path ? `${path}.${key}` : key);

const isPartOfReference = (keys: string[], index: number): boolean =>
  (keys[index] === '$id' && keys[index - 1] === '$ref') ||
  (keys[index] === '$db' && keys[index - 1] === '$id');
