import { decodeSteps } from '../../domain/decode-utf8.js';
import type { Steps } from '../../domain/in-slices.js';
import type { JsonSource } from '../../domain/json-source.js';
import { valueSteps } from '../../domain/parse-json.js';
import type { Found } from './budgeted-read.js';
import type { Row, Statements } from './statements.js';

/** A read in two parts: the rows, which any thread may find, and what they say. `mostPassed`: past it they may be left to another thread. */
export interface RowsRead<I, T> {
  rows(statements: Statements, input: I, most: number, mostPassed?: number): Found<Row[]>;
  value(input: I, rows: Row[]): Steps<T>;
}

/** A text of more characters comes from another thread as bytes: they are handed over as they are, and decoded when it is its turn. */
const HANDED_OVER = 16 * 1024;
/** JSON that is parsed in steps. */
const IN_STEPS = 64 * 1024;

/** The rows with their large texts as bytes, and the memory of these, which is handed over with them. */
export function packed(rows: Row[]): { rows: Row[]; memory: ArrayBuffer[] } {
  const memory: ArrayBuffer[] = [];
  for (const row of rows) {
    for (const column of Object.keys(row ?? {})) {
      const text: unknown = row[column];
      if (typeof text !== 'string' || text.length <= HANDED_OVER) continue;
      const bytes = new TextEncoder().encode(text);
      memory.push(bytes.buffer);
      row[column] = bytes;
    }
  }
  return { rows, memory };
}

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
