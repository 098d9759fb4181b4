import { identical } from '../bson/compare.js';
import { sizeOf } from '../bson/encode.js';
import { type Doc, isDoc, type Value } from '../bson/values.js';
import type { UpdateDescription } from '../state/oplog.js';

/** What happened to one value. A value that is written whole where its own difference would be no shorter. */
interface Difference extends UpdateDescription {
  /** What it takes to log it, in bytes. */
  bytes: number;
}

/** What an empty document takes, and what one element takes beside its name and value. */
const EMPTY = 5;
const ELEMENT = 2;

/** What a pipeline update changed, as 5.0 and later find out; undefined where the whole document is the shorter way. */
export const difference = (before: Doc, after: Doc): UpdateDescription | undefined =>
  compareDocuments(before, after, '');

const join = (path: string, key: string): string => (path ? `${path}.${key}` : key);
/** Of a list of elements that is left out where it is empty: its name is one letter. */
const section = (bytes: number): number => (bytes === 0 ? 0 : ELEMENT + 1 + EMPTY + bytes);

/** Of one document what changed comes before what is new, and both before what is deeper. */
function compareDocuments(before: Doc, after: Doc, path: string): Difference | undefined {
  const kept = [...before.keys()].filter((key) => after.has(key));
  const now = [...after.keys()];
  // A difference cannot say that the order of the fields changed.
  if (kept.some((key, index) => key !== now[index])) return undefined;
  const removed = [...before.keys()].filter((key) => !after.has(key));
  const changed: [string, Value][] = [];
  const deeper: [string, Difference][] = [];
  for (const key of kept) {
    const value = after.get(key) as Value;
    const below = compareValues(before.get(key) as Value, value, join(path, key));
    if (below === 'written whole') changed.push([key, value]);
    else if (below) deeper.push([key, below]);
  }
  const added = now.slice(kept.length).map((key): [string, Value] => [key, after.get(key) as Value]);
  const written = (fields: [string, Value][]) =>
    section(fields.reduce((sum, [key, value]) => sum + ELEMENT + key.length + sizeOf(value), 0));
  const bytes =
    EMPTY +
    section(removed.reduce((sum, key) => sum + ELEMENT + key.length + 1, 0)) +
    written(changed) +
    written(added) +
    deeper.reduce((sum, [key, below]) => sum + ELEMENT + 1 + key.length + below.bytes, 0);
  if (bytes > sizeOf(after)) return undefined;
  return joined(
    [...changed, ...added].map(([key, value]) => [join(path, key), value]),
    removed.map((key) => join(path, key)),
    deeper.map(([, below]) => below),
    bytes,
  );
}

function compareArrays(before: Value[], after: Value[], path: string): Difference | undefined {
  const written: [string, Value][] = [];
  const deeper: Difference[] = [];
  // `a: true` says that it is an array, `l` what it is cut down to.
  let bytes = EMPTY + ELEMENT + 1 + 1 + (after.length < before.length ? ELEMENT + 1 + 4 : 0);
  after.forEach((item, index) => {
    const here = String(index);
    const old = before[index];
    const below = old === undefined ? 'written whole' : compareValues(old, item, join(path, here));
    if (below === 'written whole') {
      written.push([join(path, here), item]);
      bytes += ELEMENT + 1 + here.length + sizeOf(item);
    } else if (below) {
      deeper.push(below);
      bytes += ELEMENT + 1 + here.length + below.bytes;
    }
  });
  if (bytes > sizeOf(after)) return undefined;
  const result = joined(written, [], deeper, bytes);
  if (after.length < before.length) result.truncated.push([path, after.length]);
  return result;
}

/** Undefined where they are the same. */
function compareValues(before: Value, after: Value, path: string): Difference | 'written whole' | undefined {
  if (before === after || identical(before, after)) return undefined;
  if (isDoc(before) && isDoc(after)) return compareDocuments(before, after, path) ?? 'written whole';
  if (Array.isArray(before) && Array.isArray(after))
    return compareArrays(before, after, path) ?? 'written whole';
  return 'written whole';
}

const joined = (
  updated: [string, Value][],
  removed: string[],
  deeper: readonly Difference[],
  bytes: number,
): Difference => ({
  updated: [...updated, ...deeper.flatMap((below) => below.updated)],
  removed: [...removed, ...deeper.flatMap((below) => below.removed)],
  truncated: deeper.flatMap((below) => below.truncated),
  bytes,
});
