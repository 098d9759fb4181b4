import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { ParleyError } from '../domain/errors.js';
import type { JsonValue } from '../domain/json.js';

/**
 * Opaque cursors: nobody but the server can read or make one, for they hold what a caller is limited by and how much has changed
 * beyond that. `kind` says what a cursor is for: one of another kind does not open. Equal payloads have equal cursors.
 */
export interface CursorCodec {
  seal(kind: string, payload: JsonValue): string;
  /** INVALID_CURSOR where it is damaged, of another kind, or sealed for another database. */
  open(kind: string, cursor: string): JsonValue;
}

const MAC_BYTES = 16;
/** Cursors are a multiple of this long: how many digits a number has does not show. */
const BLOCK_BYTES = 32;

/**
 * `secret` belongs to the database, so that every instance on it opens the cursors of the others. A cursor is a keyed hash of its kind
 * and text, and the text, encrypted from that hash on: what RFC 5297 calls a synthetic initialization vector.
 */
export function createCursorCodec(secret: Uint8Array): CursorCodec {
  const derived = (use: string) => Buffer.from(hkdfSync('sha256', secret, '', `parley cursor ${use}`, 32));
  const [macKey, textKey] = [derived('hash'), derived('text')];
  const mac = (key: Uint8Array, kind: string, body: Uint8Array) =>
    createHmac('sha256', key).update(kind).update('\0').update(body).digest().subarray(0, MAC_BYTES);

  /** The text of a cursor; null where it was not sealed here for this. */
  function unsealed(kind: string, hash: Uint8Array, body: Uint8Array): Buffer | null {
    const text = createDecipheriv('aes-256-ctr', textKey, hash).update(body);
    if (timingSafeEqual(hash, mac(macKey, kind, text))) return text;
    // Cursors of before could be read, and are still good.
    return timingSafeEqual(hash, mac(secret, kind, body)) ? Buffer.from(body) : null;
  }

  return {
    seal(kind, payload) {
      const json = Buffer.from(JSON.stringify(payload));
      const text = Buffer.alloc(Math.ceil(json.length / BLOCK_BYTES) * BLOCK_BYTES, ' ');
      json.copy(text);
      const hash = mac(macKey, kind, text);
      const body = createCipheriv('aes-256-ctr', textKey, hash).update(text);
      return Buffer.concat([hash, body]).toString('base64url');
    },
    open(kind, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      // The length and the canonical text too: a decoder that skips foreign characters would accept many spellings.
      const whole = bytes.length > MAC_BYTES && bytes.toString('base64url') === cursor;
      const text = whole ? unsealed(kind, bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)) : null;
      if (text === null) {
        throw new ParleyError(
          'INVALID_CURSOR',
          `The cursor ${JSON.stringify(cursor.slice(0, 24))} is damaged, or comes from another list, subscription or database. Pass one as it was received, or none.`,
        );
      }
      return JSON.parse(text.toString('utf8')) as JsonValue;
    },
  };
}
