/** Characters that are written into the room that stays. */
const MOST = 64 * 1024;
/** Bytes of UTF-8 that one takes at the most. */
const WIDEST = 3;

let room: Buffer | null = null;

/** The text as UTF-8. How many bytes it takes is known when it is written: to count them before takes longer than that. */
export function utf8Of(text: string): Buffer {
  if (text.length > MOST) return Buffer.from(text);
  room ??= Buffer.allocUnsafeSlow(MOST * WIDEST);
  return Buffer.from(room.subarray(0, room.write(text)));
}
