import type { Duplex } from 'node:stream';

/** Up to here a copy costs less than a second chunk; above, the payload is shared by all sockets that wait for it. */
const COPIED_BYTES = 4_096;
const FINAL_TEXT_FRAME = 0x81;

/**
 * Writes `head`, `payload` and `tail` as one text frame, as a server sends it (RFC 6455, 5.2: final, not masked, not
 * compressed). ws writes its own frames whole too, so the two never mix. `done` is called when the frame is taken.
 */
export function writeTextFrame(
  stream: Duplex,
  [head, payload, tail]: readonly [Buffer, Buffer, Buffer],
  done?: () => void,
): void {
  const length = head.length + payload.length + tail.length;
  const prefix = prefixLength(length) + head.length;
  if (payload.length > COPIED_BYTES) {
    const start = Buffer.allocUnsafe(prefix);
    head.copy(start, writePrefix(start, length));
    stream.cork();
    stream.write(start);
    stream.write(payload);
    stream.write(tail, done);
    stream.uncork();
    return;
  }
  const frame = Buffer.allocUnsafe(prefix + payload.length + tail.length);
  head.copy(frame, writePrefix(frame, length));
  payload.copy(frame, prefix);
  tail.copy(frame, prefix + payload.length);
  stream.write(frame, done);
}

const prefixLength = (length: number) => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

/** How many bytes were written. */
function writePrefix(frame: Buffer, length: number): number {
  frame[0] = FINAL_TEXT_FRAME;
  if (length < 126) {
    frame[1] = length;
    return 2;
  }
  if (length < 65_536) {
    frame[1] = 126;
    return frame.writeUInt16BE(length, 2);
  }
  frame[1] = 127;
  return frame.writeBigUInt64BE(BigInt(length), 2);
}
