import { hkdfSync, timingSafeEqual } from 'node:crypto';
import { ParleyError } from '../domain/errors.js';
import type { JsonValue } from '../domain/json/json-value.js';
import { createCounterMode, createMac, createReusedBuffer } from './keyed-text.js';

/**
 * Opaque cursors: nobody but the server can read or make one, for they hold what a caller is limited by and how much has changed
 * beyond that. `kind` says what a cursor is for: one of another kind does not open. Equal payloads have equal cursors.
 */
export interface CursorCodec {
  seal(kind: string, payload: JsonValue): string;
  /** The same of a payload that is at hand as `JSON.stringify` writes it. */
  sealText(kind: string, json: string): string;
  /**
   * INVALID_CURSOR where it is damaged, of another kind, or sealed for another database. `longest`: characters that one of this kind may
   * have. To open a cursor of megabytes takes a tenth of a second, and one may stand in an operation several times.
   */
  open(kind: string, cursor: string, longest?: number): JsonValue;
}

/** Longer than any of a page: a name of up to 2,048 characters, each of which JSON may write as six, in base64. */
export const LONGEST_OF_PAGE = 32 * 1024;

const MAC_BYTES = 16;
/** Cursors are a multiple of this long: how many digits a number has does not show. */
const BLOCK_BYTES = 32;
const SPACE = 0x20;

/**
 * `secret` belongs to the database, so that every instance on it opens the cursors of the others. A cursor is a keyed hash of its kind
 * and text, and the text, encrypted from that hash on: what RFC 5297 calls a synthetic initialization vector.
 */
export function createCursorCodec(secret: Uint8Array): CursorCodec {
  const derived = (use: string) => Buffer.from(hkdfSync('sha256', secret, '', `parley cursor ${use}`, 32));
  const macOf = macsOf(derived('hash'));
  const formerMacOf = macsOf(secret);
  const cipher = createCounterMode(derived('text'));
  const room = createReusedBuffer(Buffer.alloc(MAC_BYTES));

  /** The text of a cursor; null where it was not sealed here for this. */
  function unsealed(kind: string, hash: Uint8Array, body: Uint8Array): Buffer | null {
    const text = cipher(hash, body);
    if (timingSafeEqual(hash, macOf(kind, text))) return text;
    // Cursors of before could be read, and are still good.
    return timingSafeEqual(hash, formerMacOf(kind, body)) ? Buffer.from(body) : null;
  }

  function sealText(kind: string, json: string): string {
    const bytes = Buffer.byteLength(json);
    const whole = room(Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES);
    const text = whole.subarray(MAC_BYTES);
    text.write(json);
    for (let at = bytes; at < text.length; at++) text[at] = SPACE;
    const hash = macOf(kind, text);
    whole.set(hash);
    text.set(cipher(hash, text));
    return whole.toString('base64url');
  }

  return {
    seal: (kind, payload) => sealText(kind, JSON.stringify(payload)),
    sealText,
    open(kind, cursor, longest = Number.POSITIVE_INFINITY) {
      const bytes = Buffer.from(cursor.length > longest ? '' : cursor, 'base64url');
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

/** A keyed hash of a kind and a text. Kinds are few. */
function macsOf(key: Uint8Array): (kind: string, text: Uint8Array) => Buffer {
  const known = new Map<string, ReturnType<typeof createMac>>();
  return (kind, text) => {
    const mac = known.get(kind) ?? createMac(key, `${kind}\0`);
    known.set(kind, mac);
    return mac(text).subarray(0, MAC_BYTES);
  };
}
