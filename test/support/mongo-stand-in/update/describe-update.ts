import { type Doc, isDoc, type Maybe, type Value } from '../bson/values.js';
import type { UpdateDescription } from '../state/oplog.js';
import type { LogEntry } from './apply-update.js';

/** As 4.4 logs it: every path as the update named it, in the order of the paths. */
export function describeByPaths(log: readonly LogEntry[]): UpdateDescription {
  const description: UpdateDescription = { updated: [], removed: [], truncated: [] };
  for (const [path, value] of log) {
    if (value === undefined) description.removed.push(path);
    else description.updated.push([path, value]);
  }
  return description;
}

interface Change {
  removed: boolean;
  value: Maybe;
  children: Map<string, Change>;
}

/**
 * As 5.0 and later log it: a path that was not there is named at its first new component, with everything that is now
 * below it; of one document what was there comes before what is new, and both before what is deeper.
 */
export function describeAsDifference(log: readonly LogEntry[], before: Doc, after: Doc): UpdateDescription {
  const root: Change = { removed: false, value: undefined, children: new Map() };
  for (const [path, value] of log) {
    let node = root;
    for (const part of path.split('.')) {
      const child = node.children.get(part) ?? { removed: false, value: undefined, children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.value = value;
    node.removed = value === undefined;
  }
  const description: UpdateDescription = { updated: [], removed: [], truncated: [] };
  collect(root, before, after, '', description);
  return description;
}

const child = (value: Maybe, part: string): Maybe =>
  isDoc(value) ? value.get(part) : Array.isArray(value) ? value[Number(part)] : undefined;

function collect(
  node: Change,
  before: Maybe,
  after: Maybe,
  path: string,
  description: UpdateDescription,
): void {
  const inserted: [string, Value][] = [];
  const deeper: [string, Change][] = [];
  for (const [part, change] of node.children) {
    const here = path ? `${path}.${part}` : part;
    const now = child(after, part);
    if (change.removed && now === undefined) description.removed.push(here);
    else if (child(before, part) === undefined) inserted.push([here, now ?? null]);
    else if (change.children.size === 0) description.updated.push([here, now ?? null]);
    else deeper.push([part, change]);
  }
  description.updated.push(...inserted);
  for (const [part, change] of deeper)
    collect(change, child(before, part), child(after, part), path ? `${path}.${part}` : part, description);
}
