import type { ApolloServer, HTTPGraphQLResponse } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import { afterEach, describe, expect, it } from 'vitest';
import type { RequestContext } from '../../../src/graphql/context.js';
import type { HttpHandlerOptions } from '../../../src/transport/http.js';
import { type HttpServer, serveHello } from './http-server.js';
import { open, readAll, readUntil, say } from './raw-request.js';

const QUERY = '/graphql?query={hello}';
const servers: HttpServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

async function serve(given: Partial<HttpHandlerOptions> = {}): Promise<HttpServer> {
  const server = await serveHello(given);
  servers.push(server);
  return server;
}

const post = (server: HttpServer, query: string) =>
  fetch(server.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });

/** Stands before the transport in place of Apollo Server. */
const answering = (execute: () => Promise<HTTPGraphQLResponse>) =>
  ({ executeHTTPGraphQLRequest: execute }) as unknown as ApolloServer<RequestContext>;

const inPieces = (pieces: () => AsyncGenerator<string>) =>
  answering(async () => ({
    headers: new HeaderMap([['content-type', 'multipart/mixed']]),
    body: { kind: 'chunked', asyncIterator: pieces() },
  }));

describe('the health of a server', () => {
  it('is that it answers', async () => {
    const { url } = await serve();
    const response = await fetch(`${url}/health?now`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it.each([
    [true, 200],
    [false, 503],
  ])('is ready: %s, with status %i', async (ready, status) => {
    const { url } = await serve({ readiness: async () => ({ ready, reason: 'why' }) });
    const response = await fetch(`${url}/ready`);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ ready, reason: 'why' });
  });

  it.each(['/health', '/ready'])('may be asked for with HEAD at %s, but not posted', async (path) => {
    const { url } = await serve();
    const head = await fetch(`${url}${path}`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const posted = await fetch(`${url}${path}`, { method: 'POST', body: 'x' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('a page of an allowed origin', () => {
  const origin = 'https://app.example.org';
  const access = { loopback: true, allowedHosts: [], allowedOrigins: [origin], allowedHeaders: ['x-own'] };

  it('is told what it may send', async () => {
    const { graphql } = await serve({ access });
    const response = await fetch(graphql, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers':
        'content-type, authorization, apollo-require-preflight, x-apollo-operation-name, apollographql-client-name, apollographql-client-version, graphql-client-name, graphql-client-version, traceparent, tracestate, baggage, x-own',
      'access-control-max-age': '7200',
      vary: 'origin',
    });
  });

  it('may read every answer, also one that refuses', async () => {
    const { graphql, url } = await serve({ access });
    const headers = { origin, 'content-type': 'application/json' };
    const answers = await Promise.all([
      fetch(graphql, { method: 'POST', headers, body: '{"query":"{ hello }"}' }),
      fetch(graphql, { method: 'POST', headers, body: '{' }),
      fetch(`${url}/ready`, { headers: { origin } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 200]);
    for (const answer of answers) expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  });

  it('is told apart from others by every cache', async () => {
    const { url } = await serve({ access });
    const response = await fetch(`${url}/health`);
    expect(response.headers.get('vary')).toBe('origin');
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
  });

  it('is the only one that is answered', async () => {
    const { graphql } = await serve({ access });
    const response = await fetch(graphql, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBe(403);
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
  });
});

describe('a defect', () => {
  const thrown = () => {
    throw new Error('the password is hunter2');
  };
  const asked: [string, Partial<HttpHandlerOptions>, string][] = [
    ['of the health', { health: thrown }, '/health'],
    ['of the readiness', { readiness: async () => thrown() }, '/ready'],
    ['of what is executed', { apollo: answering(async () => thrown()) }, QUERY],
    ['that throws no error', { apollo: answering(() => Promise.reject(null)) }, QUERY],
  ];

  it.each(asked)(
    '%s is logged under the id that is answered, and nothing else is told',
    async (_of, given, path) => {
      const { url, log } = await serve(given);
      const response = await fetch(`${url}${path}`);
      expect(response.status).toBe(500);
      const text = await response.text();
      expect(text).not.toContain('hunter2');
      const { correlationId } = JSON.parse(text).errors[0].extensions;
      expect(JSON.parse(text)).toEqual({
        errors: [
          {
            message: 'Internal server error.',
            extensions: { code: 'INTERNAL_SERVER_ERROR', correlationId: expect.any(String) },
          },
        ],
      });
      expect(log).toEqual([expect.objectContaining({ level: 50, correlationId })]);
    },
  );
});

describe('an answer in pieces', () => {
  it('is sent as it comes', async () => {
    const { graphql } = await serve({
      apollo: inPieces(async function* () {
        yield 'one ';
        yield 'two';
      }),
    });
    expect(await (await fetch(`${graphql}?query={hello}`)).text()).toBe('one two');
  });

  it('is cut off where making it fails, so that it does not look whole', async () => {
    const { port, log } = await serve({
      apollo: inPieces(async function* () {
        yield 'one ';
        throw new Error('broken');
      }),
    });
    const answer = await say(port, `GET ${QUERY} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    expect(answer).not.toContain('\r\n0\r\n');
    expect(log).toEqual([expect.objectContaining({ level: 50 })]);
  });

  it('ends when the client leaves', async () => {
    let ended = () => {};
    const done = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const { port, log } = await serve({
      apollo: inPieces(async function* () {
        try {
          for (;;) yield 'again '.repeat(10_000);
        } finally {
          ended();
        }
      }),
    });
    const socket = open(port);
    const first = readUntil(socket, 'again');
    socket.write(`GET ${QUERY} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    await first;
    socket.destroy();
    await done;
    expect(log).toEqual([]);
  });
});

describe('a client that leaves', () => {
  it('before its body is whole is not worth a line in the log', async () => {
    const server = await serve();
    const socket = open(server.port);
    const head = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
    socket.write(`${head}content-length: 100\r\n\r\n{"query"`);
    await new Promise<void>((resolve) => socket.end(() => resolve()));
    socket.destroy();
    expect((await post(server, '{ hello }')).status).toBe(200);
    expect(server.log).toEqual([]);
  });

  it('before it is answered harms nobody', async () => {
    const server = await serve();
    const body = '{"query":"{ slow }"}';
    const socket = open(server.port);
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await server.waiting;
    socket.resetAndDestroy();
    server.release();
    expect(await (await post(server, '{ slow }')).json()).toEqual({ data: { slow: 'at last' } });
    expect(server.log).toEqual([]);
  });
});

describe('what is not HTTP', () => {
  it.each([
    ['a line of anything', 'HELLO\r\n\r\n', '400 Bad Request'],
    [
      'a length that is no number',
      'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: x\r\n\r\n',
      '400 Bad Request',
    ],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
    ],
  ])('%s is answered in a line, and the connection closed', async (_what, text, status) => {
    const { port } = await serve();
    const answer = await say(port, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status}\r\nconnection: close\r\n.*\\.\n$`, 's'));
  });

  it('does not break into an answer that has begun', async () => {
    const server = await serve({
      apollo: inPieces(async function* () {
        yield 'begun';
        await new Promise(() => {});
      }),
    });
    const socket = open(server.port);
    const all = readAll(socket).catch(() => 'reset');
    const begun = readUntil(socket, 'begun');
    socket.write(`GET ${QUERY} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    await begun;
    socket.write('NOT HTTP\r\n\r\n');
    expect(await all).not.toContain('400 Bad Request');
  });
});
