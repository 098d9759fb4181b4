import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type RunningServer, startServer } from '../support/server.js';

const LARGEST_FRAME = 64 * 1024;

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ maxBodyBytes: LARGEST_FRAME });
});
afterAll(() => server.stop());

interface Talk {
  socket: WebSocket;
  say(message: object | string): void;
  /** The next message, whatever it is. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape of a message is what each test asks for.
  hear(): Promise<any>;
}

async function talk(): Promise<Talk> {
  const socket = new WebSocket(server.url.replace(/^http/, 'ws'), 'graphql-transport-ws');
  await once(socket, 'open');
  const heard: unknown[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  return {
    socket,
    say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async hear() {
      if (heard.length === 0) await once(socket, 'message');
      return heard.shift();
    },
  };
}

async function introduced(): Promise<Talk> {
  const talking = await talk();
  talking.say({ type: 'connection_init' });
  expect(await talking.hear()).toEqual({ type: 'connection_ack' });
  return talking;
}

const closeCode = async (socket: WebSocket) => (await once(socket, 'close'))[0] as number;
const following = (id: string, comment: number) => ({
  id,
  type: 'subscribe',
  payload: { query: `subscription { sessionActivity { __typename cursor } } # ${'x'.repeat(comment)}` },
});

describe('the introduction of a socket', () => {
  it('may carry credentials', async () => {
    const { socket, say } = await talk();
    const closed = closeCode(socket);
    say({ type: 'connection_init', payload: { authorization: `Bearer ${'x'.repeat(15_000)}` } });
    // They were read, and are not good.
    expect(await closed).toBe(4403);
  });

  it('is not kept where it is larger than headers could be', async () => {
    const { socket, say } = await talk();
    const closed = closeCode(socket);
    say({ type: 'connection_init', payload: { authorization: 'x'.repeat(17_000) } });
    expect(await closed).toBe(4400);
  });
});

describe('a ping', () => {
  it('is answered with what it carried', async () => {
    const { socket, say, hear } = await introduced();
    say({ type: 'ping' });
    expect(await hear()).toEqual({ type: 'pong' });
    say({ type: 'ping', payload: { sent: [1] } });
    expect(await hear()).toEqual({ type: 'pong', payload: { sent: [1] } });
    socket.terminate();
  });

  it('that is nested without end closes its socket', async () => {
    const { socket, say } = await introduced();
    const closed = closeCode(socket);
    say(`{"type":"ping","payload":{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`);
    expect(await closed).toBe(4400);
  });
});

describe('the operations of a socket', () => {
  it('are kept as they came, and so not more of them than a socket may hold', async () => {
    const { socket, say, hear } = await introduced();
    for (const id of ['1', '2', '3']) {
      say(following(id, 40_000));
      expect(await hear()).toMatchObject({ id, type: 'next', payload: { data: { sessionActivity: {} } } });
    }
    say(following('4', 40_000));
    expect(await hear()).toMatchObject({
      id: '4',
      type: 'next',
      payload: {
        errors: [{ message: expect.stringContaining('131072'), extensions: { code: 'RATE_LIMITED' } }],
      },
    });
    expect(await hear()).toEqual({ id: '4', type: 'complete' });

    // What has ended makes room.
    say({ id: '1', type: 'complete' });
    say({ type: 'ping' });
    expect(await hear()).toEqual({ type: 'pong' });
    say(following('5', 40_000));
    expect(await hear()).toMatchObject({ id: '5', type: 'next', payload: { data: { sessionActivity: {} } } });
    socket.terminate();
  });
});
