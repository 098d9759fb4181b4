import { randomBytes } from 'node:crypto';
import { ObjectId } from 'mongodb';

const MOST = 0xffff;

/**
 * Makes ids for what happened at a time, in ms, that sort by it, whichever process made them: those of the driver sort by the second.
 * In one process each is above the one before. Their first bytes are the second, as in any ObjectId.
 */
export function createRisingIds(): (at: number) => ObjectId {
  const own = randomBytes(4);
  let last = { ms: 0, count: 0 };
  return (at) => {
    const ms = Math.max(at, last.ms);
    const count = ms === last.ms ? last.count + 1 : 0;
    last = count > MOST ? { ms: ms + 1, count: 0 } : { ms, count };
    const bytes = Buffer.alloc(12);
    bytes.writeUInt32BE(Math.floor(last.ms / 1_000), 0);
    bytes.writeUInt16BE(last.ms % 1_000, 4);
    bytes.writeUInt16BE(last.count, 6);
    own.copy(bytes, 8);
    return new ObjectId(bytes);
  };
}
