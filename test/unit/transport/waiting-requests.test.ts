import { afterEach, beforeEach, expect, it } from 'vitest';
import { createWaitingBytes, type WaitingBytes } from '../../../src/transport/bounds/waiting-bytes.js';
import { countWaitingRequests } from '../../../src/transport/bounds/waiting-requests.js';
import { createHttpTurns } from '../../../src/transport/http-turns.js';
import { eventually } from '../../support/eventually.js';
import { type Listening, listen, open } from './raw-request.js';

/** What so many small requests take. */
const room = (requests: number) => requests * 8.5 * 1024;

let arriving: WaitingBytes;
let cut: unknown[];
let handled: number;
let server: Listening;
beforeEach(async () => {
  cut = [];
  handled = 0;
  arriving = createWaitingBytes({ together: room(1_000), ofCaller: room(100) });
  const counted = countWaitingRequests(arriving, (...told) => void cut.push(told));
  // None is ever answered.
  const handle = () => {
    handled++;
    return () => {};
  };
  server = await listen(createHttpTurns().inTurn(handle, counted));
});
afterEach(() => server.close());

const SMALL = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const heldBy = (requests: number) =>
  eventually(() => {
    expect(arriving.bytes).toBeGreaterThan(requests * 8 * 1024);
    expect(arriving.bytes).toBeLessThan(room(requests));
  });

it('requests behind one that is answered count for their address, and its slowest connection is cut', async () => {
  const first = open(server.port);
  const closed = new Promise((resolve) => first.once('close', resolve));
  first.on('error', () => {});
  first.write(SMALL.repeat(1 + 70));
  await heldBy(70);
  const second = open(server.port);
  second.write(SMALL.repeat(1 + 70));
  await closed;
  await heldBy(70);
  expect(cut).toEqual([['RATE_LIMITED', null, '127.0.0.1']]);
  expect(handled).toBe(2);
  second.destroy();
});

it('and for nobody once their connection has gone', async () => {
  const socket = open(server.port);
  socket.write(SMALL.repeat(1 + 10));
  await heldBy(10);
  socket.destroy();
  await eventually(() => expect(arriving.bytes).toBe(0));
});

it('a body counts as what is read of it though nobody takes it', async () => {
  const socket = open(server.port);
  const large = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n';
  const small = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n';
  socket.write(SMALL + small + 'x'.repeat(1_000) + large);
  await eventually(() => expect(arriving.bytes).toBeGreaterThan(128 * 1024 + 1_000 + 2 * 8 * 1024));
  expect(arriving.bytes).toBeLessThan(128 * 1024 + 1_000 + 2 * 8.5 * 1024);
  socket.destroy();
  await eventually(() => expect(arriving.bytes).toBe(0));
});
