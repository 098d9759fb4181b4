import { createCipheriv, hash } from 'node:crypto';

/*
 * HMAC-SHA-256 and AES-256-CTR, as `node:crypto` has them for a stream. Of a short text these take longer to be made than to run,
 * and a reader who catches up gets thousands of cursors: here what the key alone decides is made once.
 */

const HASH_BLOCK = 64;
const HASH_BYTES = 32;
const CIPHER_BLOCK = 16;

/** Bytes of one length after the other, each overwritten by the next of its length: most that is sealed is as long as what was before it. */
export function createReusedBuffer(start: Uint8Array): (length: number) => Buffer {
  let room: Buffer = Buffer.alloc(0);
  return (length) => {
    if (room.length === start.length + length) return room;
    room = Buffer.allocUnsafe(start.length + length);
    room.set(start);
    return room;
  };
}

/** The HMAC of what begins with `prefix`, by a key of up to 64 bytes. */
export function createMac(key: Uint8Array, prefix: string): (text: Uint8Array) => Buffer {
  const padded = (byte: number) => Uint8Array.from({ length: HASH_BLOCK }, (_, at) => (key[at] ?? 0) ^ byte);
  const start = Buffer.concat([padded(0x36), Buffer.from(prefix)]);
  const inside = createReusedBuffer(start);
  const outside = Buffer.concat([padded(0x5c), Buffer.alloc(HASH_BYTES)]);
  return (text) => {
    const whole = inside(text.length);
    whole.set(text, start.length);
    // As texts: a buffer of its own for each hash takes longer to be made than the hash.
    outside.write(hash('sha256', whole, 'binary'), HASH_BLOCK, 'latin1');
    return Buffer.from(hash('sha256', outside, 'binary'), 'latin1');
  };
}

/** Encrypts a text in counter mode, or decrypts it: the counter begins with `start`, of 16 bytes. */
export function createCounterMode(key: Uint8Array): (start: Uint8Array, text: Uint8Array) => Buffer {
  // Block by block and without an end: of the counters it makes what the text is covered with.
  const blocks = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const room = createReusedBuffer(Buffer.alloc(0));
  return (start, text) => {
    const counters = room(Math.ceil(text.length / CIPHER_BLOCK) * CIPHER_BLOCK);
    count(start, counters);
    const covered = blocks.update(counters);
    for (let at = 0; at < text.length; at++) covered[at] = (covered[at] as number) ^ (text[at] as number);
    return covered.length === text.length ? covered : covered.subarray(0, text.length);
  };
}

/** Fills the blocks with numbers from `start` on. */
function count(start: Uint8Array, counters: Buffer): void {
  for (let first = 0; first < counters.length; first += CIPHER_BLOCK) {
    counters.set(start, first);
    let carry = first / CIPHER_BLOCK;
    for (let at = first + CIPHER_BLOCK - 1; carry > 0 && at >= first; at--) {
      const sum = (counters[at] as number) + carry;
      counters[at] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}
