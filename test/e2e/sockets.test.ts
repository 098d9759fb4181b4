import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { connect, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';

// Who takes nothing for ten seconds is dropped without a word: on a busy machine a reader that is slow on purpose would be.
vi.mock(import('../../src/server-limits.js'), async (original) => {
  const limits = await original();
  return { ...limits, SOCKET_LIMITS: { ...limits.SOCKET_LIMITS, stalledAfterMs: 600_000 } };
});

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const wsUrl = () => server.url.replace(/^http/, 'ws');
const PROTOCOL = 'graphql-transport-ws';

async function open(
  options: { protocol?: string; headers?: Record<string, string> } = {},
): Promise<WebSocket> {
  const socket = new WebSocket(wsUrl(), options.protocol ?? PROTOCOL, { headers: options.headers ?? {} });
  await once(socket, 'open');
  return socket;
}

async function closeCode(socket: WebSocket): Promise<number> {
  const [code] = await once(socket, 'close');
  return code as number;
}

/** A TCP connection that has been upgraded by hand, to send frames that no client would. */
async function openRaw(): Promise<Socket> {
  const { hostname, port, pathname } = new URL(server.url);
  const socket = connectTcp(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${PROTOCOL}\r\n\r\n`,
  );
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toContain('101');
  return socket;
}

/** What a client that behaves gets meanwhile. */
async function expectAlive(): Promise<void> {
  const client = connect(server.url);
  const events = follow(client, 'subscription { sessionEvents(sessionId: "alive") { __typename cursor } }');
  expect((await events.next()).__typename).toBe('Ready');
  await client.dispose();
}

describe('a client that breaks the protocol', () => {
  it.each([
    ['sends no JSON', 4400, (socket: WebSocket) => socket.send('{')],
    ['sends an unknown message', 4400, (socket: WebSocket) => socket.send('{"type":"hello"}')],
    [
      'sends a binary frame',
      4400,
      (socket: WebSocket) => socket.send(Buffer.from('{"type":"ping"}'), { binary: true }),
    ],
    [
      'subscribes before it has introduced itself',
      4401,
      (socket: WebSocket) => socket.send('{"id":"1","type":"subscribe","payload":{"query":"{__typename}"}}'),
    ],
    [
      'introduces itself twice',
      4429,
      (socket: WebSocket) => {
        socket.send('{"type":"connection_init"}');
        socket.send('{"type":"connection_init"}');
      },
    ],
  ])('and %s is closed with %i', async (_what, code, act) => {
    const socket = await open();
    const closed = closeCode(socket);
    act(socket);
    expect(await closed).toBe(code);
    await expectAlive();
  });

  it('and gives two operations the same id is closed with 4409', async () => {
    const socket = await open();
    const closed = closeCode(socket);
    socket.send('{"type":"connection_init"}');
    await once(socket, 'message');
    const subscribe =
      '{"id":"1","type":"subscribe","payload":{"query":"subscription { sessionActivity { cursor } }"}}';
    socket.send(subscribe);
    socket.send(subscribe);
    expect(await closed).toBe(4409);
  });

  it('and speaks another subprotocol is given none, which ends it', async () => {
    const socket = new WebSocket(wsUrl(), 'graphql-ws');
    const [error] = await once(socket, 'error');
    expect(String(error)).toContain('no subprotocol');
    await expectAlive();
  });

  it('and sends a frame over the limit is closed with 1009', async () => {
    const small = await startServer({ maxBodyBytes: 2_048 });
    const socket = new WebSocket(small.url.replace(/^http/, 'ws'), PROTOCOL);
    await once(socket, 'open');
    const closed = closeCode(socket);
    socket.send(`{"type":"ping","payload":{"text":"${'x'.repeat(4_000)}"}}`);
    expect(await closed).toBe(1009);
    await small.stop();
  });

  it.each([
    ['half a frame', Buffer.from([0x81, 0xfe, 0x01])],
    ['a frame without a mask', Buffer.from([0x81, 0x02, 0x7b, 0x7d])],
    ['reserved bits', Buffer.from([0xf1, 0x80, 0, 0, 0, 0])],
    ['text that is not UTF-8', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28])],
    ['nonsense', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('and sends %s disturbs nobody else', async (_what, bytes) => {
    const socket = await openRaw();
    socket.on('error', () => {});
    socket.write(bytes);
    await expectAlive();
    socket.destroy();
    await expectAlive();
  });
});

describe('an upgrade', () => {
  const refused = async (url: string, headers: Record<string, string>): Promise<number> => {
    const socket = new WebSocket(url, PROTOCOL, { headers });
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    return (response as { statusCode: number }).statusCode;
  };

  it('from a page of another site is refused, also when it names another host', async () => {
    expect(await refused(wsUrl(), { origin: 'https://evil.example' })).toBe(403);
    expect(await refused(wsUrl(), { origin: 'null' })).toBe(403);
    expect(await refused(wsUrl(), { host: 'evil.example' })).toBe(403);
    await expectAlive();
  });

  it('at another path is refused', async () => {
    expect(await refused(wsUrl().replace('/graphql', '/other'), {})).toBe(404);
    expect(await refused(wsUrl().replace('/graphql', '//'), {})).toBe(404);
  });

  it('that was refused is over, also for a peer that stays: it does not keep the server from stopping', async () => {
    const other = await startServer();
    const { hostname, port } = new URL(other.url);
    const peer = connectTcp({ host: hostname, port: Number(port), allowHalfOpen: true });
    peer.on('error', () => {});
    peer.write(
      `GET /other HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    );
    peer.resume();
    await once(peer, 'end');
    await other.stop();
    peer.destroy();
  });

  it('to HTTP/2 that is offered beside a request is passed over: the request is answered, and the next one too', async () => {
    const { hostname, port } = new URL(server.url);
    const peer = connectTcp({ host: hostname, port: Number(port) });
    let text = '';
    const until = (wanted: RegExp) =>
      new Promise<void>((resolve) => {
        const look = () => wanted.test(text) && resolve();
        peer.on('data', look);
        look();
      });
    peer.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    const body = '{"query": "{ sessions { totalCount } }"}';
    // As Java's HttpClient and `curl --http2` send it.
    const head = `POST /graphql HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: ${body.length}\r\nHost: ${hostname}:${port}\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\nContent-Type: application/json\r\n\r\n`;
    peer.write(`${head}${body.slice(0, 10)}`);
    peer.write(body.slice(10));
    await until(/^HTTP\/1\.1 200 .*"totalCount":0/s);
    text = '';
    peer.write(`${head}${body}`);
    await until(/^HTTP\/1\.1 200 .*"totalCount":0/s);
    peer.destroy();
  });

  it('from an allowed page is taken', async () => {
    const open = await startServer({ allowedOrigins: ['https://app.example'] });
    const socket = new WebSocket(open.url.replace(/^http/, 'ws'), PROTOCOL, {
      headers: { origin: 'https://app.example' },
    });
    await once(socket, 'open');
    socket.terminate();
    await open.stop();
  });
});

