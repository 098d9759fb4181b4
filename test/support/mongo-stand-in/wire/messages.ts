import { decode, depthOf } from '../bson/decode.js';
import { encode } from '../bson/encode.js';
import type { Doc, Value } from '../bson/values.js';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER_BYTES = 16;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
const EXHAUST_ALLOWED = 1 << 16;

/** One request, whichever way it came: a command whose document sequences have become arrays. */
export interface Request {
  id: number;
  command: Doc;
  /** The old form, which only the handshake still uses. */
  legacy: boolean;
  expectsReply: boolean;
  exhaustAllowed: boolean;
  bytes: number;
  /** Of the command, without its document sequences. */
  depth: number;
}

export function parseMessage(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const opCode = message.readInt32LE(12);
  const bytes = message.length;
  if (opCode === OP_QUERY) {
    const nameEnd = message.indexOf(0, HEADER_BYTES + 4);
    const namespace = message.toString('utf8', HEADER_BYTES + 4, nameEnd);
    const command = decode(message, nameEnd + 1 + 8);
    command.set('$db', namespace.split('.')[0] as string);
    return { id, command, legacy: true, expectsReply: true, exhaustAllowed: false, bytes, depth: 0 };
  }
  if (opCode !== OP_MSG) throw new Error(`op code ${opCode} is not known`);
  const flags = message.readUInt32LE(HEADER_BYTES);
  const end = message.length - (flags & CHECKSUM_PRESENT ? 4 : 0);
  return {
    id,
    ...readSections(message, end),
    legacy: false,
    expectsReply: (flags & MORE_TO_COME) === 0,
    exhaustAllowed: (flags & EXHAUST_ALLOWED) !== 0,
    bytes,
  };
}

function readSections(message: Buffer, end: number): Pick<Request, 'command' | 'depth'> {
  let command: Doc = new Map();
  let depth = 0;
  const sequences: [string, Value[]][] = [];
  let offset = HEADER_BYTES + 4;
  while (offset < end) {
    const kind = message[offset];
    const size = message.readInt32LE(offset + 1);
    if (kind === 0) {
      command = decode(message, offset + 1);
      depth = depthOf(message, offset + 1);
    } else sequences.push(readSequence(message, offset + 5, offset + 1 + size));
    offset += 1 + size;
  }
  for (const [name, documents] of sequences) command.set(name, documents);
  return { command, depth };
}

function readSequence(message: Buffer, start: number, end: number): [string, Value[]] {
  const nameEnd = message.indexOf(0, start);
  const documents: Value[] = [];
  for (let offset = nameEnd + 1; offset < end; offset += message.readInt32LE(offset))
    documents.push(decode(message, offset));
  return [message.toString('utf8', start, nameEnd), documents];
}

let lastReplyId = 0;

/** The reply as bytes, and its id, to which a further reply of an exhaust stream answers. */
export function writeReply(
  document: Doc,
  responseTo: number,
  legacy: boolean,
  moreToCome: boolean,
): { id: number; bytes: Buffer } {
  const body = encode(document);
  const prefix = Buffer.alloc(legacy ? HEADER_BYTES + 20 : HEADER_BYTES + 5);
  lastReplyId = (lastReplyId + 1) & 0x7fffffff;
  prefix.writeInt32LE(prefix.length + body.length, 0);
  prefix.writeInt32LE(lastReplyId, 4);
  prefix.writeInt32LE(responseTo, 8);
  prefix.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) {
    prefix.writeInt32LE(8, HEADER_BYTES); // the flag "await capable", which every server sets
    prefix.writeInt32LE(1, HEADER_BYTES + 16);
  } else prefix.writeInt32LE(moreToCome ? MORE_TO_COME : 0, HEADER_BYTES);
  return { id: lastReplyId, bytes: Buffer.concat([prefix, body]) };
}

/** Cuts a stream of bytes into messages. */
export function createSplitter(): (chunk: Buffer) => Buffer[] {
  let chunks: Buffer[] = [];
  let received = 0;
  return (chunk) => {
    chunks.push(chunk);
    received += chunk.length;
    const messages: Buffer[] = [];
    while (received >= 4) {
      if ((chunks[0] as Buffer).length < 4) chunks = [Buffer.concat(chunks)];
      const size = (chunks[0] as Buffer).readInt32LE(0);
      if (received < size) break;
      const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      messages.push(all.subarray(0, size));
      chunks = all.length === size ? [] : [all.subarray(size)];
      received -= size;
    }
    return messages;
  };
}
