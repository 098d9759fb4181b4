import { encode, typeOf } from './encode.js';
import {
  Binary,
  BSONRegExp,
  type Doc,
  Double,
  isDoc,
  isNumber,
  Long,
  type Maybe,
  numeric,
  ObjectId,
  type Value,
} from './values.js';

/** Where a type stands in the server's order of values; types of one rank are compared with each other. */
const RANKS = new Map([
  [255, 0],
  [6, 1],
  [10, 2],
  [1, 3],
  [16, 3],
  [18, 3],
  [19, 3],
  [2, 4],
  [14, 4],
  [3, 5],
  [4, 6],
  [5, 7],
  [7, 8],
  [8, 9],
  [9, 10],
  [17, 11],
  [11, 12],
]);

export const rank = (value: Maybe): number => (value === undefined ? 1 : (RANKS.get(typeOf(value)) ?? 13));

const order = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** The server's order of all values. A missing value comes before null. */
export function compare(a: Maybe, b: Maybe): number {
  const byRank = rank(a) - rank(b);
  if (byRank !== 0 || a === undefined || b === undefined || a === null || b === null) return byRank;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (isNumber(a) && isNumber(b)) return compareNumbers(numeric(a), numeric(b));
  if (isDoc(a) && isDoc(b)) return compareEntries([...a], [...b]);
  if (Array.isArray(a) && Array.isArray(b)) return compareEntries(a.map(unnamed), b.map(unnamed));
  if (a instanceof Date && b instanceof Date) return order(a.getTime(), b.getTime());
  if (typeof a === 'boolean') return order(Number(a), Number(b));
  if (a instanceof Long && b instanceof Long) return a.compare(b);
  if (a instanceof ObjectId && b instanceof ObjectId) return Buffer.compare(a.id, b.id);
  if (a instanceof Binary && b instanceof Binary)
    return a.position - b.position || a.sub_type - b.sub_type || Buffer.compare(a.value(), b.value());
  if (a instanceof BSONRegExp && b instanceof BSONRegExp)
    return order(a.pattern, b.pattern) || order(a.options, b.options);
  return Buffer.compare(encode(new Map([['', a]])), encode(new Map([['', b]])));
}

const unnamed = (value: Value): [string, Value] => ['', value];

function compareEntries(a: [string, Value][], b: [string, Value][]): number {
  for (let index = 0; index < a.length && index < b.length; index += 1) {
    const [keyA, valueA] = a[index] as [string, Value];
    const [keyB, valueB] = b[index] as [string, Value];
    const found = rank(valueA) - rank(valueB) || compareText(keyA, keyB) || compare(valueA, valueB);
    if (found !== 0) return found;
  }
  return a.length - b.length;
}

function compareNumbers(a: number | bigint, b: number | bigint): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return order<number | bigint>(a, b);
}

/** Strings in the order of their UTF-8 bytes, which only differs from JavaScript's beyond the basic plane. */
const compareText = (a: string, b: string): number =>
  /[\ud800-\udfff]/.test(a + b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : order(a, b);

export const equal = (a: Maybe, b: Maybe): boolean => compare(a, b) === 0;

/** Whether both would be stored as the same bytes: 1 and 1.0 are equal but not identical. */
export function identical(a: Maybe, b: Maybe): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || typeOf(a) !== typeOf(b)) return false;
  if (isDoc(a) && isDoc(b)) return a.size === b.size && sameEntries(a, b);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => identical(item, b[index]));
  if (a instanceof Double && b instanceof Double) return Object.is(a.value, b.value);
  return compare(a, b) === 0;
}

function sameEntries(a: Doc, b: Doc): boolean {
  const others = b.entries();
  for (const [key, value] of a) {
    const [otherKey, other] = others.next().value as [string, Value];
    if (key !== otherKey || !identical(value, other)) return false;
  }
  return true;
}
