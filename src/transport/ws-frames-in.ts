/** How far the message of a client has come that is under way. */
export interface Arriving {
  /** What it takes in memory so far: its bytes, and some for each of its frames. */
  readonly held: number;
  /** What is said of its length so far. */
  readonly announced: number;
  /** Messages that have come whole. */
  readonly whole: number;
  /** Whether the last frame has come: the client closes. */
  readonly last: boolean;
  /** Takes up to so many frames of the chunk, from a place in it on, and none behind a message that is whole. The place behind them. */
  take(chunk: Buffer, from: number, most: number): number;
}

/** Of a frame that is kept until its message is whole: objects that point into what was read. */
const FRAME_BYTES = 200;
/** Two bytes, up to eight of an extended length, and the mask (RFC 6455, 5.2). */
const MAX_HEAD_BYTES = 14;
const CLOSE = 0x08;

/**
 * Reads along what a client sends, frame by frame. ws keeps the frames of a message until it is whole, and tells of nothing before:
 * of many messages that are never finished nobody would know. It judges nothing: what is wrong ws refuses.
 */
export const watchFrames = (): Arriving => new Frames();

/** A class, as all that each of thousands of sockets keeps one of: they share the code of its methods. */
class Frames implements Arriving {
  held = 0;
  announced = 0;
  whole = 0;
  last = false;
  private frames = 0;
  /** What has come of the head of a frame; null between two. */
  private head: Buffer | null = null;
  private headLength = 0;
  /** Of the payload of the frame that is under way. */
  private left = 0;
  private isLast = false;
  private isControl = false;
  private isClose = false;

  take(chunk: Buffer, from: number, most: number): number {
    const until = this.frames + most;
    const { whole } = this;
    let at = from;
    while (at < chunk.length && this.frames < until && this.whole === whole && !this.last) {
      if (this.left === 0) {
        this.takeOfHead(chunk[at++] as number);
        continue;
      }
      const taken = Math.min(this.left, chunk.length - at);
      at += taken;
      this.left -= taken;
      if (!this.isControl) this.held += taken;
      if (this.left === 0) this.end();
    }
    return at;
  }

  private takeOfHead(byte: number): void {
    this.head ??= Buffer.allocUnsafe(MAX_HEAD_BYTES);
    this.head[this.headLength++] = byte;
    if (this.headLength >= 2 && this.headLength === headLengthOf(this.head[1] as number))
      this.begin(this.head);
  }

  private begin(head: Buffer): void {
    const [first = 0, second = 0] = head;
    this.isLast = (first & 0x80) !== 0;
    this.isControl = (first & 0x08) !== 0;
    this.isClose = (first & 0x0f) === CLOSE;
    const length = second & 0x7f;
    this.left =
      length === 126 ? head.readUInt16BE(2) : length === 127 ? Number(head.readBigUInt64BE(2)) : length;
    this.head = null;
    this.headLength = 0;
    if (!this.isControl) {
      this.held += FRAME_BYTES;
      this.announced += this.left;
    }
    if (this.left === 0) this.end();
  }

  private end(): void {
    this.frames++;
    if (this.isClose) this.last = true;
    if (this.isControl || !this.isLast) return;
    this.held = 0;
    this.announced = 0;
    this.whole++;
  }
}

function headLengthOf(second: number): number {
  const length = second & 0x7f;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0);
}
