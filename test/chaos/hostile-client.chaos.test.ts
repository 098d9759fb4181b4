import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFrames } from '../support/fuzz/frames.js';
import { ATTACKS, BUSY_ATTACKS, open, PATIENT_ATTACKS, upgrade } from '../support/hostile/attacks.js';
import { startNormalClient } from '../support/hostile/normal-client.js';
import { type MeasuredServer, startMeasured } from '../support/measured-server.js';

const MB = 1024 * 1024;
const REQUESTS = Number(process.env.HOSTILE_REQUESTS ?? 1_000);
/** Of an attack that costs its client little, and of one that makes work for both. */
const MANY = 500;
const SOME = 20;
/** Measured so often with the attack and without it, in turns; the middle one counts. */
const ROUNDS = 5;
/** What a 99th percentile may become. */
const SLOWER = 2;

let server: MeasuredServer;
let normal: ReturnType<typeof startNormalClient>;
beforeAll(async () => {
  server = await startMeasured();
  normal = startNormalClient(server.url);
  await normal.ask(2 * REQUESTS);
});
afterAll(async () => {
  normal.stop();
  expect(await server.stop()).toEqual([]);
});

const middle = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

describe('a client that behaves is served as fast as ever', () => {
  it.each([
    ...Object.keys(PATIENT_ATTACKS).map((name) => [name, MANY] as const),
    ...Object.keys(BUSY_ATTACKS).map((name) => [name, SOME] as const),
  ])(
    'beside %s, from %i connections',
    async (name, connections) => {
      const [without, beside]: number[][] = [[], []];
      for (let round = 0; round < ROUNDS; round++) {
        const calm = await normal.ask(REQUESTS);
        const attack = await ATTACKS[name]?.(server.port, connections);
        // The first burst is work like any other; what counts is how it goes on.
        await normal.ask(REQUESTS / 5);
        const attacked = await normal.ask(REQUESTS);
        attack?.stop();
        expect([...calm.failures, ...attacked.failures]).toEqual([]);
        without?.push(calm.p99);
        beside?.push(attacked.p99);
      }
      const ratio = middle(beside ?? []) / middle(without ?? []);
      console.log(`${name}: p99 ${without} ms, attacked ${beside} ms, ratio ${ratio.toFixed(2)}`);
      expect(ratio).toBeLessThan(SLOWER);
    },
    120_000,
  );
});

/** How long the server keeps a connection, in seconds, and all that it has sent. */
async function kept(socket: Socket): Promise<{ seconds: number; received: Buffer }> {
  const started = performance.now();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk)).resume();
  await new Promise<void>((resolve) => socket.once('end', resolve).once('close', resolve));
  socket.destroy();
  return { seconds: (performance.now() - started) / 1_000, received: Buffer.concat(chunks) };
}

describe('a connection that comes to nothing is not kept', () => {
  it.concurrent.each([
    ['one that says nothing', 20, ''],
    ['half a header', 20, 'POST /graphql HTTP/1.1\r\nhost: loc'],
    [
      'half a body',
      40,
      'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    ],
  ])(
    '%s is answered with 408 within %i seconds',
    async (_name, within, words) => {
      const socket = await open(server.port);
      if (words) socket.write(words);
      const { seconds, received } = await kept(socket);
      expect(received.toString()).toMatch(/^HTTP\/1\.1 408 /);
      expect(seconds).toBeLessThan(within);
    },
    60_000,
  );

  it.concurrent('a socket that never introduces itself is closed with 4408', async () => {
    const socket = await open(server.port);
    await upgrade(socket);
    const chunk = (await once(socket, 'data'))[0] as Buffer;
    socket.destroy();
    expect(readFrames(chunk)?.[0]?.payload.readUInt16BE(0)).toBe(4408);
  }, 60_000);

  it.concurrent('an answer that nobody reads is given up within 90 seconds', async () => {
    const query = JSON.stringify({ query: '{ __schema { types { name fields { name description } } } }' });
    const one = `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${query.length}\r\n\r\n${query}`;
    const socket = await open(server.port);
    socket.pause().write(one.repeat(500));
    const started = performance.now();
    // What the system has taken in is ours to read; that the connection is over shows in writing to it.
    const timer = setInterval(() => socket.write('x'), 1_000);
    await new Promise<void>((resolve) => socket.once('close', resolve));
    clearInterval(timer);
    expect((performance.now() - started) / 1_000).toBeLessThan(90);
  }, 120_000);
});

describe('what a hostile client makes the server keep', () => {
  const REQUEST = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

  it('is a body, and not a hundred times as much, where it comes byte by byte', async () => {
    const before = await server.memory();
    const sockets = await Promise.all([1, 2, 3, 4].map(() => open(server.port)));
    const block = Buffer.from('1\r\nx\r\n'.repeat(10_000));
    for (const socket of sockets) socket.write(`${REQUEST}transfer-encoding: chunked\r\n\r\n`);
    await Promise.all(
      sockets.map(async (socket) => {
        for (let sent = 0; sent < 100; sent++) if (!socket.write(block)) await once(socket, 'drain');
      }),
    );
    const after = await server.memory();
    for (const socket of sockets) socket.destroy();
    console.log(`4 bodies of 1 MB in bytes: ${Math.round((after.heap - before.heap) / MB)} MB`);
    expect(after.heap - before.heap).toBeLessThan(40 * MB);
  }, 120_000);
});
