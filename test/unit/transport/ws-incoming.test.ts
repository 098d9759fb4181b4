import { expect, it } from 'vitest';
import { type BodyLimits, createLargeBodies } from '../../../src/transport/bounds/large-bodies.js';
import { createWaitingBytes } from '../../../src/transport/bounds/waiting-bytes.js';
import { Incoming } from '../../../src/transport/ws-incoming.js';
import { frame } from '../../support/fuzz/frames.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));
const none = () => 0;
const PING = frame('', { opcode: 9 });
const CLOSE = frame('', { opcode: 8 });

/** One that sends: what is read of it, and its turns, which come when they are called. */
function stage(ofCaller = 1_000_000, large = createLargeBodies({ hasOthers: () => false })) {
  const read: number[] = [];
  const turns: (() => void)[] = [];
  const log: string[] = [];
  const arriving = createWaitingBytes({ together: 1_000_000, ofCaller });
  const limits = { arriving, large, maxFirstBytes: 16_384 } as unknown as BodyLimits & {
    maxFirstBytes: number;
  };
  const incoming = new Incoming(
    {
      caller: () => 'someone',
      cut: () => void log.push('cut'),
      read: ({ length }) => void read.push(length),
      mayRead: () => new Promise<void>((resolve) => turns.push(resolve)),
      pause() {
        log.push('pause');
        return () => void log.push('resume');
      },
      end: (code) => void log.push(`end ${code}`),
      tooLate() {},
      drop() {},
    },
    limits,
  );
  return { incoming, arriving, read, turns, log };
}

it('what is one frame, or a part of one, is read at once and whole', () => {
  const { incoming, read, log } = stage();
  incoming.take(PING);
  incoming.take(frame('x'.repeat(500)));
  incoming.take(frame('y'.repeat(500)).subarray(0, 100));
  expect(read).toEqual([6, 508, 100]);
  expect(log).toEqual([]);
});

it('of thousands that come in one packet one is read, sixteen in each turn', async () => {
  const { incoming, arriving, read, turns, log } = stage();
  incoming.take(Buffer.concat(Array.from({ length: 40 }, () => PING)));
  expect(read).toEqual([6]);
  expect(log).toEqual(['pause']);
  expect(arriving.bytes).toBe(39 * 6);
  expect(turns.length).toBe(0);
  for (let round = 0; round < 3; round++) {
    await settled();
    turns.shift()?.();
    await settled();
  }
  expect(read).toEqual([6, 96, 96, 42]);
  expect(log).toEqual(['pause', 'resume']);
  expect(arriving.bytes).toBe(0);
});

it('of messages that come in one packet one is read in each turn of the event loop, though all might be at once', async () => {
  const { incoming, read, turns } = stage();
  const message = frame('x');
  incoming.take(Buffer.concat(Array.from({ length: 3 }, () => message)));
  for (let count = 1; count <= 3; count++) {
    expect(read).toEqual(Array.from({ length: count }, () => message.length));
    expect(turns.length).toBe(0);
    await settled();
    turns.shift()?.();
    await Promise.resolve();
  }
});

it('what waits to be read counts as what has come, and past the bound whoever sent it is cut', () => {
  const { incoming, arriving, log } = stage(1_000);
  const other = arriving.peer({ caller: () => 'someone', cut: () => void log.push('other cut') });
  other.hold({}, 900);
  incoming.take(Buffer.concat(Array.from({ length: 40 }, () => PING)));
  expect(log).toEqual(['pause', 'other cut']);
});

it('behind the frame that closes nothing is read', async () => {
  const { incoming, read, turns } = stage();
  incoming.take(Buffer.concat([PING, CLOSE, PING]));
  await settled();
  turns.shift()?.();
  await settled();
  incoming.take(PING);
  expect(read).toEqual([6, 6]);
});

it('of a socket that has closed nothing is read, and nothing of it counts', async () => {
  const { incoming, arriving, read, turns } = stage();
  incoming.take(Buffer.concat(Array.from({ length: 40 }, () => PING)));
  await settled();
  incoming.end();
  turns.shift()?.();
  await settled();
  incoming.take(PING);
  expect(read).toEqual([6]);
  expect(arriving.bytes).toBe(0);
});

it('a large message that waits for its place counts as what is read of its socket meanwhile, until that closes', async () => {
  const large = createLargeBodies({ hasOthers: () => false });
  const ends: (() => void)[] = [];
  for (let index = 0; index < 4; index++)
    void large.run('someone', () => new Promise<void>((resolve) => ends.push(resolve)), none);
  const { incoming, arriving, log } = stage(1_000_000, large);
  incoming.take(frame('{"type":"connection_init"}'));
  incoming.take(frame('x'.repeat(2_000_000)).subarray(0, 100));
  expect(arriving.bytes).toBe(64 * 1024);
  incoming.end();
  expect(arriving.bytes).toBe(0);
  // Its place is the next one's.
  const next = large.run('someone', async () => 'next', none);
  await settled();
  ends[0]?.();
  expect(await next).toBe('next');
  expect(log).toEqual(['pause']);
});
