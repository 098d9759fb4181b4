import { Binary, BSONRegExp, Double, Int32, isDoc, Long, type Maybe, ObjectId, Timestamp } from './values.js';

/** A value as the server prints it in its messages. `spaced` documents have a blank inside the braces. */
export function show(value: Maybe, spaced = true): string {
  if (value === undefined) return 'MISSING';
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  if (isDoc(value)) {
    if (value.size === 0) return '{}';
    const fields = [...value].map(([key, item]) => `${key}: ${show(item, spaced)}`).join(', ');
    return spaced ? `{ ${fields} }` : `{${fields}}`;
  }
  if (Array.isArray(value))
    return value.length === 0 ? '[]' : `[ ${value.map((item) => show(item, spaced)).join(', ')} ]`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof Int32 || (value instanceof Long && !(value instanceof Timestamp)))
    return value.toString();
  if (value instanceof Double)
    return Number.isInteger(value.value) && Math.abs(value.value) < 1e15
      ? value.value.toFixed(1)
      : String(value.value);
  if (value instanceof Timestamp)
    return `Timestamp(${value.getHighBitsUnsigned()}, ${value.getLowBitsUnsigned()})`;
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof Binary)
    return value.sub_type === Binary.SUBTYPE_UUID
      ? `UUID("${value.toUUID().toString()}")`
      : `BinData(${value.sub_type}, ${value.toString('hex').toUpperCase()})`;
  if (value instanceof BSONRegExp) return `/${value.pattern}/${value.options}`;
  return 'undefined';
}

const TYPE_NAMES = new Map([
  [1, 'double'],
  [2, 'string'],
  [3, 'object'],
  [4, 'array'],
  [5, 'binData'],
  [6, 'undefined'],
  [7, 'objectId'],
  [8, 'bool'],
  [9, 'date'],
  [10, 'null'],
  [11, 'regex'],
  [16, 'int'],
  [17, 'timestamp'],
  [18, 'long'],
  [19, 'decimal'],
  [127, 'maxKey'],
  [255, 'minKey'],
]);

/** The server's name of a BSON type, as in `$type`. */
export const typeName = (type: number): string => TYPE_NAMES.get(type) ?? 'unknown';
export const typeNumber = (name: string): number | undefined => {
  for (const [type, known] of TYPE_NAMES) if (known === name) return type;
  return undefined;
};
