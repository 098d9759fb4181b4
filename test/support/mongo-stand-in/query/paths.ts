import { type Doc, isDoc, type Maybe, type Value } from '../bson/values.js';

const isIndex = (part: string): boolean => /^(0|[1-9]\d*)$/.test(part);

/**
 * Asks `test` about every value that a filter's path leads to, through the elements of arrays, until one passes. A field
 * that is not there counts as undefined. `index` is the element of the outermost array on the way, if there was one.
 */
export function anyAtPath(
  document: Doc,
  parts: string[],
  leafArrays: boolean,
  test: (value: Maybe, index: number | undefined) => boolean,
): boolean {
  return visit(document, 0, undefined);

  function visit(value: Maybe, depth: number, index: number | undefined): boolean {
    if (depth === parts.length) return leaf(value, index);
    const part = parts[depth] as string;
    if (isDoc(value)) {
      const next = value.get(part);
      return next === undefined ? test(undefined, index) : visit(next, depth + 1, index);
    }
    if (!Array.isArray(value)) return test(undefined, index);
    const through = value.some((item, n) => isDoc(item) && visit(item, depth, index ?? n));
    if (through || !isIndex(part)) return through;
    const chosen = value[Number(part)];
    return chosen === undefined
      ? value.length <= Number(part) && test(undefined, index)
      : visit(chosen, depth + 1, index);
  }

  function leaf(value: Maybe, index: number | undefined): boolean {
    if (leafArrays && Array.isArray(value) && value.some((item, n) => test(item, index ?? n))) return true;
    return test(value, index);
  }
}

/** The value that an expression's path leads to: through an array it is an array of what its documents have there. */
export function valueAtPath(value: Maybe, parts: readonly string[], depth = 0): Maybe {
  if (depth === parts.length) return value;
  if (Array.isArray(value))
    return value.flatMap((item): Value[] => {
      if (!isDoc(item) && !Array.isArray(item)) return [];
      const found = Array.isArray(item) ? undefined : valueAtPath(item, parts, depth);
      return found === undefined ? [] : [found];
    });
  if (!isDoc(value)) return undefined;
  return valueAtPath(value.get(parts[depth] as string), parts, depth + 1);
}

/** What a sort by the path compares: of an array the least element, or the greatest where the sort goes down. */
export function sortKey(value: Maybe, parts: readonly string[], pick: (items: Maybe[]) => Maybe): Maybe {
  const found = valueAtPath(value, parts);
  return Array.isArray(found) ? pick(found) : found;
}
