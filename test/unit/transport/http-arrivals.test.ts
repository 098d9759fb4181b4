import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createWaitingBytes, type WaitingBytes } from '../../../src/transport/bounds/waiting-bytes.js';
import { createArrivals } from '../../../src/transport/http-arrivals.js';
import { createHttpTurns } from '../../../src/transport/http-turns.js';
import { eventually } from '../../support/eventually.js';
import { type Listening, listen, open, readAll } from './raw-request.js';

/** Turns that are waited for; none is while `free`. */
let turns: (() => void)[];
let free: boolean;
let asked: number;
let handled: { req: IncomingMessage; res: ServerResponse }[];
let handle: (req: IncomingMessage, res: ServerResponse) => void;
let arriving: WaitingBytes;
let cut: string[];
let server: Listening;

beforeEach(async () => {
  turns = [];
  free = true;
  asked = 0;
  handled = [];
  cut = [];
  handle = (req, res) => void res.end(String(req.url));
  arriving = createWaitingBytes({ together: 1_000_000, ofCaller: 400_000 });
  const httpTurns = createHttpTurns();
  const arrivals = createArrivals({
    turn() {
      asked++;
      return free ? undefined : new Promise((resolve) => turns.push(resolve));
    },
    ownerOf: () => ({ share: 'someone', caller: null }),
    isFull: httpTurns.isFull,
    arriving,
    cutOff: (code) => void cut.push(code),
  });
  const inTurn = httpTurns.inTurn((req, res) => {
    handled.push({ req, res });
    handle(req, res);
    return () => {};
  });
  server = await listen((req, res) => {
    arrivals.begun(req);
    inTurn(req, res);
  });
  arrivals.watch(server.server, 'connection');
  server.server.prependListener('upgrade', ({ socket }: IncomingMessage) => arrivals.leave(socket));
});
afterEach(() => server.close());

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`;

it('requests that come in one packet are read in turns, and all answered in their order', async () => {
  const COUNT = 1_000;
  free = false;
  const socket = open(server.port);
  const answers = readAll(socket);
  let sent = '';
  for (let index = 1; index < COUNT; index++) sent += get(`/${index}`);
  socket.write(sent + get('/last', 'connection: close\r\n'));
  await eventually(() => expect(turns.length).toBe(1));
  expect(handled).toHaveLength(0);
  expect(arriving.bytes).toBeGreaterThan(4_096);
  turns.shift()?.();
  await eventually(() => expect(handled.length).toBeGreaterThan(0));
  expect(handled.length).toBeLessThan(150);
  free = true;
  await eventually(() => {
    for (const turn of turns.splice(0)) turn();
    expect(handled).toHaveLength(COUNT);
  });
  const paths = (await answers).match(/(?<=\r\n)\/(\d+|last)/g);
  expect(paths).toEqual([...Array.from({ length: COUNT - 1 }, (_, index) => `/${index + 1}`), '/last']);
  await eventually(() => expect(arriving.bytes).toBe(0));
});

it('a body whose length is known is read as it comes, without turns', async () => {
  const body = 'x'.repeat(2_000_000);
  let length = 0;
  handle = (req, res) => {
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    req.on('end', () => res.end('all'));
  };
  const socket = open(server.port);
  const answers = readAll(socket);
  socket.write(
    `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
  expect(await answers).toContain('all');
  expect(length).toBe(body.length);
  expect(asked).toBeLessThan(5);
});

it('of a body in chunks that nobody takes a piece is read, which counts as what it holds, and the rest when it is taken', async () => {
  handle = () => {};
  const CHUNKS = 20_000;
  const socket = open(server.port);
  const answers = readAll(socket);
  const head =
    'POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n';
  socket.write(`${head}${'1\r\nx\r\n'.repeat(CHUNKS)}0\r\n\r\n`);
  await eventually(() => expect(arriving.bytes).toBeGreaterThan(128 * 1024));
  const { req, res } = handled[0] as { req: IncomingMessage; res: ServerResponse };
  expect(req.readableLength).toBeLessThan(4_096 / 6);
  let length = 0;
  for await (const chunk of req) length += (chunk as Buffer).length;
  expect(length).toBe(CHUNKS);
  res.end('all');
  expect(await answers).toContain('all');
  await eventually(() => expect(arriving.bytes).toBe(0));
});

it('connections of one caller on which more waits than may are cut, and nothing of them counts', async () => {
  free = false;
  const sent = get('/', `x: ${'y'.repeat(1_000)}\r\n`).repeat(50);
  const sockets = Array.from({ length: 20 }, () => open(server.port));
  for (const socket of sockets) socket.write(sent);
  await eventually(() => expect(cut.length).toBeGreaterThan(0));
  expect(new Set(cut)).toEqual(new Set(['RATE_LIMITED']));
  expect(arriving.bytes).toBeLessThanOrEqual(400_000);
  for (const socket of sockets) socket.destroy();
  await eventually(() => {
    for (const turn of turns.splice(0)) turn();
    expect(arriving.bytes).toBe(0);
  });
});

it('what comes behind the head of an upgrade goes on to who takes the connection', async () => {
  const behind = Buffer.alloc(50_000, 'z');
  const taken = new Promise<Buffer>((resolve) => {
    server.server.on('upgrade', (_req: IncomingMessage, stream: Socket, head: Buffer) => {
      let all = head;
      stream.on('data', (chunk: Buffer) => {
        all = Buffer.concat([all, chunk]);
        if (all.length < behind.length) return;
        resolve(all);
        stream.destroy();
      });
    });
  });
  const socket = open(server.port);
  socket.write(Buffer.concat([Buffer.from(get('/', 'connection: upgrade\r\nupgrade: other\r\n')), behind]));
  expect(behind.equals(await taken)).toBe(true);
  socket.destroy();
});
