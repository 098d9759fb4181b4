import { identical } from '../bson/compare.js';
import { sizeOf } from '../bson/encode.js';
import { type Doc, isDoc, type Value } from '../bson/values.js';
import type { UpdateDescription } from '../state/oplog.js';

/** What a pipeline update changed, as 5.0 and later find out; undefined where the whole document is the shorter way. */
export function difference(before: Doc, after: Doc): UpdateDescription | undefined {
  const description: UpdateDescription = { updated: [], removed: [], truncated: [] };
  if (!compareDocuments(before, after, '', description)) return undefined;
  const bytes = description.updated.reduce((sum, [path, value]) => sum + path.length + sizeOf(value), 0);
  return bytes < sizeOf(after) ? description : undefined;
}

const join = (path: string, key: string): string => (path ? `${path}.${key}` : key);

/** False where the order of the fields changed, which a difference cannot say. */
function compareDocuments(before: Doc, after: Doc, path: string, description: UpdateDescription): boolean {
  const kept = [...before.keys()].filter((key) => after.has(key));
  const now = [...after.keys()];
  if (kept.some((key, index) => key !== now[index])) return false;
  for (const key of before.keys()) if (!after.has(key)) description.removed.push(join(path, key));
  for (const key of kept)
    compareValues(before.get(key) as Value, after.get(key) as Value, join(path, key), description);
  for (const key of now.slice(kept.length))
    description.updated.push([join(path, key), after.get(key) as Value]);
  return true;
}

function compareValues(before: Value, after: Value, path: string, description: UpdateDescription): void {
  if (before === after || identical(before, after)) return;
  const inner: UpdateDescription = { updated: [], removed: [], truncated: [] };
  const described =
    isDoc(before) && isDoc(after)
      ? compareDocuments(before, after, path, inner)
      : Array.isArray(before) && Array.isArray(after) && compareArrays(before, after, path, inner);
  const bytes = inner.updated.reduce((sum, [key, value]) => sum + key.length + sizeOf(value), 0);
  if (!described || bytes >= sizeOf(after) + path.length) {
    description.updated.push([path, after]);
    return;
  }
  description.updated.push(...inner.updated);
  description.removed.push(...inner.removed);
  description.truncated.push(...inner.truncated);
}

function compareArrays(
  before: Value[],
  after: Value[],
  path: string,
  description: UpdateDescription,
): boolean {
  after.forEach((item, index) => {
    const old = before[index];
    if (old === undefined) description.updated.push([join(path, String(index)), item]);
    else compareValues(old, item, join(path, String(index)), description);
  });
  if (after.length < before.length) description.truncated.push([path, after.length]);
  return true;
}
