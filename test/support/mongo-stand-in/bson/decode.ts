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
      return decode(bytes, offset);
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
