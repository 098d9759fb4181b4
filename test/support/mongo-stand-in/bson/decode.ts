import {
  Binary,
  BSONRegExp,
  type Doc,
  Double,
  Int32,
  Long,
  ObjectId,
  RawValue,
  Timestamp,
  type Value,
} from './values.js';

/** An inner document of so many bytes is decoded when it is first looked into. */
const READ_LATER_BYTES = 4096;

/**
 * A document as it came, decoded when it is first looked into: what is stored and given back whole is mostly never. Like all that
 * is stored it is not changed.
 */
export class UnreadDoc extends Map<string, Value> {
  readonly #bytes: Buffer;
  #fields: Doc | undefined;

  constructor(bytes: Buffer) {
    super();
    this.#bytes = bytes;
  }

  /** As BSON. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  get #read(): Doc {
    this.#fields ??= decode(this.#bytes);
    return this.#fields;
  }

  override get size(): number {
    return this.#read.size;
  }
  override get(key: string): Value | undefined {
    return this.#read.get(key);
  }
  override has(key: string): boolean {
    return this.#read.has(key);
  }
  override keys() {
    return this.#read.keys();
  }
  override values() {
    return this.#read.values();
  }
  override entries() {
    return this.#read.entries();
  }
  override [Symbol.iterator]() {
    return this.#read[Symbol.iterator]();
  }
  override forEach(callback: (value: Value, key: string, map: Doc) => void): void {
    this.#read.forEach(callback);
  }
  override set(): never {
    throw new Error('a document that is stored is not changed');
  }
  override delete(): never {
    throw new Error('a document that is stored is not changed');
  }
  override clear(): never {
    throw new Error('a document that is stored is not changed');
  }
}

/** How deep documents and lists lie in each other at the most, this one counted. */
export function depthOf(bytes: Buffer, start: number): number {
  const end = start + bytes.readInt32LE(start) - 1;
  let deepest = 0;
  for (let offset = start + 4; offset < end; ) {
    const type = bytes[offset] as number;
    offset = bytes.indexOf(0, offset + 1) + 1;
    if (type === 3 || type === 4) deepest = Math.max(deepest, depthOf(bytes, offset));
    offset += lengthOf(bytes, offset, type);
  }
  return deepest + 1;
}

/** The document at `start`. Its bytes are copied: the buffer may be used again. */
export function decode(bytes: Buffer, start = 0): Doc {
  const document: Doc = new Map();
  read(bytes, start, (key, value) => document.set(key, value));
  return document;
}

function read(bytes: Buffer, start: number, add: (key: string, value: Value) => void): void {
  const end = start + bytes.readInt32LE(start) - 1;
  let offset = start + 4;
  while (offset < end) {
    const type = bytes[offset] as number;
    const nameEnd = bytes.indexOf(0, offset + 1);
    const key = bytes.toString('utf8', offset + 1, nameEnd);
    offset = nameEnd + 1;
    const length = lengthOf(bytes, offset, type);
    add(key, decodeValue(bytes, offset, type, length));
    offset += length;
  }
}

function lengthOf(bytes: Buffer, offset: number, type: number): number {
  switch (type) {
    case 1:
    case 9:
    case 17:
    case 18:
      return 8;
    case 2:
    case 13:
    case 14:
      return 4 + bytes.readInt32LE(offset);
    case 3:
    case 4:
    case 15:
      return bytes.readInt32LE(offset);
    case 5:
      return 5 + bytes.readInt32LE(offset);
    case 7:
      return 12;
    case 8:
      return 1;
    case 11:
      return bytes.indexOf(0, bytes.indexOf(0, offset) + 1) + 1 - offset;
    case 12:
      return 16 + bytes.readInt32LE(offset);
    case 16:
      return 4;
    case 19:
      return 16;
    case 6:
    case 10:
    case 127:
    case 255:
      return 0;
    default:
      throw new Error(`BSON type ${type} is not known`);
  }
}

function decodeValue(bytes: Buffer, offset: number, type: number, length: number): Value {
  switch (type) {
    case 1:
      return new Double(bytes.readDoubleLE(offset));
    case 2:
      return bytes.toString('utf8', offset + 4, offset + length - 1);
    case 3:
      return length < READ_LATER_BYTES
        ? decode(bytes, offset)
        : new UnreadDoc(Buffer.from(bytes.subarray(offset, offset + length)));
    case 4: {
      const items: Value[] = [];
      read(bytes, offset, (_, value) => items.push(value));
      return items;
    }
    case 5:
      return new Binary(
        Buffer.from(bytes.subarray(offset + 5, offset + length)),
        bytes[offset + 4] as number,
      );
    case 7:
      return new ObjectId(Buffer.from(bytes.subarray(offset, offset + 12)));
    case 8:
      return bytes[offset] === 1;
    case 9:
      return new Date(Number(bytes.readBigInt64LE(offset)));
    case 10:
      return null;
    case 11: {
      const [pattern = '', options = ''] = bytes.toString('utf8', offset, offset + length).split('\0');
      return new BSONRegExp(pattern, options);
    }
    case 16:
      return new Int32(bytes.readInt32LE(offset));
    case 17:
      return new Timestamp(new Long(bytes.readInt32LE(offset), bytes.readInt32LE(offset + 4), true));
    case 18:
      return new Long(bytes.readInt32LE(offset), bytes.readInt32LE(offset + 4));
    default:
      return new RawValue(type, Buffer.from(bytes.subarray(offset, offset + length)));
  }
}
