import type { lookup } from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Courier, createCourier } from '../../../../src/operate/webhooks/courier.js';
import { createTargets } from '../../../../src/operate/webhooks/targets.js';

const NOW = Date.UTC(2026, 0, 5, 10);
let server: Server | undefined;
let courier: Courier | undefined;
afterEach(async () => {
  courier?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  server = courier = undefined;
});

async function serve(listener: RequestListener): Promise<number> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A resolver of names that leads where it is told, and counts. */
function leadingTo(...answers: string[][]) {
  let asked = 0;
  const resolve = ((_name: string, _options: object, done: (error: null, found: object[]) => void) => {
    const found = answers[Math.min(asked++, answers.length - 1)] ?? [];
    done(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as unknown as typeof lookup;
  return { resolve, asked: () => asked };
}

function courierOf(given: { allowed?: string[]; timeoutMs?: number; resolve?: typeof lookup } = {}): Courier {
  const { allowed = ['127.0.0.1'], timeoutMs = 60_000, ...rest } = given;
  courier = createCourier({ targets: createTargets(allowed), timeoutMs, now: () => NOW, ...rest });
  return courier;
}

const send = (to: Courier, url: string, signal = new AbortController().signal) =>
  to.send({ url: new URL(url), headers: { 'webhook-id': 'msg_1' }, body: '{"text":"ü"}' }, signal);

describe('a request of a webhook', () => {
  it('is a POST, taken where the status is 2xx', async () => {
    const seen: string[] = [];
    const port = await serve(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      seen.push(`${request.method} ${request.url} ${request.headers['webhook-id']} ${body}`);
      response.writeHead(202).end('thanks');
    });
    const answer = await send(courierOf(), `http://127.0.0.1:${port}/hooks?a=1`);
    expect(answer).toEqual({ failure: null, gone: false, retryAfterMs: null });
    expect(seen).toEqual(['POST /hooks?a=1 msg_1 {"text":"ü"}']);
  });

  it.each([
    [500, {}, { failure: 'HTTP 500', gone: false, retryAfterMs: null }],
    [410, {}, { failure: 'HTTP 410', gone: true, retryAfterMs: null }],
    [429, { 'retry-after': '120' }, { failure: 'HTTP 429', gone: false, retryAfterMs: 120_000 }],
    [
      503,
      { 'retry-after': new Date(NOW + 60_000).toUTCString() },
      { failure: 'HTTP 503', gone: false, retryAfterMs: 60_000 },
    ],
    [503, { 'retry-after': 'soon' }, { failure: 'HTTP 503', gone: false, retryAfterMs: null }],
    [503, { 'retry-after': '999999999' }, { failure: 'HTTP 503', gone: false, retryAfterMs: 86_400_000 }],
  ])('is not taken where it is answered %s %j', async (status, headers, expected) => {
    const port = await serve((_request, response) => void response.writeHead(status, headers).end());
    expect(await send(courierOf(), `http://127.0.0.1:${port}/`)).toEqual(expected);
  });

  it('follows no redirect', async () => {
    let requests = 0;
    const port = await serve((request, response) => {
      requests += 1;
      response.writeHead(request.url === '/' ? 307 : 204, { location: '/elsewhere' }).end();
    });
    expect(await send(courierOf(), `http://127.0.0.1:${port}/`)).toMatchObject({ failure: 'HTTP 307' });
    expect(requests).toBe(1);
  });

  it('ends where nobody answers in time, where nobody listens, and when it is cut off', async () => {
    let come = () => {};
    const came = new Promise<void>((resolve) => {
      come = resolve;
    });
    const port = await serve(() => come());
    const url = `http://127.0.0.1:${port}/`;
    expect(await send(courierOf({ timeoutMs: 20 }), url)).toMatchObject({ failure: 'no answer in time' });
    const cut = new AbortController();
    const sent = send(courierOf(), url, cut.signal);
    await came;
    cut.abort();
    expect((await sent).failure).not.toBeNull();
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    expect(await send(courierOf(), url)).toMatchObject({ failure: 'ECONNREFUSED' });
  });

  it('is not taken where the receiver would speak another protocol, and ends there', async () => {
    const port = await serve(() => {});
    const asked = new Promise<void>((resolve) => {
      server?.on('connection', (socket) =>
        socket.once('data', () => {
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
          resolve();
        }),
      );
    });
    expect(await send(courierOf(), `http://127.0.0.1:${port}/`)).toMatchObject({ failure: 'HTTP 101' });
    await asked;
  });

  it('is taken whatever follows its status, without end too', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200);
      const more = setInterval(() => response.write('x'.repeat(50_000)), 1);
      response.on('close', () => clearInterval(more));
    });
    const url = `http://127.0.0.1:${port}/`;
    const one = courierOf();
    expect(await send(one, url)).toMatchObject({ failure: null });
    expect(await send(one, url)).toMatchObject({ failure: null });
  });

  it('goes to the address that was looked at, and none is used of a name that leads to a private one too', async () => {
    const hosts: (string | undefined)[] = [];
    const port = await serve((request, response) => {
      hosts.push(request.headers.host);
      response.writeHead(204).end();
    });
    const url = `http://hooks.test:${port}/`;
    const once = leadingTo(['127.0.0.1'], ['10.0.0.1']);
    expect(await send(courierOf({ resolve: once.resolve }), url)).toMatchObject({ failure: null });
    expect({ hosts, asked: once.asked() }).toEqual({ hosts: [`hooks.test:${port}`], asked: 1 });
    const rebound = leadingTo(['127.0.0.1', '192.168.0.7']);
    expect(await send(courierOf({ resolve: rebound.resolve }), url)).toMatchObject({
      failure: 'refused: 192.168.0.7 is a private address',
    });
    const own = leadingTo(['127.0.0.1']);
    expect(await send(courierOf({ allowed: [], resolve: own.resolve }), url)).toMatchObject({
      failure: 'refused: 127.0.0.1 is a loopback address',
    });
    expect(hosts).toHaveLength(1);
  });

  it('goes to no private address that the URL names itself', async () => {
    const port = await serve((_request, response) => void response.writeHead(204).end());
    for (const host of ['127.0.0.1', '2130706433', '[::ffff:7f00:1]', '[::1]']) {
      const { failure } = await send(courierOf({ allowed: [] }), `http://${host}:${port}/`);
      expect(failure).toMatch(/^refused: .* is a loopback address$/);
    }
  });

  it('is sent once more at once where a resting connection was closed meanwhile', async () => {
    let requests = 0;
    const port = await serve((request, response) => {
      requests += 1;
      response.writeHead(204).end();
      // Only when the answer has gone out, and without a word.
      if (requests === 1) response.on('finish', () => setImmediate(() => request.socket.resetAndDestroy()));
    });
    const one = courierOf();
    const url = `http://127.0.0.1:${port}/`;
    expect(await send(one, url)).toMatchObject({ failure: null });
    expect(await send(one, url)).toMatchObject({ failure: null });
    expect(requests).toBe(2);
  });
});
