import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import {
  createOwnFrames,
  createSharedFrames,
  textFrames,
  writeTextFrame,
} from '../../../src/transport/ws-frame.js';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A real socket on both of its ends: the stream that is written to, and what its client got. */
async function pair(server: WebSocketServer) {
  const { port } = server.address() as AddressInfo;
  const opened = once(server, 'connection');
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { maxPayload: 0 });
  const received: string[] = [];
  let wanted = 0;
  let enough = () => {};
  client.on('message', (data) => {
    received.push(String(data));
    if (received.length === wanted) enough();
  });
  const [[, request]] = await Promise.all([opened, once(client, 'open')]);
  closing.push(() => client.terminate());
  return {
    client,
    stream: request.socket as Duplex,
    got: (count: number) =>
      new Promise<string[]>((resolve) => {
        wanted = count;
        enough = () => resolve(received);
        if (received.length >= count) enough();
      }),
  };
}

async function listen() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  closing.push(() => server.close());
  return server;
}

const headOf = (id: string) => Buffer.from(`{"id":"${id}","payload":`);
const textOf = (id: string, payload: Buffer) => `{"id":"${id}","payload":${payload}}`;
const payloadOf = (length: number) => Buffer.from(JSON.stringify('x'.repeat(length)));

it.each([
  ['', 'a', 'ab'],
  ['a', 'é'],
  ['éa', 'b'],
  ['b', 'éa'],
  ['a', '€'],
  ['€aa', '€aa'],
  ['a', '😀'],
  ['😀aa', 'aa😀'],
  ['x'.repeat(124), 'x'.repeat(125), 'x'.repeat(126)],
  [`${'x'.repeat(124)}é`, 'y'],
  ['x'.repeat(4_080), 'y'.repeat(20), 'é'],
  ['x'.repeat(70_000), 'y'],
])('texts come as they were written, together: case %#', async (...texts) => {
  const { stream, got } = await pair(await listen());
  stream.write(textFrames(texts));
  expect(await got(texts.length)).toEqual(texts);
});

describe('a text frame', () => {
  it.each([0, 10, 125, 126, 4_096, 4_097, 65_500, 65_536, 1_000_000])(
    'of %i bytes comes as it was written, alone and shared',
    async (length) => {
      const { stream, got } = await pair(await listen());
      const payload = payloadOf(length);
      writeTextFrame(stream, headOf('a'), payload);
      createSharedFrames()(stream, headOf('b'), [payload]);
      expect(await got(2)).toEqual([textOf('a', payload), textOf('b', payload)]);
    },
  );
});

describe('shared frames', () => {
  it('give every stream its own id, whatever its length', async () => {
    const server = await listen();
    const write = createSharedFrames();
    const ids = ['1', '2', '22', 'a-long-one-of-another-client', '3', 'x'.repeat(1_000), '4'];
    const peers: Awaited<ReturnType<typeof pair>>[] = [];
    for (const _ of ids) peers.push(await pair(server));
    const payloads = [payloadOf(100), payloadOf(2_000), payloadOf(100)];
    for (const payload of payloads) {
      for (const [n, { stream }] of peers.entries()) write(stream, headOf(ids[n] as string), [payload]);
    }
    for (const [n, { got }] of peers.entries()) {
      expect(await got(3)).toEqual(payloads.map((payload) => textOf(ids[n] as string, payload)));
    }
  });

  it.each([2_000, 65_500])(
    'that go out together come one by one, in their order: of %i bytes',
    async (length) => {
      const server = await listen();
      const write = createSharedFrames();
      const peers = [await pair(server), await pair(server), await pair(server)];
      const turns = [
        [payloadOf(0), payloadOf(200), payloadOf(length)],
        [payloadOf(length), payloadOf(10)],
      ];
      let taken = 0;
      for (const payloads of turns) {
        for (const [n, { stream }] of peers.entries()) {
          write(stream, headOf(n === 2 ? 'another' : 'same'), payloads, () => taken++);
        }
      }
      for (const [n, { got }] of peers.entries()) {
        const id = n === 2 ? 'another' : 'same';
        expect(await got(5)).toEqual(turns.flat().map((payload) => textOf(id, payload)));
      }
      expect(taken).toBe(6);
    },
  );

  it.each([
    [1, createSharedFrames],
    [2, createSharedFrames],
    [2, createOwnFrames],
  ])('leave what a peer has not taken as it was: %i together, by %o', async (together, create) => {
    const server = await listen();
    const write = create();
    const slow = await pair(server);
    const quick = await pair(server);
    slow.client.pause();
    const payloads = [payloadOf(30_000), payloadOf(20_000)].slice(0, together);
    let written = 0;
    // Until the network takes no more at once, and a few beyond: the stream keeps those.
    for (let kept = 0; kept < 5; written++) {
      write(slow.stream, headOf(`slow-${written}`), payloads.slice());
      write(quick.stream, headOf(`quick-${written}`), payloads.slice());
      if (slow.stream.writableLength > 0) kept++;
    }
    slow.client.resume();
    const expected = (name: string) =>
      Array.from({ length: written }, (_, n) => payloads.map((one) => textOf(`${name}-${n}`, one))).flat();
    expect(await slow.got(written * together)).toEqual(expected('slow'));
    expect(await quick.got(written * together)).toEqual(expected('quick'));
  });
});