describe('a subscriber that does not read', () => {
  it('is ended with the cursor to resume from, while its neighbour gets everything', async () => {
    const slow = await open();
    slow.send('{"type":"connection_init"}');
    await once(slow, 'message');
    const query =
      'subscription { messageAdded(sessionId: "flood") { __typename cursor ... on MessageAdded { message { position text } } } }';
    slow.send(JSON.stringify({ id: 'slow', type: 'subscribe', payload: { query } }));
    await once(slow, 'message');
    slow.pause();
    const client = connect(server.url);
    const neighbour = follow(client, query);
    expect((await neighbour.next()).__typename).toBe('Ready');

    const text = 'x'.repeat(20_000);
    const append = (createIfMissing: boolean) =>
      server.request(
        'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }',
        {
          input: {
            sessionId: 'flood',
            agentId: 'a',
            createIfMissing,
            messages: Array.from({ length: 100 }, () => ({ role: 'USER', text })),
          },
        },
      );
    await append(true);
    expect((await neighbour.next()).__typename).toBe('SessionCreated');
    for (let round = 0; round < 20; round++) {
      if (round > 0) await append(false);
      for (let count = 0; count < 100; count++) {
        expect((await neighbour.next()).message.position).toBe(round * 100 + count);
      }
    }

    const received: {
      type: string;
      payload: { extensions?: { code: string; cursor: string } }[] & { data?: unknown };
    }[] = [];
    const ended = new Promise<void>((resolve) => {
      slow.on('message', (data) => {
        received.push(JSON.parse(String(data)));
        if (received.at(-1)?.type === 'error') resolve();
      });
    });
    slow.resume();
    await ended;
    const error = received.at(-1)?.payload[0]?.extensions;
    expect(error?.code).toBe('SUBSCRIBER_TOO_SLOW');
    const positions = received.flatMap(({ payload }) => {
      const event = (payload as { data?: { messageAdded: { message?: { position: number } } } }).data
        ?.messageAdded;
      return event?.message ? [event.message.position] : [];
    });
    expect(positions).toEqual(positions.map((_position, index) => index));
    expect(positions.length).toBeLessThan(2_000);

    const resumed = follow(
      client,
      query
        .replace('sessionId: "flood"', 'sessionId: "flood", after: $after')
        .replace('subscription', 'subscription ($after: String)'),
      { after: error?.cursor },
    );
    expect((await resumed.next()).__typename).toBe('Ready');
    for (let position = positions.length; position < 2_000; position++) {
      expect((await resumed.next()).message.position).toBe(position);
    }
    slow.terminate();
    await client.dispose();
  });
});
