import { type Doc, isDoc, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Since } from '../options.js';
import { LEAF_OPERATORS } from './leaf-operators.js';

/** What an update says about one path component and what is below it. */
export type UpdateNode =
  | { kind: 'leaf'; operator: string; value: Value }
  | { kind: 'object'; children: Map<string, UpdateNode> }
  /** `$[]` is the empty identifier. */
  | { kind: 'array'; children: Map<string, UpdateNode> };

export type ObjectNode = Extract<UpdateNode, { kind: 'object' }>;

const ARRAY_PART = /^\$\[(.*)\]$/;

/** Whether the update is written with operators; otherwise it is a whole document. */
export const hasOperators = (update: Doc): boolean => update.keys().next().value?.startsWith('$') ?? false;

/**
 * The update as a tree, children in the order in which the server applies and logs them. `position` is the element that
 * the filter matched, for paths with `$`; `filters` are the known identifiers of array filters.
 */
export function parseUpdate(
  update: Doc,
  position: string | undefined,
  filters: ReadonlySet<string>,
  since: Since,
): ObjectNode {
  const root: ObjectNode = { kind: 'object', children: new Map() };
  for (const [operator, fields] of update) {
    if (!LEAF_OPERATORS.has(operator))
      throw new ServerError(
        9,
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    if (!isDoc(fields))
      throw new ServerError(
        9,
        `Modifiers operate on fields but we found type string instead. For example: {$mod: {<field>: ...}} not {${operator}: ...}`,
      );
    if (fields.size === 0 && !since('5.0'))
      throw new ServerError(
        9,
        `'${operator}' is empty. You must specify a field like so: {${operator}: {<field>: ...}}`,
      );
    for (const [path, value] of fields)
      addPath(root, path, { kind: 'leaf', operator, value }, position, filters);
  }
  sortChildren(root, since('5.0') ? byNumber : byText);
  return root;
}

function addPath(
  root: ObjectNode,
  path: string,
  leaf: UpdateNode,
  position: string | undefined,
  filters: ReadonlySet<string>,
) {
  const parts = checkedParts(path);
  let node: UpdateNode = root;
  parts.forEach((part, index) => {
    const here = parts.slice(0, index + 1).join('.');
    const name = partName(part, path, position, filters);
    const wanted = ARRAY_PART.test(parts[index + 1] ?? '') ? 'array' : 'object';
    if (node.kind === 'leaf') throw conflict(path, parts.slice(0, index).join('.'));
    const known = node.children.get(name);
    if (index === parts.length - 1) {
      if (known) throw conflict(path, here);
      node.children.set(name, leaf);
      return;
    }
    if (known && known.kind !== wanted) throw conflict(path, here);
    const next: UpdateNode = known ?? { kind: wanted, children: new Map() };
    node.children.set(name, next);
    node = next;
  });
}

const conflict = (path: string, at: string) =>
  new ServerError(40, `Updating the path '${path}' would create a conflict at '${at}'`);

function checkedParts(path: string): string[] {
  if (path === '') throw new ServerError(56, 'An empty update path is not valid.');
  const parts = path.split('.');
  if (parts.includes(''))
    throw new ServerError(
      56,
      `The update path '${path}' contains an empty field name, which is not allowed.`,
    );
  return parts;
}

function partName(
  part: string,
  path: string,
  position: string | undefined,
  filters: ReadonlySet<string>,
): string {
  if (part === '$') {
    if (position === undefined)
      throw new ServerError(2, 'The positional operator did not find the match needed from the query.');
    return position;
  }
  const identifier = ARRAY_PART.exec(part)?.[1];
  if (identifier === undefined) return part;
  if (identifier && !filters.has(identifier))
    throw new ServerError(2, `No array filter found for identifier '${identifier}' in path '${path}'`);
  return identifier;
}

type Order = (a: string, b: string) => number;

/** Paths come in the order of their text, positions too: 10 before 2. */
const byText: Order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
/** From 5.0 on two positions come in the order of their numbers. */
const byNumber: Order = (a, b) => (isIndex(a) && isIndex(b) ? Number(a) - Number(b) : byText(a, b));

function sortChildren(node: UpdateNode, order: Order): void {
  if (node.kind === 'leaf') return;
  node.children = new Map([...node.children].sort(([a], [b]) => order(a, b)));
  for (const child of node.children.values()) sortChildren(child, order);
}

export const isIndex = (name: string): boolean => /^(0|[1-9]\d*)$/.test(name);

/** Every identifier of an array filter that the update names. */
export function usedIdentifiers(update: Doc): Set<string> {
  const used = new Set<string>();
  for (const fields of update.values())
    if (isDoc(fields))
      for (const path of fields.keys())
        for (const part of path.split('.')) {
          const identifier = ARRAY_PART.exec(part)?.[1];
          if (identifier) used.add(identifier);
        }
  return used;
}
