import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import { createBeat } from '../../../src/transport/beat.js';
import { createWaitingBytes } from '../../../src/transport/bounds/waiting-bytes.js';
import { createTogether } from '../../../src/transport/send-together.js';
import { createOwnFrames, createSharedFrames } from '../../../src/transport/ws-frame.js';
import { guardSocket } from '../../../src/transport/ws-socket.js';

/** `takes`: whether the peer takes what it is sent at once. */
function stage({ takes = true } = {}) {
  let text = '';
  const ends: (() => void)[] = [];
  const stream = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      text += String(chunk);
      if (takes) done();
    },
  });
  const socket = {
    OPEN: WebSocket.OPEN,
    readyState: WebSocket.OPEN as number,
    isPaused: false,
    on: () => {},
    pause: () => {},
    get bufferedAmount() {
      return stream.writableLength;
    },
  };
  const waiting = createWaitingBytes({ together: 1e9, ofCaller: 1e9 });
  const guarded = guardSocket(
    socket as unknown as WebSocket,
    stream,
    { caller: () => 'a', cutOff: () => {} },
    {
      limits: {
        stalledAfterMs: 1e6,
        maxWaitingBytes: 1e6,
        maxWaitingFrames: 100,
        pingEveryMs: 0,
        pauseAboveBytes: 1e6,
      },
      pings: createBeat(0),
      writeShared: createSharedFrames(),
      writeOwn: createOwnFrames(),
      sends: createTogether({ now: () => 0, atEnd: (end) => ends.push(end) }),
      waiting,
    },
  );
  return {
    guarded,
    socket,
    waiting,
    /** What was written, in its order, without the lengths. */
    written: () => text.match(/<[^>]+>/g)?.join('') ?? '',
    endTurn: () => {
      for (const end of ends.splice(0)) end();
    },
  };
}

const head = Buffer.from('<');
const event = (name: string, length = 0) => [Buffer.from(`${name}${' '.repeat(length)}>`)];

it('answers and events of one turn of the event loop go at its end, in their order', () => {
  const { guarded, written, endTurn } = stage();
  guarded.send('<1>', '<2>');
  guarded.push(head, event('3'));
  guarded.send('<4>');
  expect(written()).toBe('');
  endTurn();
  expect(written()).toBe('<1><2><3><4>');
});

it('what comes behind them is behind them: a close, what is long, and what its reader waits for', async () => {
  const { guarded, written } = stage();
  guarded.send('<1>');
  guarded.settle();
  expect(written()).toBe('<1>');
  guarded.send('<2>');
  guarded.push(head, event('3', 100_000));
  guarded.send('<4>');
  await guarded.send(`<${'5'.repeat(100_000)}>`);
  guarded.push(head, event('6'));
  await guarded.hand(head, event('7'));
  expect(written().replace(/ +/g, '').replace(/5+/, '5')).toBe('<1><2><3><4><5><6><7>');
});

it('a socket that has many in one turn is sent them before its end', () => {
  const { guarded, written } = stage();
  for (const n of [1, 2, 3, 4, 5]) guarded.send(`<${n}>`);
  expect(written()).toBe('<1><2><3><4>');
});

it('a peer that does not keep up is counted for what it leaves, and given the rest behind that', () => {
  const { guarded, written, waiting, endTurn } = stage({ takes: false });
  guarded.send('<1>');
  guarded.push(head, event('2'));
  endTurn();
  expect(waiting.bytes).toBeGreaterThan(0);
  const before = waiting.bytes;
  guarded.push(head, event('3'));
  expect(waiting.bytes).toBeGreaterThan(before);
  expect(written()).toBe('<1>');
});

it('a socket that has closed meanwhile is sent nothing', () => {
  const { guarded, socket, written, endTurn } = stage();
  guarded.send('<1>');
  socket.readyState = WebSocket.CLOSING;
  endTurn();
  expect(written()).toBe('');
});
