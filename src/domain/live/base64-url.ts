const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Of twelve bits, both characters. */
const PAIRS = Array.from({ length: 4_096 }, (_, bits) => `${ALPHABET[bits >> 6]}${ALPHABET[bits & 63]}`);
const SHORT = 64;

/**
 * A piece of JSON as base64url, with spaces behind it so that it fills whole groups and another piece may follow. What is short and plain
 * is encoded here: to have it done by a buffer takes longer than to do it.
 */
export function base64Url(json: string): string {
  return (json.length <= SHORT ? encodedHere(json) : null) ?? encodedByBuffer(json);
}

/** Null where a character takes more than a byte. */
function encodedHere(json: string): string | null {
  let text = '';
  for (let at = 0; at < json.length; at += 3) {
    const first = json.charCodeAt(at);
    const second = at + 1 < json.length ? json.charCodeAt(at + 1) : SPACE;
    const third = at + 2 < json.length ? json.charCodeAt(at + 2) : SPACE;
    if ((first | second | third) > LAST_PLAIN) return null;
    text += (PAIRS[(first << 4) | (second >> 4)] as string) + PAIRS[((second & 15) << 8) | third];
  }
  return text;
}

function encodedByBuffer(json: string): string {
  const over = Buffer.byteLength(json) % 3;
  return Buffer.from(over === 0 ? json : json + ' '.repeat(3 - over)).toString('base64url');
}

const SPACE = 0x20;
const LAST_PLAIN = 0x7f;
