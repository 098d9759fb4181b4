import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { createWaitingBytes } from '../../../src/transport/bounds/waiting-bytes.js';
import { send } from '../../../src/transport/http-answer.js';
import { endAnswer, streamAnswer } from '../../../src/transport/paced-answer.js';
import { eventually } from '../../support/eventually.js';
import { listen, open } from './raw-request.js';

/** More than a system keeps for a connection whose client does not read. */
const LONG = 'ä'.repeat(8 * 1024 * 1024);
const LONG_BYTES = 2 * LONG.length;
const SOMEONE = { caller: 'someone', cutOff() {} };

/** A server whose answers are long, and what became of each of them. */
async function stage({ stalledAfterMs = 60_000, ofCaller = 1e9 } = {}) {
  const waiting = createWaitingBytes({ together: 1e9, ofCaller });
  const answers: ServerResponse[] = [];
  const cutOff: string[] = [];
  let told = () => {};
  const server = await listen((_req, res) => {
    res.on('error', () => {});
    answers.push(res);
    send(res, 200, {}, LONG, { ...SOMEONE, waiting, stalledAfterMs, cutOff: (code) => cutOff.push(code) });
    told();
  });
  onTestFinished(() => server.close());
  /** A client that asks, and reads nothing. */
  async function ask(): Promise<ServerResponse> {
    const answered = new Promise<void>((resolve) => {
      told = resolve;
    });
    const client = open(server.port);
    client.on('error', () => {});
    client.pause();
    onTestFinished(() => void client.destroy());
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await answered;
    return answers.at(-1) as ServerResponse;
  }
  return { waiting, url: server.url, ask, cutOff };
}

it('a client that reads gets all of a long answer, and nothing waits after it', async () => {
  const { waiting, url } = await stage();
  const answer = await fetch(url);
  expect(answer.headers.get('content-length')).toBe(String(LONG_BYTES));
  expect(await answer.text()).toBe(LONG);
  await eventually(() => expect(waiting.bytes).toBe(0));
});

it('of a long answer a turn of the event loop hands on half a megabyte, however much the network takes', async () => {
  const pieces = Array.from({ length: 100 }, () => Buffer.alloc(40_000));
  const handed: number[] = [0];
  const turn = () => {
    handed.push(0);
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  const ended = new Promise<void>((resolve) => {
    const res = {
      destroyed: false,
      write: ({ length }: Buffer) => {
        handed[handed.length - 1] = (handed.at(-1) ?? 0) + length;
        return true;
      },
      on: () => {},
      off: () => {},
      end: resolve,
    } as unknown as ServerResponse;
    endAnswer(res, pieces, 4_000_000);
  });
  await ended;
  clearImmediate(next);
  expect(handed.reduce((sum, bytes) => sum + bytes)).toBe(4_000_000);
  expect(Math.max(...handed)).toBeLessThan(600_000);
});

it('a client that reads gets all of an answer in pieces, whatever their sizes', async () => {
  const waiting = createWaitingBytes({ together: 1e9, ofCaller: 1e9 });
  const pieces = [1, 70_000, 40_000, 40_000, 0, 65_536, 200_000, 3].map((size, n) =>
    Buffer.alloc(size, String(n)),
  );
  const server = await listen((_req, res) =>
    send(res, 200, {}, pieces, { ...SOMEONE, waiting, stalledAfterMs: 60_000 }),
  );
  onTestFinished(() => server.close());
  expect(await (await fetch(server.url)).text()).toBe(Buffer.concat(pieces).toString());
  await eventually(() => expect(waiting.bytes).toBe(0));
});

it('an answer that is not read is counted, and dropped when its client has taken nothing for too long', async () => {
  const { waiting, ask, cutOff } = await stage({ stalledAfterMs: 200 });
  const answer = await ask();
  expect(waiting.bytes).toBe(LONG_BYTES);
  await once(answer, 'close');
  expect(answer.writableFinished).toBe(false);
  expect(waiting.bytes).toBe(0);
  expect(cutOff).toEqual(['TIMEOUT']);
});

it('where more answers of a caller wait than may, those that were not read for the longest are dropped', async () => {
  const { waiting, ask, cutOff } = await stage({ ofCaller: 2 * LONG_BYTES });
  const answers = [await ask(), await ask()];
  expect(waiting.bytes).toBe(2 * LONG_BYTES);
  await ask();
  const [first, second] = answers as [ServerResponse, ServerResponse];
  await eventually(() => expect(first.destroyed).toBe(true));
  expect(second.destroyed).toBe(false);
  expect(cutOff).toEqual(['RATE_LIMITED']);
  expect(waiting.bytes).toBe(2 * LONG_BYTES);
});

it('a short answer that nobody takes is counted too', async () => {
  const waiting = createWaitingBytes({ together: 1e9, ofCaller: 1e9 });
  const server = await listen((_req, res) => {
    res.on('error', () => {});
    // What the client has not read keeps the connection's buffer full.
    res.socket?.write(LONG);
    send(res, 200, {}, 'short', { ...SOMEONE, waiting, stalledAfterMs: 200 });
  });
  onTestFinished(() => server.close());
  const client = open(server.port);
  client.on('error', () => {});
  client.pause();
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await eventually(() => expect(waiting.bytes).toBeGreaterThan(0));
  await eventually(() => expect(waiting.bytes).toBe(0));
  client.destroy();
});

it('what is read for an answer as its client takes it counts as one piece, and is dropped like any other', async () => {
  const waiting = createWaitingBytes({ together: 1e9, ofCaller: 1e9 });
  const closed = new Promise<ServerResponse>((resolve) => {
    void listen((_req, res) => {
      const pace = { ...SOMEONE, waiting, stalledAfterMs: 200 };
      streamAnswer(res, Readable.from(Array(500).fill(Buffer.alloc(64 * 1024))), pace).catch(() => {});
      expect(waiting.bytes).toBe(64 * 1024);
      res.once('close', () => resolve(res));
    }).then((server) => {
      onTestFinished(() => server.close());
      const client = open(server.port);
      client.on('error', () => {});
      client.pause();
      onTestFinished(() => void client.destroy());
      client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    });
  });
  expect((await closed).writableFinished).toBe(false);
  expect(waiting.bytes).toBe(0);
});
