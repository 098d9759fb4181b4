/** A frame as a client sends it (RFC 6455, 5.2); every part of it may be wrong. */
export interface FrameOptions {
  opcode?: number;
  fin?: boolean;
  masked?: boolean;
  reserved?: number;
  /** What is said of the length, where it is not the payload's own. */
  length?: number;
}

/** Turns no bit, so that a reported frame can be read. */
const MASK = Buffer.alloc(4);

export function frame(payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const { opcode = 1, fin = true, masked = true, reserved = 0 } = options;
  const bytes = Buffer.from(payload);
  const length = options.length ?? bytes.length;
  const maskBit = masked ? 0x80 : 0;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const head =
    length < 126
      ? Buffer.from([first, maskBit | length])
      : length < 65_536
        ? Buffer.from([first, maskBit | 126, length >> 8, length & 0xff])
        : Buffer.concat([Buffer.from([first, maskBit | 127]), eightBytes(length)]);
  return Buffer.concat([head, ...(masked ? [MASK] : []), bytes]);
}

function eightBytes(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}

export interface ReceivedFrame {
  opcode: number;
  payload: Buffer;
}

/** The whole frames that a server has sent; null where they are none. */
export function readFrames(bytes: Buffer): ReceivedFrame[] | null {
  const frames: ReceivedFrame[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const [first, second] = [bytes[at] as number, bytes[at + 1] as number];
    // A server's frames are whole and neither masked nor extended.
    if ((first & 0xf0) !== 0x80 || second > 127) return null;
    let length = second;
    let start = at + 2;
    if (second === 126) {
      if (start + 2 > bytes.length) break;
      length = bytes.readUInt16BE(start);
      start += 2;
    } else if (second === 127) {
      if (start + 8 > bytes.length) break;
      length = Number(bytes.readBigUInt64BE(start));
      start += 8;
    }
    if (start + length > bytes.length) break;
    frames.push({ opcode: first & 0x0f, payload: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return frames;
}
