import { createCipheriv, hash } from 'node:crypto';

/*
 * HMAC-SHA-256 and AES-256-CTR, as `node:crypto` has them for a stream. Of a short text these take longer to be made than to run,
 * and a reader who catches up gets thousands of cursors: here what the key alone decides is made once.
 */

const HASH_BLOCK = 64;
const HASH_BYTES = 32;
const CIPHER_BLOCK = 16;

/** The HMAC of what begins with `prefix`, by a key of up to 64 bytes. */
export function createMac(key: Uint8Array, prefix: string): (text: Uint8Array) => Buffer {
  const padded = (byte: number) => Uint8Array.from({ length: HASH_BLOCK }, (_, at) => (key[at] ?? 0) ^ byte);
  const inside = Buffer.concat([padded(0x36), Buffer.from(prefix)]);
  const outside = Buffer.concat([padded(0x5c), Buffer.alloc(HASH_BYTES)]);
  return (text) => {
    outside.set(hash('sha256', Buffer.concat([inside, text]), 'buffer'), HASH_BLOCK);
    return hash('sha256', outside, 'buffer');
  };
}

/** Encrypts a text in counter mode, or decrypts it: the counter begins with `start`, of 16 bytes. */
export function createCounterMode(key: Uint8Array): (start: Uint8Array, text: Uint8Array) => Buffer {
  // Block by block and without an end: of the counters it makes what the text is covered with.
  const blocks = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return (start, text) => {
    const covered = blocks.update(countersFrom(start, Math.ceil(text.length / CIPHER_BLOCK)));
    for (let at = 0; at < text.length; at++) covered[at] = (covered[at] as number) ^ (text[at] as number);
    return covered.subarray(0, text.length);
  };
}

function countersFrom(start: Uint8Array, count: number): Buffer {
  const counters = Buffer.allocUnsafe(count * CIPHER_BLOCK);
  for (let block = 0; block < count; block++) {
    const first = block * CIPHER_BLOCK;
    counters.set(start, first);
    let carry = block;
    for (let at = first + CIPHER_BLOCK - 1; carry > 0 && at >= first; at--) {
      const sum = (counters[at] as number) + carry;
      counters[at] = sum & 0xff;
      carry = sum >> 8;
    }
  }
  return counters;
}
