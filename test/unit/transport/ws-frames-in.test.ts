import { expect, it } from 'vitest';
import { watchFrames } from '../../../src/transport/ws-frames-in.js';
import { frame } from '../../support/fuzz/frames.js';

const EVERY = Number.POSITIVE_INFINITY;

/** What is held after each chunk. */
function held(...chunks: Buffer[]): number[] {
  const frames = watchFrames();
  return chunks.map((chunk) => {
    frames.take(chunk, 0, EVERY);
    return frames.held;
  });
}

it('of a message that is whole nothing is held, however its bytes come', () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 100_000]) {
    const bytes = frame('x'.repeat(length));
    for (const size of [bytes.length, 1 + (bytes.length >> 1), 1_000]) {
      const frames = watchFrames();
      for (let at = 0; at < bytes.length; at += size) frames.take(bytes.subarray(at, at + size), 0, EVERY);
      expect([frames.held, frames.announced, frames.whole]).toEqual([0, 0, 1]);
    }
  }
});

it('of one that is under way its bytes are, and some for each frame', () => {
  const begun = frame('abc', { fin: false });
  const more = frame('de', { opcode: 0, fin: false });
  const last = frame('f', { opcode: 0 });
  expect(held(begun, more, more, last, begun)).toEqual([203, 405, 607, 0, 203]);
  expect(held(Buffer.concat([begun, more]), Buffer.concat([more, begun]))).toEqual([405, 810]);
});

it('pings between the frames of a message count as nothing', () => {
  expect(held(frame('abc', { fin: false }), frame('p', { opcode: 9 }))).toEqual([203, 203]);
});

it('what is announced is known as soon as the head has come', () => {
  const frames = watchFrames();
  const bytes = frame('x'.repeat(10), { length: 70_000 });
  for (const byte of bytes.subarray(0, 13)) frames.take(Buffer.from([byte]), 0, EVERY);
  expect(frames.announced).toBe(0);
  frames.take(bytes.subarray(13), 0, EVERY);
  expect([frames.announced, frames.held]).toEqual([70_000, 210]);
});
