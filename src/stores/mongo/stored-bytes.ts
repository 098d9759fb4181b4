import { BSON } from 'mongodb';
import type { Doc } from './bson-json.js';

/*
 * Documents from their bytes, key for key. The driver's own reading takes any object with `$ref` and `$id` for a reference, a
 * JSON schema's too, and splits a `$ref` with a dot in two, so that nobody can tell any more what was stored.
 */

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

/**
 * The driver looks names up in `fieldsAsRaw` without asking whose they are: a list named `constructor` would come as bytes. Of a
 * pattern it would make a RegExp, which not every one is, and lose its options.
 */
const options = (decoding: Decoding) => ({
  ...decoding,
  bsonRegExp: true,
  fieldsAsRaw: Object.create(null),
});

const [OBJECT, ARRAY] = [0x03, 0x04];

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
  const size = Buffer.alloc(4);
  size.writeInt32LE(value.length + 8);
  const alone = Buffer.concat([size, Buffer.from([type, 0x76, 0]), value, Buffer.alloc(1)]);
  return BSON.deserialize(alone, options(decoding)).v;
}

/** Each element's type and name, and where its value lies: https://bsonspec.org/spec.html. */
function* elementsAt(buffer: Buffer, start: number) {
  const end = start + buffer.readInt32LE(start) - 1;
  for (let at = start + 4; at < end; ) {
    const type = buffer.readUInt8(at);
    const from = buffer.indexOf(0, at + 1) + 1;
    const to = from + sizeOf(buffer, type, from);
    yield { type, name: buffer.toString('utf8', at + 1, from - 1), from, to };
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
