import { BSON } from 'mongodb';
import type { Steps } from '../../../domain/async/in-slices.js';
import type { Doc } from './bson-json.js';

/*
 * Documents from their bytes, key for key. The driver's own reading takes any object with `$ref` and `$id` for a reference, a
 * JSON schema's too, and splits a `$ref` with a dot in two, so that nobody can tell any more what was stored.
 */

/** No server asks whether a text is UTF-8: one that is not is shown as far as it is, and fails nothing. */
export const AS_IT_IS = { utf8: false } as const;

/** `promoteValues: false` keeps the type of every number. */
export interface Decoding {
  promoteValues?: boolean;
}

/** A document as bytes, as the driver gives those of a list in `fieldsAsRaw`. */
export function docFromBytes(bytes: Uint8Array, decoding: Decoding = {}): Doc {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const mayRefer = buffer.includes('$id\0') && buffer.includes('$ref\0');
  return mayRefer ? docAt(buffer, 0, decoding) : BSON.deserialize(buffer, options(decoding));
}

const [OBJECT, ARRAY] = [0x03, 0x04];

/** Bytes of a document that are read in one step. */
const STEP_BYTES = 16 * 1024;

/** The same in steps: a document of 16 MB may be a million values. */
export function* docSteps(bytes: Uint8Array, decoding: Decoding = {}): Steps<Doc> {
  if (bytes.length <= STEP_BYTES) return docFromBytes(bytes, decoding);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: [string, unknown][] = [];
  for (const { from, to, large } of stretchesOf(buffer)) {
    if (large)
      entries.push([large.name, yield* largeSteps(buffer.subarray(large.from, to), large.type, decoding)]);
    else
      for (const entry of Object.entries(docFromBytes(wrapped(buffer.subarray(from, to)), decoding)))
        entries.push(entry);
    yield;
  }
  // Not by assignment: `__proto__` is a key like any other.
  return Object.fromEntries(entries);
}

function* listSteps(buffer: Buffer, decoding: Decoding): Steps<unknown[]> {
  const list: unknown[] = [];
  for (const { from, to, large } of stretchesOf(buffer)) {
    if (large) list.push(yield* largeSteps(buffer.subarray(large.from, to), large.type, decoding));
    else for (const element of listFromBytes(buffer.subarray(from, to), decoding)) list.push(element);
    yield;
  }
  return list;
}

const largeSteps = (bytes: Buffer, type: number, decoding: Decoding): Steps<unknown> =>
  type === OBJECT ? docSteps(bytes, decoding) : listSteps(bytes, decoding);

/** What follows one another and is small, or one element that is large and has elements itself. */
function* stretchesOf(buffer: Buffer) {
  const end = buffer.readInt32LE(0) - 1;
  let start = 4;
  for (let at = 4; at < end; ) {
    const type = buffer.readUInt8(at);
    const from = buffer.indexOf(0, at + 1) + 1;
    const to = from + sizeOf(buffer, type, from);
    const isLarge = to - from > STEP_BYTES && (type === OBJECT || type === ARRAY);
    if (start < at && (isLarge || to - start > STEP_BYTES)) {
      yield { from: start, to: at, large: null };
      start = at;
    }
    if (isLarge) {
      yield { from: at, to, large: { type, name: buffer.toString('utf8', at + 1, from - 1), from } };
      start = to;
    }
    at = to;
  }
  if (start < end) yield { from: start, to: end, large: null };
}

/** Elements as a document of their own. */
export function wrapped(elements: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32LE(elements.length + 5);
  return Buffer.concat([size, elements, Buffer.alloc(1)]);
}

/** Elements of a list, whatever their names. */
function listFromBytes(elements: Buffer, decoding: Decoding): unknown[] {
  const list = Buffer.concat([Buffer.from([ARRAY, 0x76, 0]), wrapped(elements)]);
  return docFromBytes(wrapped(list), decoding).v as unknown[];
}

/**
 * The driver looks names up in `fieldsAsRaw` without asking whose they are: a list named `constructor` would come as bytes. Of a
 * pattern it would make a RegExp, which not every one is, and lose its options.
 */
const options = (decoding: Decoding) => ({
  ...decoding,
  bsonRegExp: true,
  fieldsAsRaw: Object.create(null),
  validation: AS_IT_IS,
});

function docAt(buffer: Buffer, start: number, decoding: Decoding): Doc {
  const entries: [string, unknown][] = [];
  for (const { type, name, from, to } of elementsAt(buffer, start)) {
    entries.push([name, readValue(buffer.subarray(from, to), type, decoding)]);
  }
  // Not by assignment: `__proto__` is a key like any other.
  return Object.fromEntries(entries);
}

function readValue(value: Buffer, type: number, decoding: Decoding): unknown {
  if (type === OBJECT) return docAt(value, 0, decoding);
  if (type === ARRAY) {
    return [...elementsAt(value, 0)].map((element) =>
      readValue(value.subarray(element.from, element.to), element.type, decoding),
    );
  }
  const alone = wrapped(Buffer.concat([Buffer.from([type, 0x76, 0]), value]));
  return BSON.deserialize(alone, options(decoding)).v;
}

/** Each element's type and name, where it begins and where its value lies: https://bsonspec.org/spec.html. */
export function* elementsAt(buffer: Buffer, start: number) {
  const end = start + buffer.readInt32LE(start) - 1;
  for (let at = start + 4; at < end; ) {
    const type = buffer.readUInt8(at);
    const from = buffer.indexOf(0, at + 1) + 1;
    const to = from + sizeOf(buffer, type, from);
    yield { type, name: buffer.toString('utf8', at + 1, from - 1), start: at, from, to };
    at = to;
  }
}

/** Of the types without a length in front. */
const FIXED_SIZES = new Map([
  [0x01, 8],
  [0x06, 0],
  [0x07, 12],
  [0x08, 1],
  [0x09, 8],
  [0x0a, 0],
  [0x10, 4],
  [0x11, 8],
  [0x12, 8],
  [0x13, 16],
  [0x7f, 0],
  [0xff, 0],
]);
const [BINARY, REGEX, POINTER] = [0x05, 0x0b, 0x0c];
/** String, code, symbol: their length stands in front and does not count itself. */
const TEXTS = new Set([0x02, 0x0d, 0x0e]);

function sizeOf(buffer: Buffer, type: number, from: number): number {
  const fixed = FIXED_SIZES.get(type);
  if (fixed !== undefined) return fixed;
  if (type === REGEX) return buffer.indexOf(0, buffer.indexOf(0, from) + 1) + 1 - from;
  const length = buffer.readInt32LE(from);
  if (TEXTS.has(type)) return length + 4;
  if (type === BINARY) return length + 5;
  if (type === POINTER) return length + 16;
  // Documents, lists and code with a scope count themselves.
  return length;
}
