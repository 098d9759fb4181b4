import { createHmac, timingSafeEqual } from 'node:crypto';
import { ParleyError } from '../domain/errors.js';
import type { JsonValue } from '../domain/json.js';

/** Opaque, authenticated cursors. `kind` says what a cursor is for: one of another kind does not open. */
export interface CursorCodec {
  seal(kind: string, payload: JsonValue): string;
  /** INVALID_CURSOR where it is damaged, of another kind, or sealed for another database. */
  open(kind: string, cursor: string): JsonValue;
}

const MAC_BYTES = 16;

/** `secret` belongs to the database, so that every instance on it opens the cursors of the others. */
export function createCursorCodec(secret: Uint8Array): CursorCodec {
  const mac = (kind: string, body: Uint8Array) =>
    createHmac('sha256', secret).update(kind).update('\0').update(body).digest().subarray(0, MAC_BYTES);

  return {
    seal(kind, payload) {
      const body = Buffer.from(JSON.stringify(payload));
      return Buffer.concat([mac(kind, body), body]).toString('base64url');
    },
    open(kind, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      const body = bytes.subarray(MAC_BYTES);
      // The length and the canonical text too: a decoder that skips foreign characters would accept many spellings.
      if (
        body.length === 0 ||
        bytes.toString('base64url') !== cursor ||
        !timingSafeEqual(bytes.subarray(0, MAC_BYTES), mac(kind, body))
      ) {
        throw new ParleyError(
          'INVALID_CURSOR',
          `The cursor ${JSON.stringify(cursor.slice(0, 24))} is damaged, or comes from another list, subscription or database. Pass one as it was received, or none.`,
        );
      }
      return JSON.parse(body.toString('utf8')) as JsonValue;
    },
  };
}
