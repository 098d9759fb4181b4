import { once } from 'node:events';
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createHttpTurns, type HttpTurns } from '../../../src/transport/http-turns.js';
import { eventually } from '../../support/eventually.js';
import { type Listening, listen, open, readAll } from './raw-request.js';

/** Requests that are being handled, in the order in which they came. */
let handled: { req: IncomingMessage; res: ServerResponse }[];
/** Whether they are answered as they come. */
let atOnce = false;
/** Those that wait, now and at most. */
let waiting = { now: 0, most: 0 };
/** Answers that are over. */
let over: number;
let turns: HttpTurns;
let server: Listening;
beforeEach(async () => {
  over = 0;
  turns = createHttpTurns();
  handled = [];
  atOnce = false;
  waiting = { now: 0, most: 0 };
  const handle = async (req: IncomingMessage, res: ServerResponse) => {
    handled.push({ req, res });
    if (req.method === 'POST') {
      for await (const _ of req);
      await new Promise((next) => setImmediate(next));
    }
    if (atOnce) res.end(String(req.url));
  };
  server = await listen(
    turns.inTurn(
      (req, res) => {
        void handle(req, res).catch(() => {});
        return () => over++;
      },
      () => {
        waiting.most = Math.max(waiting.most, ++waiting.now);
        return () => waiting.now--;
      },
    ),
  );
});
afterEach(() => server.close());

const answer = (index: number) => handled[index]?.res.end(String(handled[index]?.req.url));
const asked = (count: number) => eventually(() => expect(handled).toHaveLength(count));
const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`;

describe('the requests of one connection', () => {
  it('are handled one after the other, and answered in their order', async () => {
    const socket = open(server.port);
    const answers = readAll(socket);
    socket.write(get('/0') + get('/1') + get('/2', 'connection: close\r\n'));
    for (let index = 0; index < 3; index++) {
      await asked(index + 1);
      answer(index);
    }
    expect((await answers).match(/(?<=\r\n)\/\d/g)).toEqual(['/0', '/1', '/2']);
    await eventually(() => expect(over).toBe(3));
  });

  it('do not hold up those of another', async () => {
    const [first, second] = [open(server.port), open(server.port)];
    first.write(get('/first'));
    await asked(1);
    second.write(get('/second'));
    await asked(2);
    first.destroy();
    second.destroy();
  });

  it('are not read without end while one is handled, and all handled in the end', async () => {
    const COUNT = 2_000;
    const socket = open(server.port);
    const padding = `x: ${'y'.repeat(1_000)}\r\n`;
    for (let index = 1; index < COUNT; index++) socket.write(get(`/${index}`, padding));
    socket.write(get('/last', 'connection: close\r\n'));
    const answers = readAll(socket);
    await asked(1);
    const served = handled[0]?.req.socket;
    await eventually(() => expect(served?.isPaused()).toBe(true));
    // Two megabytes were sent: the rest waits in the network.
    const read = served?.bytesRead ?? 0;
    expect(read).toBeLessThan(500_000);
    atOnce = true;
    answer(0);
    expect((await answers).match(/(?<=\r\n)\/\w+/g)).toHaveLength(COUNT);
  });

  it('are not read without end where the bodies of those before them are, and all handled in the end', async () => {
    const COUNT = 5_000;
    atOnce = true;
    const socket = open(server.port);
    const post = (path: string, more = '') =>
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 200\r\n${more}\r\n${'x'.repeat(200)}`;
    for (let index = 1; index < COUNT; index++) socket.write(post(`/${index}`));
    socket.write(post('/last', 'connection: close\r\n'));
    expect((await readAll(socket)).match(/(?<=\r\n)\/\w+/g)).toHaveLength(COUNT);
    // What 64 KiB hold, which node reads at once, and those that may wait before nothing further is read.
    expect(waiting.most).toBeLessThan(16 + 2 * Math.ceil(65_536 / 250));
    expect(waiting.now).toBe(0);
  });

  it('are over with their connection', async () => {
    const socket = open(server.port);
    socket.write(get('/0') + get('/1'));
    await asked(1);
    const closed = new Promise((resolve) => handled[0]?.res.once('close', resolve));
    socket.destroy();
    await closed;
    expect(handled).toHaveLength(1);
    expect(over).toBe(1);
  });
});

it('ends each connection with its answer, that of a request under way too, and says so', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ask = () => {
    const sent = request({ port: server.port, agent });
    sent.end();
    return once(sent, 'response').then(([response]) => {
      (response as IncomingMessage).resume();
      return (response as IncomingMessage).headers.connection;
    });
  };
  const before = ask();
  await asked(1);
  answer(0);
  expect(await before).toBe('keep-alive');
  const underWay = ask();
  await asked(2);
  turns.endConnections();
  answer(1);
  expect(await underWay).toBe('close');
  const after = ask();
  await asked(3);
  answer(2);
  expect(await after).toBe('close');
});

it('a request that waits behind another when the connections end finds its connection closed', async () => {
  const socket = open(server.port);
  const answers = readAll(socket);
  socket.write(get('/0') + get('/1'));
  await asked(1);
  turns.endConnections();
  answer(0);
  expect(await answers).toMatch(/connection: close/i);
});
