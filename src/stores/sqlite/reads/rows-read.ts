import { deserialize, serialize } from 'node:v8';
import type { Steps } from '../../../domain/async/in-slices.js';
import { decodeSteps } from '../../../domain/json/decode-utf8.js';
import type { JsonSource } from '../../../domain/json/json-source.js';
import { valueSteps } from '../../../domain/json/parse-json.js';
import type { Row, Statements } from '../statements.js';
import type { Found } from './budgeted-read.js';

/** A read in two parts: the rows, which any thread may find, and what they say. `mostPassed`: past it they may be left to another thread. */
export interface RowsRead<I, T> {
  rows(statements: Statements, input: I, most: number, mostPassed?: number): Found<Row[]>;
  value(input: I, rows: Iterable<Row>): Steps<T>;
}

/** A text of more characters comes from another thread as bytes: they are handed over as they are, and decoded when it is its turn. */
const HANDED_OVER = 16 * 1024;
/** JSON that is parsed in steps. */
const IN_STEPS = 64 * 1024;

/** Values of rows that come from another thread in one piece: V8 reads a piece at once. */
const VALUES_OF_PIECE = 2_000;

/** Rows as another thread gives them, and what of that is handed over and not copied. */
export interface Packed {
  pieces: Uint8Array[];
  memory: ArrayBuffer[];
}

/** The rows in pieces, with their large texts as bytes. */
export function packed(rows: readonly Row[]): Packed {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < rows.length; ) {
    let end = start;
    for (let left = VALUES_OF_PIECE; end < rows.length && left > 0; end++) left -= withBytes(rows[end]);
    pieces.push(serialize(rows.slice(start, end)));
    start = end;
  }
  return { pieces, memory: pieces.map(({ buffer }) => buffer as ArrayBuffer) };
}

/** Makes bytes of its large texts. How many values it has. */
function withBytes(row: Row): number {
  const columns = Object.keys(row ?? {});
  for (const column of columns) {
    const text: unknown = row[column];
    if (typeof text === 'string' && text.length > HANDED_OVER) row[column] = new TextEncoder().encode(text);
  }
  return columns.length + 1;
}

/** The rows again: a piece is read when its first row is asked for, so that nothing is made of all of them at once. */
export const unpacked = (pieces: readonly Uint8Array[]): Iterable<Row> => ({
  *[Symbol.iterator]() {
    for (const piece of pieces) yield* deserialize(piece) as Row[];
  },
});

/** JSON of a column that has been parsed. `json`: as it is stored. */
export class Parsed {
  constructor(
    readonly value: unknown,
    readonly json: JsonSource,
  ) {}
}

// biome-ignore lint/suspicious/noExplicitAny: what it is parsed as is said by the column.
export const parsed = (json: string | Parsed): any =>
  typeof json === 'string' ? JSON.parse(json) : json.value;

/** Whether nothing of a row is so large that it has to be opened. `row`: the list of its columns. */
export function isOpen(row: readonly unknown[]): boolean {
  for (const value of row) {
    if (typeof value === 'string' ? value.length > IN_STEPS : value instanceof Uint8Array) return false;
  }
  return true;
}

/** The row with all that is large in it decoded, and parsed where it is JSON. */
export function* opened(row: Row, jsonColumns: readonly string[]): Steps<Row> {
  for (const column of Object.keys(row)) {
    const value: unknown = row[column];
    const isBytes = value instanceof Uint8Array;
    if (!isBytes && (typeof value !== 'string' || value.length <= IN_STEPS)) continue;
    yield;
    const said = isBytes ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
    if (jsonColumns.includes(column)) row[column] = new Parsed(yield* valueSteps(said), said);
    else row[column] = typeof said === 'string' ? said : yield* decodeSteps(said);
  }
  return row;
}
