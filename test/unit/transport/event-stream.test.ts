import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createWaitingBytes } from '../../../src/transport/bounds/waiting-bytes.js';
import {
  createSharedEvents,
  openEventStream,
  type StreamLimits,
} from '../../../src/transport/event-stream.js';
import { listen, open, readUntil } from './raw-request.js';

const SENDING = {
  caller: () => 'someone',
  waiting: createWaitingBytes({ together: 1e9, ofCaller: 1e9 }),
  cutOff() {},
};
const LIMITS: StreamLimits = {
  pingEveryMs: 60_000,
  stalledAfterMs: 60_000,
  maxWaitingBytes: 1024 * 1024,
  maxWaitingFrames: 100,
};

/** A stream that has begun, and the client at its other end. */
async function stage(limits: Partial<StreamLimits> = {}) {
  const responses: ServerResponse[] = [];
  let arrived = () => {};
  const asked = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const server = await listen((_req, res) => {
    res.on('error', () => {});
    responses.push(res);
    arrived();
  });
  onTestFinished(() => server.close());
  const client: Socket = open(server.port);
  onTestFinished(() => void client.destroy());
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await asked;
  const [res] = responses as [ServerResponse];
  return {
    res,
    client,
    stream: openEventStream(res, { ...LIMITS, ...limits }, createSharedEvents(), SENDING),
  };
}

const LONG = Buffer.from(JSON.stringify('x'.repeat(200_000)));

/** Sends to a client that reads nothing, until the system keeps no more of it. */
function fill({ res, stream }: Awaited<ReturnType<typeof stage>>): void {
  while (res.writableLength === 0) stream.push([LONG]);
}

it('a quiet stream says again and again that it is there', async () => {
  const { client } = await stage({ pingEveryMs: 5 });
  expect(await readUntil(client, ':\n\n\r\n3\r\n:\n\n\r\n3\r\n:\n\n')).toContain('text/event-stream');
});

it('what waits for a client is bounded', async () => {
  const staged = await stage();
  fill(staged);
  let taken = true;
  let pushed = 0;
  while (taken) {
    taken = staged.stream.push([LONG]);
    pushed++;
  }
  expect(pushed).toBeLessThanOrEqual(6);
  expect(staged.stream.waitingBytes()).toBeLessThan(LIMITS.maxWaitingBytes + 2 * LONG.length);
});

it('so is how many events wait for it', async () => {
  const staged = await stage({ maxWaitingBytes: Number.POSITIVE_INFINITY });
  fill(staged);
  const small = Buffer.from('{}');
  // One waits already.
  const pushed = Array.from({ length: LIMITS.maxWaitingFrames }, () => staged.stream.push([small]));
  expect(pushed.at(-2)).toBe(true);
  expect(pushed.at(-1)).toBe(false);
});

it('a client that takes nothing is dropped, and no heartbeat waits for it', async () => {
  const staged = await stage({ stalledAfterMs: 50, pingEveryMs: 1 });
  fill(staged);
  const waiting = staged.stream.waitingBytes();
  const closed = once(staged.res, 'close');
  let most = 0;
  const watching = setInterval(() => {
    most = Math.max(most, staged.stream.waitingBytes());
  }, 1);
  await closed;
  clearInterval(watching);
  expect(most).toBeLessThanOrEqual(waiting);
});

it('who sends at the pace of the client waits for it, and not for one that has gone', async () => {
  const staged = await stage();
  const { client, stream } = staged;
  fill(staged);
  const waiting = stream.next([Buffer.from('{"last":true}')]);
  let taken = false;
  void waiting.then(() => {
    taken = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(taken).toBe(false);
  client.destroy();
  await waiting;
  // Nothing more is sent.
  await stream.next([LONG]);
  expect(stream.push([LONG])).toBe(true);
  stream.complete();
});
