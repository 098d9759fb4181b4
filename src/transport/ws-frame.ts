import type { Duplex } from 'node:stream';

/** Up to here a copy costs less than a second chunk; above, the payload is shared by all sockets that wait for it. */
const COPIED_BYTES = 4_096;
const FINAL_TEXT_FRAME = 0x81;

/** What comes before the payload of a frame: its operation id differs from socket to socket. */
const ROOM = 256;
/** Longer payloads are shared by the sockets that wait for them, not copied for each. */
const SHORT_BYTES = 65_536;
/** What one reader alone is given at once. */
const OWN_BYTES = 131_072;
/** Ends the object that `head` has begun. */
const TAIL = Buffer.from('}');

/**
 * Writes `head`, `payload` and a closing brace as one text frame, as a server sends it (RFC 6455, 5.2: final, not masked,
 * not compressed). ws writes its own frames whole too, so the two never mix. `done` is called when the frame is taken.
 */
export function writeTextFrame(stream: Duplex, head: Buffer, payload: Buffer, done?: () => void): void {
  const length = head.length + payload.length + TAIL.length;
  const prefix = prefixLength(length) + head.length;
  if (payload.length > COPIED_BYTES) {
    const start = Buffer.allocUnsafe(prefix);
    head.copy(start, writePrefix(start, 0, length));
    stream.cork();
    stream.write(start);
    stream.write(payload);
    stream.write(TAIL, done);
    stream.uncork();
    return;
  }
  const frame = Buffer.allocUnsafe(prefix + payload.length + TAIL.length);
  head.copy(frame, writePrefix(frame, 0, length));
  payload.copy(frame, prefix);
  TAIL.copy(frame, prefix + payload.length);
  stream.write(frame, done);
}

/** Texts up to here, together, are taken for bytes until they turn out to be more. */
const SHORT_TEXTS = 4_096;
/** A character takes no more bytes. */
const CHARACTER_BYTES = 4;

/** Each text as such a frame, in one run of bytes. */
export function textFrames(texts: readonly string[]): Buffer {
  let length = 0;
  for (const text of texts) length += prefixLength(text.length) + text.length;
  return (length <= SHORT_TEXTS ? plainFrames(texts, length) : null) ?? anyFrames(texts);
}

/** Those of texts that have as many bytes as characters, as most do: null where one has not, which is known once it is written. */
function plainFrames(texts: readonly string[], length: number): Buffer | null {
  // There is room for a character more, so that one of several bytes is never left out at just the length that is looked for.
  const frames = Buffer.allocUnsafe(length + CHARACTER_BYTES);
  let at = 0;
  for (const text of texts) {
    at = writePrefix(frames, at, text.length);
    if (frames.write(text, at) !== text.length) return null;
    at += text.length;
  }
  return frames.subarray(0, at);
}

function anyFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const frames = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + prefixLength(length) + length, 0));
  let at = 0;
  for (const [index, text] of texts.entries()) {
    at = writePrefix(frames, at, lengths[index] as number);
    at += frames.write(text, at);
  }
  return frames;
}

/** The same for payloads that go out together, and then for others, to one stream after the other that keeps up. */
export type WriteSharedFrames = (
  stream: Duplex,
  head: Buffer,
  payloads: readonly Buffer[],
  done?: () => void,
) => void;

/** As `createSharedFrame` for one payload. The frames of several are made as one run of bytes, for all streams with the same head. */
export const createSharedFrames = (): WriteSharedFrames => createFrames(SHORT_BYTES);

/** The same for one stream alone: as it is counted for that, more may lie in one run. */
export const createOwnFrames = (): WriteSharedFrames => createFrames(OWN_BYTES);

/** `most`: of payloads in one run, in bytes; longer ones leave no room behind. */
function createFrames(most: number): WriteSharedFrames {
  const writeOne = createSharedFrame();
  let made: { payloads: readonly Buffer[]; head: Buffer; run: Buffer } | null = null;
  /** What the next run may be made in: streams have taken all that lay in it. */
  let room: Buffer | null = null;

  return (stream, head, payloads, done) => {
    const bytes = payloads.reduce((sum, { length }) => sum + length, 0);
    if (payloads.length === 1 || bytes > most) {
      for (const payload of payloads)
        writeOne(stream, head, payload, payload === payloads.at(-1) ? done : undefined);
      return;
    }
    if (made?.payloads !== payloads || !made.head.equals(head)) {
      const length = runLength(head, payloads);
      if (room === null || room.length < length) room = Buffer.allocUnsafe(Math.max(length, 2 * most));
      made = { payloads, head, run: writeRun(room, head, payloads) };
    }
    stream.write(made.run, done);
    // One that keeps it needs these bytes for longer.
    if (stream.writableLength > 0 || made.run.length > 2 * most) room = null;
  };
}

function runLength(head: Buffer, payloads: readonly Buffer[]): number {
  let bytes = 0;
  for (const payload of payloads) {
    const length = head.length + payload.length + TAIL.length;
    bytes += prefixLength(length) + length;
  }
  return bytes;
}

/** The part of the room that it takes. */
function writeRun(room: Buffer, head: Buffer, payloads: readonly Buffer[]): Buffer {
  let at = 0;
  for (const payload of payloads) {
    at = writePrefix(room, at, head.length + payload.length + TAIL.length);
    room.set(head, at);
    room.set(payload, at + head.length);
    room.set(TAIL, at + head.length + payload.length);
    at += head.length + payload.length + TAIL.length;
  }
  return room.subarray(0, at);
}

/**
 * The bytes of a frame are made once for each payload, and only the head is put in anew for the next stream: one that takes
 * a frame at once has handed it to the kernel when `write` returns. One that keeps it instead keeps these bytes, and the
 * next gets others.
 */
function createSharedFrame(): typeof writeTextFrame {
  let made: { payload: Buffer; bytes: Buffer } | null = null;
  let frame: Buffer = TAIL;

  return (stream, head, payload, done) => {
    const length = head.length + payload.length + TAIL.length;
    const start = ROOM - head.length - prefixLength(length);
    if (start < 0 || payload.length > SHORT_BYTES) return writeTextFrame(stream, head, payload, done);
    if (made?.payload !== payload) {
      made = { payload, bytes: Buffer.allocUnsafe(ROOM + payload.length + TAIL.length) };
      payload.copy(made.bytes, ROOM);
      TAIL.copy(made.bytes, ROOM + payload.length);
      frame = TAIL;
    }
    const { bytes } = made;
    if (frame.length !== bytes.length - start) {
      writePrefix(bytes, start, length);
      frame = bytes.subarray(start);
    }
    head.copy(bytes, ROOM - head.length);
    stream.write(frame, done);
    if (stream.writableLength > 0) made = null;
  };
}

const prefixLength = (length: number) => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

/** Where the frame goes on. */
function writePrefix(frame: Buffer, at: number, length: number): number {
  frame[at] = FINAL_TEXT_FRAME;
  if (length < 126) {
    frame[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    frame[at + 1] = 126;
    return frame.writeUInt16BE(length, at + 2);
  }
  frame[at + 1] = 127;
  return frame.writeBigUInt64BE(BigInt(length), at + 2);
}
