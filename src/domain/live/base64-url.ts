/** Characters that fit into the room, whatever they are. */
const SHORT = 64;
const BYTES_OF_CHARACTER = 3;
/** A buffer of its own would take longer to be made than what is short to be encoded. */
const room = Buffer.allocUnsafe((SHORT + 1) * BYTES_OF_CHARACTER);

/** A piece of JSON as base64url, with spaces behind it so that it fills whole groups and another piece may follow. */
export function base64Url(json: string): string {
  if (json.length > SHORT) {
    const bytes = Buffer.byteLength(json);
    return Buffer.from(json + ' '.repeat(filling(bytes))).toString('base64url');
  }
  const bytes = room.write(json);
  const end = bytes + filling(bytes);
  for (let at = bytes; at < end; at++) room[at] = SPACE;
  return room.toString('base64url', 0, end);
}

const filling = (bytes: number) => (3 - (bytes % 3)) % 3;
const SPACE = 0x20;
