import { readFileSync } from 'node:fs';
import { BSON } from 'mongodb';
import { isMap, type Node, type NodeMap } from './tree.js';

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[{}[\],:]|-?\d[\d.eE+-]*|true|false|null)/y;
const EXTENDED = new Set([
  '$numberInt',
  '$numberDouble',
  '$numberLong',
  '$date',
  '$timestamp',
  '$binary',
  '$oid',
  '$regularExpression',
]);
/** The servers that were recorded; of each there is a folder of its traces. */
export type Recorded = '4.4' | '5.0';
const FOLDERS: Record<Recorded, URL> = {
  '4.4': new URL('../../fixtures/mongodb/', import.meta.url),
  '5.0': new URL('../../fixtures/mongodb-5.0/', import.meta.url),
};

/** A recording with its key order, which JSON.parse would lose: it moves names such as "10" to the front. */
export const readTrace = (name: string, server: Recorded = '4.4'): NodeMap =>
  parseOrdered(readFileSync(new URL(`${name}.json`, FOLDERS[server]), 'utf8')) as NodeMap;

function parseOrdered(json: string): Node {
  TOKEN.lastIndex = 0;
  const next = (): string => TOKEN.exec(json)?.[1] as string;
  const value = (token: string): Node =>
    token === '[' ? list() : token === '{' ? document() : JSON.parse(token);
  const list = (): Node[] => {
    const items: Node[] = [];
    for (let token = next(); token !== ']'; token = next()) if (token !== ',') items.push(value(token));
    return items;
  };
  const document = (): Node => {
    const fields: NodeMap = new Map();
    for (let token = next(); token !== '}'; token = next()) {
      if (token === ',') continue;
      next(); // the colon
      fields.set(JSON.parse(token), value(next()));
    }
    return extended(fields);
  };
  return value(next());
}

/** One Extended JSON value, or the document itself. Placeholders stay documents. */
function extended(fields: NodeMap): Node {
  const first = fields.keys().next().value as string;
  if (fields.size !== 1 || !EXTENDED.has(first)) return fields;
  const value = fields.get(first) as Node;
  // A date holds a $numberLong, which has been read already.
  if (first === '$date') return new Date(Number(value));
  return BSON.EJSON.deserialize({ v: { [first]: plain(value) } }, { relaxed: false }).v as Node;
}

const plain = (value: Node): unknown =>
  isMap(value) ? Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)])) : value;
