/** How far the message of a client has come that is under way. */
export interface Arriving {
  /** What it takes in memory so far: its bytes, and some for each of its frames. */
  readonly held: number;
  /** What is said of its length so far. */
  readonly announced: number;
  /** Messages that have come whole. */
  readonly whole: number;
  take(chunk: Buffer): void;
}

/** Of a frame that is kept until its message is whole: objects that point into what was read. */
const FRAME_BYTES = 200;
/** Two bytes, up to eight of an extended length, and the mask (RFC 6455, 5.2). */
const MAX_HEAD_BYTES = 14;

/**
 * Reads along what a client sends, frame by frame. ws keeps the frames of a message until it is whole, and tells of nothing before:
 * of many messages that are never finished nobody would know. It judges nothing: what is wrong ws refuses.
 */
export function watchFrames(): Arriving {
  const head = Buffer.alloc(MAX_HEAD_BYTES);
  let headLength = 0;
  /** Of the payload of the frame that is under way. */
  let left = 0;
  let isLast = false;
  let isControl = false;
  const arriving = { held: 0, announced: 0, whole: 0, take };

  function begin(): void {
    const [first = 0, second = 0] = head;
    isLast = (first & 0x80) !== 0;
    isControl = (first & 0x08) !== 0;
    const length = second & 0x7f;
    left = length === 126 ? head.readUInt16BE(2) : length === 127 ? Number(head.readBigUInt64BE(2)) : length;
    headLength = 0;
    if (!isControl) {
      arriving.held += FRAME_BYTES;
      arriving.announced += left;
    }
    if (left === 0) end();
  }

  function end(): void {
    if (isControl || !isLast) return;
    arriving.held = 0;
    arriving.announced = 0;
    arriving.whole++;
  }

  function take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (left === 0) {
        head[headLength++] = chunk[at++] as number;
        if (headLength >= 2 && headLength === headLengthOf(head[1] as number)) begin();
        continue;
      }
      const taken = Math.min(left, chunk.length - at);
      at += taken;
      left -= taken;
      if (!isControl) arriving.held += taken;
      if (left === 0) end();
    }
  }

  return arriving;
}

function headLengthOf(second: number): number {
  const length = second & 0x7f;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0);
}
