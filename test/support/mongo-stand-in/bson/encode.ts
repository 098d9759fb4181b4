import { UnreadDoc } from './decode.js';
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

/** Sizes of documents and arrays that were measured before: after a small update nearly all of a large one is known. */
const sizes = new WeakMap<object, number>();

/** How many bytes the value takes as BSON, without its type and name. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return 5 + Buffer.byteLength(value);
  if (value === null) return 0;
  if (typeof value === 'boolean') return 1;
  if (value instanceof UnreadDoc) return value.bytes.length;
  if (value instanceof Map || Array.isArray(value)) {
    const known = sizes.get(value);
    if (known !== undefined) return known;
    let size = 5;
    if (Array.isArray(value))
      value.forEach((item, index) => {
        size += 2 + digits(index) + sizeOf(item);
      });
    else for (const [key, item] of value) size += 2 + Buffer.byteLength(key) + sizeOf(item);
    sizes.set(value, size);
    return size;
  }
  if (value instanceof Int32) return 4;
  if (value instanceof ObjectId) return 12;
  if (value instanceof Binary) return 5 + value.position;
  if (value instanceof BSONRegExp)
    return 2 + Buffer.byteLength(value.pattern) + Buffer.byteLength(value.options);
  if (value instanceof RawValue) return value.bytes.length;
  return 8;
}

const digits = (index: number): number => (index < 10 ? 1 : index < 100 ? 2 : String(index).length);

/** The document as BSON. */
export function encode(document: Doc): Buffer {
  const bytes = Buffer.allocUnsafe(sizeOf(document));
  writeDocument(bytes, 0, document);
  return bytes;
}

function writeDocument(bytes: Buffer, start: number, value: Doc | Value[]): number {
  if (value instanceof UnreadDoc) return start + value.bytes.copy(bytes, start);
  let offset = start + 4;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1)
      offset = writeElement(bytes, offset, String(index), value[index] as Value);
  } else for (const [key, item] of value) offset = writeElement(bytes, offset, key, item);
  bytes[offset] = 0;
  bytes.writeInt32LE(offset + 1 - start, start);
  return offset + 1;
}

function writeElement(bytes: Buffer, start: number, key: string, value: Value): number {
  bytes[start] = typeOf(value);
  return writeValue(bytes, writeCString(bytes, start + 1, key), value);
}

const writeCString = (bytes: Buffer, offset: number, text: string): number => {
  const end = offset + bytes.write(text, offset);
  bytes[end] = 0;
  return end + 1;
};

function writeValue(bytes: Buffer, offset: number, value: Value): number {
  if (typeof value === 'string') {
    const length = bytes.write(value, offset + 4);
    bytes.writeInt32LE(length + 1, offset);
    bytes[offset + 4 + length] = 0;
    return offset + 5 + length;
  }
  if (value === null) return offset;
  if (typeof value === 'boolean') {
    bytes[offset] = value ? 1 : 0;
    return offset + 1;
  }
  if (value instanceof Map || Array.isArray(value)) return writeDocument(bytes, offset, value);
  if (value instanceof Int32) return bytes.writeInt32LE(value.value, offset);
  if (value instanceof Double) return bytes.writeDoubleLE(value.value, offset);
  if (value instanceof Date) return bytes.writeBigInt64LE(BigInt(value.getTime()), offset);
  if (value instanceof Long || value instanceof Timestamp) {
    bytes.writeInt32LE(value.low, offset);
    return bytes.writeInt32LE(value.high, offset + 4);
  }
  if (value instanceof ObjectId) {
    bytes.set(value.id, offset);
    return offset + 12;
  }
  if (value instanceof Binary) {
    bytes.writeInt32LE(value.position, offset);
    bytes[offset + 4] = value.sub_type;
    bytes.set(value.buffer.subarray(0, value.position), offset + 5);
    return offset + 5 + value.position;
  }
  if (value instanceof BSONRegExp)
    return writeCString(bytes, writeCString(bytes, offset, value.pattern), value.options);
  bytes.set((value as RawValue).bytes, offset);
  return offset + (value as RawValue).bytes.length;
}

/** The number of the value's BSON type. */
export function typeOf(value: Value): number {
  if (typeof value === 'string') return 2;
  if (value === null) return 10;
  if (typeof value === 'boolean') return 8;
  if (value instanceof Map) return 3;
  if (Array.isArray(value)) return 4;
  if (value instanceof Int32) return 16;
  if (value instanceof Double) return 1;
  if (value instanceof Date) return 9;
  if (value instanceof Timestamp) return 17;
  if (value instanceof Long) return 18;
  if (value instanceof Binary) return 5;
  if (value instanceof ObjectId) return 7;
  if (value instanceof BSONRegExp) return 11;
  return value.type;
}
