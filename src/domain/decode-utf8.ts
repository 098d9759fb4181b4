import { isUtf8 } from 'node:buffer';
import type { Steps } from './in-slices.js';

/** Bytes that one step decodes. */
const STEP = 1024 * 1024;

/** The text that is written so; null where it is not UTF-8. */
export const decoded = (bytes: Buffer): string | null => (isUtf8(bytes) ? bytes.toString('utf8') : null);

/** The same, a piece after the other. */
export function* decodeSteps(bytes: Uint8Array): Steps<string | null> {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: string[] = [];
  for (let start = 0; start < body.length || pieces.length === 0; ) {
    let end = Math.min(body.length, start + STEP);
    // Not within a character, which has at most four bytes.
    for (let back = 0; back < 3 && end < body.length && isContinuation(body[end]); back++) end--;
    const piece = decoded(body.subarray(start, end));
    if (piece === null) return null;
    pieces.push(piece);
    start = end;
    yield;
  }
  return pieces.length === 1 ? (pieces[0] as string) : pieces.join('');
}

const isContinuation = (byte = 0) => (byte & 0xc0) === 0x80;
