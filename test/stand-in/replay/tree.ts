import { BSON } from 'mongodb';
import type { Value } from '../../support/mongo-stand-in/bson/values.js';

/** A recorded value: what BSON can hold, and the plain numbers of placeholders. */
export type Node = Value | number | NodeMap | Node[];
export interface NodeMap extends Map<string, Node> {}

export const isMap = (node: unknown): node is NodeMap => node instanceof Map;

/** A copy of the tree in which `replace` has been asked about every node, outermost first. */
export function mapTree(
  tree: Node,
  replace: (node: Node, key?: string) => Node | undefined,
  key?: string,
): Node {
  const replaced = replace(tree, key);
  if (replaced !== undefined) return replaced;
  if (isMap(tree)) return new Map([...tree].map(([name, value]) => [name, mapTree(value, replace, name)]));
  if (Array.isArray(tree)) return tree.map((value) => mapTree(value, replace, key));
  return tree;
}

/** The tree as lines of Extended JSON in its own key order, for comparing and for reading the difference. */
export function textOf(tree: Node, indent = ''): string {
  const inner = `${indent}  `;
  if (isMap(tree)) {
    if (tree.size === 0) return '{}';
    return `{\n${[...tree].map(([key, value]) => `${inner}${JSON.stringify(key)}: ${textOf(value, inner)}`).join(',\n')}\n${indent}}`;
  }
  if (Array.isArray(tree)) {
    if (tree.length === 0) return '[]';
    return `[\n${tree.map((value) => inner + textOf(value, inner)).join(',\n')}\n${indent}]`;
  }
  return typeof tree === 'number' ? String(tree) : BSON.EJSON.stringify(tree, { relaxed: false });
}
