import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { eventually } from '../support/eventually.js';
import { frame, readFrames } from '../support/fuzz/frames.js';
import { ATTACKS, open, text, upgrade } from '../support/hostile/attacks.js';
import { startNormalClient } from '../support/hostile/normal-client.js';
import { connect, follow } from '../support/live-client.js';
import { type MeasuredServer, startMeasured } from '../support/measured-server.js';

const MB = 1024 * 1024;
const SUBSCRIPTIONS = 1_000;
const PER_SOCKET = 200;

let server: MeasuredServer;
let normal: ReturnType<typeof startNormalClient>;
beforeAll(async () => {
  server = await startMeasured();
  normal = startNormalClient(server.url);
  expect((await normal.ask(20)).failures).toEqual([]);
});
afterAll(() => normal.stop());

async function request(query: string, headers: Record<string, string> = {}) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as { data?: unknown; errors?: unknown };
}

describe('a client that behaves has every request answered', () => {
  it.each(Object.keys(ATTACKS))('beside %s', async (name) => {
    const attack = await ATTACKS[name]?.(server.port, 20);
    expect((await normal.ask(40)).failures).toEqual([]);
    attack?.stop();
  });

  it('beside a thousand connections that say nothing', async () => {
    const attack = await ATTACKS['idle connections']?.(server.port, 1_000);
    expect((await normal.ask(40)).failures).toEqual([]);
    expect((await server.memory()).connections).toBeGreaterThan(1_000);
    attack?.stop();
  });

  it('beside a caller with a thousand subscriptions, who gets every event too, and not one subscription more', async () => {
    let events = 0;
    let ready = 0;
    const sockets = await Promise.all(
      Array.from({ length: SUBSCRIPTIONS / PER_SOCKET }, async () => {
        const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
        await once(socket, 'open');
        socket.on('message', (data) => {
          const { payload } = JSON.parse(String(data));
          const type = payload?.data?.messageAdded?.__typename;
          if (type === 'Ready') ready++;
          if (type === 'MessageAdded') events++;
        });
        socket.send('{"type":"connection_init"}');
        await once(socket, 'message');
        for (let id = 0; id < PER_SOCKET; id++) {
          const query = `subscription { messageAdded(sessionId: "normal") { __typename cursor } } # ${id % 20}`;
          socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query } }));
        }
        return socket;
      }),
    );
    await eventually(() => expect(ready).toBe(SUBSCRIPTIONS));

    const [first] = sockets;
    const refusal = new Promise((resolve) => {
      first?.on('message', (data) => {
        const { id, payload } = JSON.parse(String(data));
        if (id === 'more' && payload) resolve(payload[0].extensions.code);
      });
    });
    first?.send(JSON.stringify({ id: 'more', type: 'subscribe', payload: { query: '{ __typename }' } }));
    expect(await refusal).toBe('RATE_LIMITED');

    // One of four is an append.
    expect((await normal.ask(40)).failures).toEqual([]);
    await eventually(() => expect(events).toBe(10 * SUBSCRIPTIONS));
    for (const socket of sockets) socket.terminate();
  });
});

describe('what is compressed', () => {
  it('is refused over HTTP before it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * MB, ' '));
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: bomb,
    });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  it('is not agreed on over WebSocket, and closes a socket that sends it all the same', async () => {
    const socket = await open(server.port);
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
    });
    // It offers permessage-deflate.
    await upgrade(socket);
    socket.write(frame(gzipSync('x'.repeat(MB)), { reserved: 4 }));
    await once(socket, 'end');
    socket.destroy();
    const end = received.indexOf('\r\n\r\n') + 4;
    expect(received.subarray(0, end).toString()).not.toMatch(/extensions/i);
    const [closing] = readFrames(received.subarray(end)) ?? [];
    expect([closing?.opcode, closing?.payload.readUInt16BE(0)]).toEqual([8, 1002]);
  });
});

describe('of requests behind each other on a connection', () => {
  const body = JSON.stringify({ query: '{ __typename }' });
  const one = `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nx-long: ${'x'.repeat(4_000)}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

  it('nothing is left where their client goes before the first answer', async () => {
    const { heap: before } = await server.memory();
    for (let n = 0; n < 200; n++) {
      const socket = await open(server.port);
      socket.end(one.repeat(16), () => socket.destroy());
      await once(socket, 'close');
    }
    await eventually(async () => expect((await server.memory()).connections).toBeLessThan(10));
    await eventually(async () => expect((await server.memory()).heap - before).toBeLessThan(5 * MB));
  });

  it('one that offers another protocol, behind one that is not answered, ends it', async () => {
    const socket = await open(server.port);
    socket.resume().write(one + one.replace('host:', 'connection: upgrade\r\nupgrade: h2c\r\nhost:'));
    // A reset is an end, too.
    await new Promise((ended) => socket.once('end', ended).once('close', ended));
    socket.destroy();
    expect((await request('{ __typename }')).data).toEqual({ __typename: 'Query' });
  });
});

describe('when they have all gone', () => {
  it('nothing of them is left', async () => {
    expect((await request('{ __typename }')).data).toEqual({ __typename: 'Query' });
    await eventually(async () => expect((await server.memory()).connections).toBeLessThan(10));
    expect((await server.memory()).heap).toBeLessThan(100 * MB);
    const client = connect(server.url);
    expect(
      (await follow(client, 'subscription { sessionActivity { __typename cursor } }').next()).__typename,
    ).toBe('Ready');
    await client.dispose();
  });

  it('the server stops in order, and has logged no error', async () => {
    // Also beside those that stay.
    const stay = await ATTACKS['upgrades that are refused, and stay']?.(server.port, 3);
    const socket = await open(server.port);
    await upgrade(socket);
    socket.write(text({ type: 'connection_init' }));
    socket.pause();
    expect(await server.stop()).toEqual([]);
    stay?.stop();
    socket.destroy();
  });
});
